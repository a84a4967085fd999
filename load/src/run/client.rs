//! One client: a connection, and one request at a time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Alarm;
use super::pace::Pace;
use super::recorder::Recorder;
use crate::http::{Answer, CallError, Caller, RequestText, Sink};
use crate::stats::{Outcome, Sample};
use crate::workload::{Check, Operation, Step, Steps, ValuePool};

/// One client: a connection, and one request at a time.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) steps: Steps,
    pub(super) caller: Caller,
    pub(super) text: RequestText,
    pub(super) values: Rc<ValuePool>,
    /// How many requests it is still to send, where that is bounded.
    pub(super) left: Option<u64>,
    /// For an open loop.
    pub(super) alarm: Option<Alarm>,
}

impl Client {
    /// Before the next attempt after there was no connection: to ask as fast as the machine can
    /// would measure nothing.
    const RECONNECT: Duration = Duration::from_millis(20);

    /// Sends until the run is over.
    pub(super) async fn run(mut self, pace: Pace, recorder: Rc<RefCell<Recorder>>) {
        while let Some(due) = pace.next(&mut self.left, self.alarm.as_ref()).await {
            let step = self.steps.next();
            recorder.borrow_mut().started();
            let sent = if pace.schedule.is_some() { Instant::now() } else { due };
            let (answer, as_expected) = self.perform(&step, sent).await;
            let done = Instant::now();
            let outcome = Outcome::of(&answer).checked(step.check, as_expected);
            self.steps.ended(step.operation, outcome == Outcome::Done);
            recorder.borrow_mut().record(&sample(
                step.operation,
                outcome,
                &answer,
                Times { begin: pace.begin, due, sent, done },
            ));
            if outcome == Outcome::Connect {
                tokio::time::sleep(Self::RECONNECT).await;
            }
        }
    }

    /// The answer, and whether its body was the one that the step asks for.
    async fn perform(&mut self, step: &Step, sent: Instant) -> (Result<Answer, CallError>, bool) {
        let Self { caller, text, values, .. } = self;
        let value = values.value(step.value_bytes, step.value);
        let request = match step.operation {
            Operation::Read => text.get(step.key),
            Operation::Update | Operation::Insert => text.put(step.key, value),
            Operation::Delete => text.delete(step.key),
            Operation::Scan => text.scan(step.key, step.scan),
            Operation::ReadModifyWrite => {
                let read = caller.call(sent, text.get(step.key), &mut Sink::Discard).await;
                if Outcome::of(&read) != Outcome::Done {
                    return (read, true);
                }
                text.put(step.key, value)
            }
        };
        let expected = (step.check == Check::Value).then_some(value);
        let mut sink = expected.map_or(Sink::Discard, |value| Sink::Compare(Some(value)));
        (caller.call(sent, request, &mut sink).await, sink.is_as_expected())
    }
}

/// When a request was what.
#[derive(Clone, Copy, Debug)]
struct Times {
    begin: Instant,
    due: Instant,
    sent: Instant,
    done: Instant,
}

fn sample(
    operation: Operation,
    outcome: Outcome,
    answer: &Result<Answer, CallError>,
    times: Times,
) -> Sample {
    let answer = answer.as_ref().ok();
    Sample {
        operation,
        outcome,
        status: answer.map_or(0, |answer| answer.status),
        node: answer.and_then(|answer| answer.node),
        epoch: answer.and_then(|answer| answer.epoch),
        start: times.due.saturating_duration_since(times.begin),
        latency: times.done.saturating_duration_since(times.due),
        service: times.done.saturating_duration_since(times.sent),
        bytes: answer.map_or(0, |answer| answer.bytes),
    }
}
