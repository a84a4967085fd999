//! Clients: each asks one thing at a time, remembers what it saw, and writes down what it
//! asked and was told.

use std::collections::{BTreeMap, BTreeSet};

use ringway_replica::{Condition, Operation as Do, Outcome, Value, Version};

use crate::history::{Ask, History, Mark, Operation, Told};
use crate::random::Random;

/// How long a node may take over a request, and how long a client waits for the node.
pub(crate) const TIMEOUT_MS: u64 = 250;
pub(crate) const PATIENCE_MS: u64 = 400;

/// All clients.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    pub all: Vec<Client>,
    pub histories: Vec<History>,
    next_mark: Mark,
    /// Marks that a node said were never and will never be stored.
    not_applied: BTreeSet<Mark>,
    /// Marks that stale reads have found, and in which key.
    found_stale: BTreeMap<Mark, usize>,
    /// How many requests came to which end, and when last.
    pub outcomes: BTreeMap<&'static str, (usize, u64)>,
}

/// One client.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pub asked: usize,
    pub waiting: Option<Waiting>,
    /// For each key the version seen last.
    seen: BTreeMap<usize, Version>,
}

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub key: usize,
    pub node: usize,
    pub from: u64,
    ask: Ask,
    stale: bool,
}

impl Clients {
    pub(crate) fn new(clients: usize, keys: usize) -> Self {
        Self {
            all: (0..clients).map(|_| Client::default()).collect(),
            histories: vec![History::default(); keys],
            ..Self::default()
        }
    }

    /// What `client` asks next, of which key.
    pub(crate) fn ask(
        &mut self,
        client: usize,
        keys: usize,
        random: &mut Random,
    ) -> (usize, Ask, bool) {
        let key = random.below(keys as u64) as usize;
        let seen = self.all[client].seen.get(&key).copied();
        let ttl = random.percent(15);
        let mut mark = || {
            self.next_mark += 1;
            self.next_mark
        };
        let mut put = |if_match, if_absent| Ask::Put { mark: mark(), if_match, if_absent, ttl };
        let ask = match (random.below(100), seen) {
            (0..40, _) => return (key, Ask::Read, random.percent(20)),
            (40..65, _) => put(None, false),
            (65..75, _) => put(None, true),
            (75..88, Some(seen)) => put(Some(seen), false),
            (88..91, Some(seen)) => Ask::Delete { if_match: Some(seen) },
            _ => Ask::Delete { if_match: None },
        };
        (key, ask, false)
    }

    pub(crate) fn begin(
        &mut self,
        client: usize,
        node: usize,
        key: usize,
        ask: Ask,
        stale: bool,
        now: u64,
    ) {
        self.all[client].asked += 1;
        self.all[client].waiting = Some(Waiting { key, node, from: now, ask, stale });
    }

    /// `client` is told what became of its request.
    pub(crate) fn told(&mut self, client: usize, outcome: &Outcome, now: u64) {
        let Some(Waiting { key, from, ask, stale, .. }) = self.all[client].waiting.take() else {
            return;
        };
        let (count, last) = self.outcomes.entry(name(outcome)).or_default();
        (*count, *last) = (*count + 1, now);
        let told = match outcome {
            Outcome::Found(record) => {
                let ringway_replica::Body::Value(value) = &record.body else {
                    panic!("a value was promised: {record:?}")
                };
                Told::Found { mark: mark_of(value), version: record.written }
            }
            Outcome::NotFound => Told::NotFound,
            &Outcome::Written { version, .. } => Told::Written { version },
            Outcome::Deleted { .. } => Told::Deleted,
            &Outcome::ConditionFailed { current } => Told::ConditionFailed { current },
            Outcome::Unknown if matches!(ask, Ask::Read) => return,
            Outcome::Unknown => Told::Unknown,
            Outcome::NotApplied(_) => {
                if let Ask::Put { mark, .. } = ask {
                    self.not_applied.insert(mark);
                }
                return;
            }
        };
        if stale {
            if let Told::Found { mark, .. } = told {
                self.found_stale.insert(mark, key);
            }
            return;
        }
        match told {
            Told::Found { version, .. } | Told::Written { version } => {
                self.all[client].seen.insert(key, version);
            }
            _ => {}
        }
        let until = (told != Told::Unknown).then_some(now);
        self.histories[key].operations.push(Operation { client, ask, told, from, until });
    }

    /// A stale read may find what was, never what no write of that key ever put there.
    pub(crate) fn check_stale(&self) -> Result<(), String> {
        for (mark, &key) in &self.found_stale {
            let mut operations = self.histories[key].operations.iter();
            let is_put = |ask: &Ask| matches!(ask, Ask::Put { mark: put, .. } if put == mark);
            if self.not_applied.contains(mark) || !operations.any(|one| is_put(&one.ask)) {
                return Err(format!(
                    "a stale read of key {key} found {mark}, which nobody put there"
                ));
            }
        }
        Ok(())
    }
}

/// What the protocol is asked for `ask`.
pub(crate) fn operation(ask: &Ask, stale: bool, random: &mut Random) -> Do {
    let matching = |if_match: &Option<Version>, if_absent| match (if_match, if_absent) {
        (&Some(version), _) => Condition::Match(version),
        (None, true) => Condition::Absent,
        (None, false) => Condition::None,
    };
    match ask {
        Ask::Read if stale => Do::ReadOne,
        Ask::Read => Do::Read,
        Ask::Put { mark, if_match, if_absent, ttl } => Do::Put {
            bytes: mark.to_le_bytes().to_vec().into(),
            content_type: None,
            ttl_ms: ttl.then(|| random.between(1, 200)),
            condition: matching(if_match, *if_absent),
        },
        Ask::Delete { if_match } => Do::Delete { condition: matching(if_match, false) },
    }
}

fn mark_of(value: &Value) -> Mark {
    Mark::from_le_bytes(value.bytes.as_ref().try_into().unwrap())
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Found(_) => "found",
        Outcome::NotFound => "not found",
        Outcome::Written { .. } => "written",
        Outcome::Deleted { .. } => "deleted",
        Outcome::ConditionFailed { .. } => "condition failed",
        Outcome::Unknown => "unknown",
        Outcome::NotApplied(_) => "not applied",
    }
}
