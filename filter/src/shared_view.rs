//! A view as the VMs of one Envoy keep it for each other.

use ringway_ring::Epoch;

/// The view as it was published, with its epoch and ETag: what a VM that starts anew,
/// after a failure or for a new configuration, routes by before it has asked anybody.
///
/// On one line the epoch, on the next the ETag, then the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedView<'v> {
    /// The view's epoch.
    pub epoch: Epoch,
    /// Its ETag.
    pub etag: &'v str,
    /// Its wire format.
    pub json: &'v [u8],
}

impl<'v> SharedView<'v> {
    /// Reads what [`SharedView::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &'v [u8]) -> Option<Self> {
        let mut lines = bytes.splitn(3, |&byte| byte == b'\n');
        let epoch = Epoch::new(str::from_utf8(lines.next()?).ok()?.parse().ok()?);
        let etag = str::from_utf8(lines.next()?).ok()?;
        Some(Self { epoch, etag, json: lines.next()? })
    }

    /// All in one.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let header = format!("{}\n{}\n", self.epoch, self.etag);
        [header.as_bytes(), self.json].concat()
    }

    /// Whether this one should take the place of `kept`. Never an older one, so that a
    /// VM that lags behind takes nothing back from the others.
    #[must_use]
    pub fn supersedes(&self, kept: &SharedView<'_>) -> bool {
        self.epoch >= kept.epoch && self.etag != kept.etag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: SharedView<'_> =
        SharedView { epoch: Epoch::new(7), etag: "\"7-00ff\"", json: b"{\n}" };

    #[test]
    fn what_was_kept_is_read_back() {
        assert_eq!(SharedView::from_bytes(&SEVEN.to_bytes()), Some(SEVEN));
        for bytes in ["", "no lines", "7\n\"7-00ff\"", "x\n\"x\"\n{}"] {
            assert_eq!(SharedView::from_bytes(bytes.as_bytes()), None, "{bytes}");
        }
        assert_eq!(SharedView::from_bytes(b"7\n\xff\n{}"), None);
    }

    #[test]
    fn only_another_view_that_is_no_older_supersedes() {
        let other = SharedView { etag: "\"7-1234\"", ..SEVEN };
        let newer = SharedView { epoch: Epoch::new(8), etag: "\"8-1234\"", ..SEVEN };
        assert!(other.supersedes(&SEVEN) && newer.supersedes(&SEVEN));
        assert!(!SEVEN.supersedes(&SEVEN) && !SEVEN.supersedes(&newer));
    }
}
