//! HAProxy that goes away and comes back.

use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, ViewNode};
use tempfile::TempDir;

use super::super::stub_haproxy::StubHaproxy;
use super::*;

fn applier(directory: &TempDir) -> Applier {
    let files = Files::open(directory.path()).unwrap();
    Applier { files, socket: directory.path().join("haproxy.sock") }
}

fn view() -> View {
    let node = |number| {
        ViewNode::new(format!("n{number}").parse().unwrap(), ([10, 0, 0, number], 8080).into())
    };
    let (partitions, copies) = (PartitionCount::MIN, ReplicationFactor::DEFAULT);
    View::create(Epoch::new(7), partitions, copies, [1, 2, 3].map(node).to_vec()).unwrap()
}

fn failures(metrics: &SyncMetrics) -> u64 {
    let shown = metrics.render(Instant::now());
    let mut values = shown.lines().filter_map(|line| {
        line.strip_prefix("ringway_haproxy_sync_failures_total")?.trim().parse().ok()
    });
    values.next().unwrap()
}

#[tokio::test]
async fn haproxy_is_asked_less_often_while_it_is_away_and_has_the_ring_once_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let (applier, view, metrics) = (applier(&directory), view(), SyncMetrics::new());
    let mut trouble = Trouble { backoff: Backoff::new(), logged: OnceAMinute::new() };
    for _ in 0..2 {
        for milliseconds in [20, 40, 80, 160, 320, 640, 1000, 1000] {
            let longest = Duration::from_millis(milliseconds);
            let pause = once(&applier, &view, &metrics, &mut trouble).await;
            assert!((longest / 2..=longest).contains(&pause), "{pause:?} of {longest:?}");
        }
        // Started anew, with nothing of before.
        let haproxy = StubHaproxy::start(&applier.socket);
        for _ in 0..2 {
            assert_eq!(once(&applier, &view, &metrics, &mut trouble).await, LOOK);
        }
        assert_eq!(haproxy.map().epoch(), Some(Epoch::new(7)));
        assert_eq!(haproxy.map(), applier.files.observe().map);
        assert_eq!(haproxy.servers_in_use(), 6, "in both backends");
    }
    assert_eq!(failures(&metrics), 16);
}

#[tokio::test(start_paused = true)]
async fn it_waits_as_long_as_it_was_told() {
    let directory = tempfile::tempdir().unwrap();
    let (applier, metrics) = (applier(&directory), SyncMetrics::new());
    let views = watch::Sender::new(Some(view()));
    let kept = keep(&applier, views.subscribe(), &metrics);
    // A minute of the runtime's own clock, which goes on by itself where there is nothing to do.
    assert!(timeout(Duration::from_mins(1), kept).await.is_err());
    // Between half a second and a second each, once it has waited so long.
    assert!((60..=130).contains(&failures(&metrics)), "{}", failures(&metrics));
}
