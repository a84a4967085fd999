//! What takes a processor for some time.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::AccessError;
use crate::refusal::Refusal;

/// Passwords that are checked at once: each takes a processor and 19 MiB for some time.
const AT_ONCE: usize = 2;
/// Passwords that are checked or wait for that.
const WAITING: usize = 32;

/// Does what takes a processor for some time: few at once, and few that wait.
pub(super) struct Hashing {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { at_once: places(AT_ONCE), waiting: places(WAITING) }
    }
}

impl Hashing {
    /// What `work` comes to. Once it is begun it goes on, though nobody may wait for it any
    /// more, and so its place goes along with it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let waiting = Arc::clone(&self.waiting).try_acquire_owned();
        let waiting = waiting.map_err(|_| AccessError::Busy)?;
        let at_once = Arc::clone(&self.at_once).acquire_owned().await;
        let at_once = at_once.map_err(|_| AccessError::Busy)?;
        let done = spawn_blocking(move || {
            let _places = (waiting, at_once);
            work()
        });
        Ok(done.await?)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_hangs_up_leaves_no_place_to_others_while_the_work_goes_on() {
        let hashing = Hashing::default();
        let (begins, begun) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        {
            let work = hashing.run(move || {
                begins.send(()).unwrap();
                ends.recv()
            });
            let mut work = std::pin::pin!(work);
            std::future::poll_fn(|context| {
                assert!(work.as_mut().poll(context).is_pending());
                std::task::Poll::Ready(())
            })
            .await;
            begun.recv().unwrap();
        }
        let left = || (hashing.at_once.available_permits(), hashing.waiting.available_permits());
        assert_eq!(left(), (AT_ONCE - 1, WAITING - 1));
        end.send(()).unwrap();
        let _ = hashing.at_once.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        let _ = hashing.waiting.acquire_many(u32::try_from(WAITING).unwrap()).await.unwrap();
    }
}
