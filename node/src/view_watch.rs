//! The present view, ready to be sent, and a way to wait for the next.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderValue;
use ringway_ring::{Position, View};
use tokio::sync::watch;

use crate::listing::HolderSets;

/// A view with everything about it that many requests need, made once.
#[derive(Debug)]
pub struct PublishedView {
    /// The view.
    pub view: View,
    /// Its wire format.
    pub json: Bytes,
    /// `<epoch>-<XXH64 of the JSON>`: two views that differ in anything differ in this.
    pub tag: String,
    /// The tag in quotes, as `ETag` has it.
    pub etag: HeaderValue,
    /// `x-ringway-epoch`.
    pub epoch_header: HeaderValue,
    /// Made when the first list asks for it: most views see none.
    holder_sets: OnceLock<HolderSets>,
}

impl PublishedView {
    /// `view`, ready to be sent.
    #[must_use]
    pub fn new(view: View) -> Self {
        let json = Bytes::from(view.to_json());
        let tag = format!("{}-{}", view.epoch(), Position::of(&json));
        Self {
            etag: ascii(&format!("\"{tag}\"")),
            epoch_header: view.epoch().get().into(),
            holder_sets: OnceLock::new(),
            view,
            json,
            tag,
        }
    }

    /// Who must be heard for a majority of every partition.
    pub(crate) fn holder_sets(&self) -> &HolderSets {
        self.holder_sets.get_or_init(|| HolderSets::of(&self.view))
    }

    /// Whether this is another view than the one tagged `tag`, and of no lower epoch. What
    /// is no tag is followed by any view.
    #[must_use]
    pub(crate) fn follows(&self, tag: &str) -> bool {
        let epoch = tag.split_once('-').and_then(|(epoch, _)| epoch.parse::<u64>().ok());
        self.tag != tag && epoch.is_none_or(|epoch| self.view.epoch().get() >= epoch)
    }
}

/// `text`, which holds digits, letters and punctuation only, as a header's value.
fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|error| unreachable!("{text:?}: {error}"))
}

/// Where the present view is kept.
#[derive(Debug)]
pub struct ViewWatch {
    present: watch::Sender<Arc<PublishedView>>,
    closing: watch::Sender<bool>,
}

impl ViewWatch {
    /// Publishes `view`.
    #[must_use]
    pub fn new(view: PublishedView) -> Self {
        let present = watch::Sender::new(Arc::new(view));
        Self { present, closing: watch::Sender::new(false) }
    }

    /// Publishes the next view, unless it is not one.
    pub fn publish(&self, view: PublishedView) {
        self.present.send_if_modified(|present| {
            let is_next = view.view.epoch() > present.view.epoch();
            if is_next {
                *present = Arc::new(view);
            }
            is_next
        });
    }

    /// The view at this moment.
    #[must_use]
    pub fn present(&self) -> Arc<PublishedView> {
        Arc::clone(&self.present.borrow())
    }

    /// Waits for a view that is `news`. Ends with nothing when the node stops; the
    /// caller bounds it in time.
    pub async fn next(&self, news: impl Fn(&PublishedView) -> bool) -> Option<Arc<PublishedView>> {
        let (mut views, mut closing) = (self.present.subscribe(), self.closing.subscribe());
        tokio::select! {
            biased;
            view = views.wait_for(|view| news(view)) => view.ok().map(|view| Arc::clone(&view)),
            _ = closing.wait_for(|&closing| closing) => None,
        }
    }

    /// Ends all waiting, now and from now on.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, ViewNode};

    use super::*;

    fn view(epoch: u64) -> View {
        let node = ViewNode::new("n1".parse().unwrap(), "127.0.0.1:1".parse().unwrap());
        let (partitions, copies) = (PartitionCount::MIN, ReplicationFactor::ONE);
        View::create(Epoch::new(epoch), partitions, copies, vec![node]).unwrap()
    }

    #[tokio::test]
    async fn waiting_ends_with_a_new_view_or_with_the_node() {
        let watch = ViewWatch::new(PublishedView::new(view(1)));
        let is_new = |published: &PublishedView| published.view.epoch() > Epoch::FIRST;
        let (next, ()) = tokio::join!(watch.next(is_new), async {
            watch.publish(PublishedView::new(view(2)));
        });
        assert_eq!(next.unwrap().view.epoch(), Epoch::new(2));

        let (next, ()) = tokio::join!(watch.next(|_| false), async { watch.close() });
        assert!(next.is_none());
        assert!(watch.next(|_| false).await.is_none(), "it stays closed");
    }

    #[test]
    fn a_view_follows_any_other_but_those_of_higher_epochs() {
        let published = PublishedView::new(view(7));
        for followed in ["6-ffff", "7-ffff", "", "7", "x-ffff"] {
            assert!(published.follows(followed), "{followed}");
        }
        for other in [&published.tag, "8-ffff"] {
            assert!(!published.follows(other), "{other}");
        }
    }

    #[test]
    fn tags_tell_views_apart() {
        let (one, two) = (PublishedView::new(view(1)), PublishedView::new(view(2)));
        assert_ne!(one.tag, two.tag);
        let hash = one.tag.strip_prefix("1-").unwrap();
        assert_eq!(hash, format!("{:016x}", twox_hash::XxHash64::oneshot(0, &one.json)));
        assert_eq!(one.etag, format!("\"{}\"", one.tag));
    }
}
