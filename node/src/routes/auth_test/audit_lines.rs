//! What is noted meanwhile.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

use crate::access::AuditRecord;

/// What this thread notes from now on.
pub(super) struct AuditLines {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AuditLines {
    pub(super) fn begin() -> Self {
        AuditRecord::make_known();
        let written = Written::default();
        let writer = written.clone();
        let lines = tracing_subscriber::fmt().json().flatten_event(true);
        let lines = lines.with_writer(move || writer.clone()).finish();
        Self { written, _guard: tracing::subscriber::set_default(lines) }
    }

    /// All of it, as it is written.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.written.0.lock().clone()).unwrap()
    }

    /// Whether it is noted that `who` asked for `what`, and how that ended.
    pub(super) fn have(&self, who: Option<&str>, what: &str, outcome: &str) -> bool {
        let is_it = |line: &Value| {
            line["who"].as_str() == who && line["what"] == what && line["outcome"] == outcome
        };
        self.all().iter().any(is_it)
    }

    /// All that is noted, in order.
    pub(super) fn all(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == "audit").collect()
    }
}
