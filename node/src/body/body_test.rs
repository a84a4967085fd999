//! How long a body may take. The clock is one that stands still while something is done, and
//! goes on by itself while everybody waits.

use futures_util::stream;
use tokio::time::sleep;

use super::*;
use crate::limits::Limits;

/// What comes of a body of `length` bytes that comes in pieces of `piece` bytes, each after
/// `pause`.
async fn read(limit: u64, length: usize, piece: usize, pause: Duration) -> Result<Bytes, Refusal> {
    let chunks = stream::unfold(length, move |left| async move {
        sleep(pause).await;
        let next = piece.min(left);
        let chunk = Ok::<_, warp::Error>(Bytes::from(vec![b'x'; next]));
        (next > 0).then_some((chunk, left - next))
    });
    of(limit, length, chunks).await
}

async fn of(
    limit: u64,
    length: usize,
    chunks: impl Stream<Item = Result<Bytes, warp::Error>> + Send + 'static,
) -> Result<Bytes, Refusal> {
    let limits = Limits::default();
    let budget = Arc::new(Semaphore::new(limits.body_budget()));
    let head = BodyHead { declared: Some(length as u64), is_held_back: false };
    let body = IncomingBody::new(head, chunks);
    let read = body.read(limit, limits.body_timeout, limits.body_time_max, &budget).await;
    read.map(|body| body.bytes.clone())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_is_given_up() {
    let silent = stream::pending();
    let read = of(10, 3, silent).await;
    assert!(matches!(read, Err(Refusal::BodyTimeout)), "{read:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_byte_by_byte_is_given_up_however_often_one_comes() {
    let limits = Limits::default();
    for pause in [limits.body_timeout * 5 / 6, Duration::from_millis(1)] {
        let began = Instant::now();
        let read = read(1 << 20, 1 << 20, 1, pause).await;
        assert!(matches!(read, Err(Refusal::BodyTimeout)), "{read:?}");
        // What has come bought it some more, of what it would have taken in all.
        assert!(began.elapsed() < limits.body_time_max * 2, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_body_has_the_time_that_a_slow_line_takes() {
    let (limits, second) = (Limits::default(), Duration::from_secs(1));
    let length = usize::try_from(limits.value_bytes_max).unwrap();
    let began = Instant::now();
    let read = read(limits.value_bytes_max, length, BODY_BYTES_PER_SECOND as usize, second).await;
    assert_eq!(read.unwrap().len(), length);
    assert!(began.elapsed() > limits.body_time_max);
}

#[tokio::test]
async fn a_body_that_ends_before_its_end_is_incomplete() {
    let half = stream::iter([Ok(Bytes::from_static(b"half"))]);
    let read = of(10, 8, half).await;
    assert!(matches!(read, Err(Refusal::BodyIncomplete)), "{read:?}");
}
