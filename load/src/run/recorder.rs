//! Where the clients of a thread put what they measure.

use std::rc::Rc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::event::Event;
use crate::http::NodeTable;
use crate::stats::{Sample, Window};

/// Where the clients of a thread put what they measure.
///
/// The way to the collector is not bounded: a bound would make clients wait, and a slow disk
/// would become a slow cluster in the results.
#[derive(Debug)]
pub(super) struct Recorder {
    begin: Instant,
    window: Window,
    nodes: Rc<NodeTable>,
    open: bool,
    samples: bool,
    in_flight: u64,
    events: UnboundedSender<Event>,
}

impl Recorder {
    pub(super) fn new(
        begin: Instant,
        nodes: Rc<NodeTable>,
        (open, samples): (bool, bool),
        events: UnboundedSender<Event>,
    ) -> Self {
        let window = Window::new(begin.elapsed());
        Self { begin, window, nodes, open, samples, in_flight: 0, events }
    }

    /// A request has begun.
    pub(super) fn started(&mut self) {
        self.in_flight += 1;
    }

    /// It has ended.
    pub(super) fn record(&mut self, sample: &Sample) {
        self.in_flight -= 1;
        self.window.count(sample, self.open);
        if self.samples {
            self.window.samples.push(*sample);
        }
    }

    /// Gives what there is to the collector, and begins anew.
    pub(super) fn hand_over(&mut self) {
        let next = Window::new(self.begin.elapsed());
        let mut window = std::mem::replace(&mut self.window, next);
        if window.outcomes.iter().any(|count| *count > 0) {
            window.names = self.nodes.names();
            // Nobody listens any more when the run has been ended: then nobody counts either.
            let _ = self.events.send(Event::Window(Box::new(window)));
        }
    }

    /// Hands over the last, and says what was left.
    pub(super) fn end(&mut self, unsent: u64) {
        self.hand_over();
        let _ = self.events.send(Event::Ended { unfinished: self.in_flight, unsent });
    }
}
