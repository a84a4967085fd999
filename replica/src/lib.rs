//! The replication protocol of a Ringway node, as a state machine: events in, effects out.
//!
//! Every key is a linearizable register, kept by the nodes of its partition's preference
//! list (its *holders*). The protocol is Paxos without a log: a register by itself needs
//! none (CASPaxos, Rystsov 2018), registers that share a ballot are written in one round
//! trip (Multi-Paxos), and who the holders are is decided elsewhere and fenced by the
//! ballot (Vertical Paxos, Lamport et al. 2009). Nothing rests on time; there is no election
//! to wait for, and no log to replay or to compact: the state is the data.
//!
//! The crate is `no_std` and does no input or output. [`Replica::handle`] takes an
//! [`Event`], the time and the storage to read from, and appends [`Effect`]s. A driver
//! sends, stores, replies, and reports back.
//!
//! # State
//!
//! A holder keeps *durably*, for each partition ([`PartitionState`]) the highest ballot it
//! has **promised**, the **floor** (see *Removal*) and **since** when it holds it (see
//! *Reconfiguration*), and for each key one [`Record`]: a value or a tombstone, and two
//! versions. A [`Version`] is a [`Ballot`] and a sequence
//! number that the ballot's leader gives out once.
//!
//! - `written` is the version of the client's write: the `ETag`.
//! - `accepted` is the version under which a leader last proposed the record. The protocol
//!   orders records by it and by nothing else.
//!
//! In memory, for each partition, a node is a *follower*, is *preparing* (it has made a
//! ballot and asks for promises), is *leading*, or is leading and *draining* (it finishes
//! what is in flight before a handover). A leader does one thing at a time with a key; what
//! comes meanwhile waits in the key's lane. All of that may be lost at any time.
//!
//! What is submitted to the disk counts at once for what the node does next, but no answer
//! that rests on it leaves before it is durable. Stores become durable in their order. A
//! store may be refused as a whole (a full disk): then what waited for it is forgotten, and
//! the node ceases to lead what it could not store. An fsync that fails leaves nobody
//! knowing what is on the disk: then the driver must stop the process.
//!
//! # Messages
//!
//! | message | the receiver | answer |
//! | --- | --- | --- |
//! | [`Prepare`](Message::Prepare) (for many partitions) | promises each ballot that is not below its promise | `Promised`, naming those refused |
//! | [`Accept`](Message::Accept) | unless it promised a higher ballot: promises this one and stores the record if its `accepted` is above the local one | `Accepted`, or `Refused` |
//! | [`Collect`](Message::Collect) | promises the ballot, and tells its record of a key | `Collected`, or `Refused` |
//! | [`Forward`](Message::Forward) | does a client's request as leader, at most once | `Answer` |
//! | [`Purge`](Message::Purge) | removes a tombstone, raises the floor | `Purged`, or `Refused` |
//! | [`Claim`](Message::Claim) | drains, and gives the leadership to the primary | `Handover` |
//! | [`Compare`](Message::Compare), [`List`](Message::List), [`Pull`](Message::Pull) | tells digests, versions, records | `Differs`, `Listed`, `Pulled` |
//!
//! Each may be lost, delayed, repeated or overtaken. Each carries the sender's view epoch, as
//! news: who is behind tells its driver ([`Effect::Behind`]), and who is ahead says so
//! ([`StaleView`](Message::StaleView)). Whether a message counts is decided for each partition
//! by its configuration (see *Reconfiguration*).
//!
//! # Leading
//!
//! A node that is to lead makes a ballot above every one it has heard of, makes its own
//! promise durable, *then* asks the others: had it asked first and restarted, it could make
//! the same ballot again. With the promises of a majority it leads. After a restart it never
//! goes on under an old ballot, and if its own is the highest that it has heard of it first
//! asks whether that still stands: somebody may have led since, who should be forwarded to.
//!
//! Any holder may prepare at any time; that is safe, but it interrupts the leader. So a
//! request that reaches another node is forwarded to the node of the highest ballot heard of,
//! and a node prepares only when *it* can't reach that one, after a random pause if it tried
//! before. A request is forwarded twice at most. Two edges that disagree about who is alive
//! therefore don't make two holders depose each other. A leader that learns of a higher ballot
//! steps down: what it has not proposed goes to the new leader; what it has is not sent under
//! another version ever, and its outcome is [`Unknown`](Outcome::Unknown) unless a majority turns
//! out to have accepted it, or this node leads again while the client waits, and adopts it.
//!
//! - **Write.** Stamp the next version, store and send it in parallel; done when a majority
//!   holds it durably. One round trip.
//! - **Read.** The leader's own record if it is of the leader's ballot and no proposal of the
//!   key is in flight; answered once a majority has confirmed, asked *after* the read came in,
//!   that it still promises the ballot. Confirming is asking for the same promise again, and
//!   one message at a time to each peer asks for all partitions and all reads that wait.
//! - **Collect and adopt.** If the own record is of an older ballot, or absent, a majority's
//!   records are collected. The highest may or may not have been committed; the leader
//!   *proposes it anew* under its own ballot, `written` unchanged, and answers when a majority
//!   has accepted that. If all are absent there is nothing to propose.
//! - **Conditional write, delete.** The same look at the record, then the write, with nothing
//!   else done with the key in between. The write's own stamp replaces the adoption.
//! - **Expiry.** The expiry is an absolute time in the record, decided when it is written. A
//!   leader that finds it past proposes a tombstone, and answers *not found* only when that is
//!   committed. Clocks may make a value expire early or late; they can't bring it back.
//!
//! # Why it is linearizable
//!
//! Fix one key, and call a record *committed at v* when a majority has durably accepted it
//! with `accepted = v`.
//!
//! 1. *A ballot has one leader, and a version names one record.* A node makes only ballots
//!    with its own number, above its durable promise, which is raised to the ballot before
//!    anyone hears of it; within a ballot each sequence is given out once.
//! 2. *What a holder has accepted of the key only rises*, as does its promise: accepts and
//!    copies replace only what is lower, and both are durable before they are acknowledged.
//! 3. *What is committed at v is known to every later leader.* Let a leader with ballot
//!    b > v's ballot collect, or write blindly. Each holder it collected from has promised b.
//!    The majority that accepted v meets that majority in a holder, which accepted v *before*
//!    it promised b (after, it would have refused), so it tells of v or of something above.
//!    The leader takes the highest of what it is told. By induction over versions, every
//!    record proposed above v was made by someone who had seen v or something made from v, or
//!    is an unconditional write, which needs to see nothing. This is the safety argument of
//!    Paxos (*Paxos Made Simple* §2.2, P2c), with the change function of CASPaxos §2.2.
//! 4. *Committed records are ordered by `accepted`*, and each is the client's write on the one
//!    before: the leader decides a condition on a record that is of its own ballot and
//!    committed, or the highest collected, and does nothing else with the key until its own
//!    record is committed. A record left uncommitted by an old leader is either adopted, and so
//!    takes effect at its adoption, or stays below something committed, and never takes effect:
//!    hence the *two versions*. If records were ordered by `written`, an uncommitted conditional
//!    write w could return after an older write u was adopted and read: w > u, though the
//!    adoption of u came later, and w's condition no longer holds.
//! 5. *A read sees the last committed record at some moment between its beginning and its end.*
//!    While a majority promises b nobody above b can have committed anything: they would have
//!    needed a promise from that majority. So at the moment the read came in the leader's own
//!    committed record was the last. Failed conditions and *not found* are answered like reads.
//! 6. *Acknowledged means committed; not applied means never.* A request is called
//!    [`NotApplied`](Outcome::NotApplied) only if its write was never stamped. A forwarded one
//!    is carried out at most once: it names the start of the receiver it is meant for, and that
//!    start remembers what it has received.
//!
//! Agreement of a majority on one old `accepted` is *not* proof that it was committed: copies
//! made by anti-entropy spread uncommitted records too. Only acknowledgements that the leader
//! of that very ballot has counted are, or one's own re-proposal.
//!
//! # Removal
//!
//! A committed tombstone goes once *every* holder has acknowledged it under the present ballot.
//! The leader then sends `Purge` with a **floor**: the version below which it has nothing in
//! flight. A holder removes exactly that tombstone and raises its floor, in one store. What
//! could bring the key back, and does not:
//!
//! - an accept of an older ballot: refused, since the purge promised the present one;
//! - a delayed accept of this ballot, at or below the floor: not stored if the key is absent.
//!   Nothing is lost by that: it was committed, so the leader needs no acknowledgement of it,
//!   and a holder that really missed it gets it as a copy;
//! - a copy that was asked for before: the removal forgets that it was asked for. One asked for
//!   later is read where the tombstone was, for every holder had it before the first purge;
//! - a holder that was away: there is none, or the tombstone would not have been purged;
//! - a node that held the partition once, or that it moves to: see *Reconfiguration*.
//!
//! The floor must not stop copies: a holder that was away may miss records below it.
//! Tombstones left over by earlier leaders, and expired values, are found by a slow sweep of
//! the leader over its own records.
//!
//! # Anti-entropy and handover
//!
//! Each holder keeps an order-independent digest of its durable records in sixteen buckets,
//! updated with each store and counted anew after a start. It compares with the other holders
//! in turn, and pulls what is newer there. When the primary has pulled all that the leader had
//! it sends `Claim`; the leader takes nothing new on, finishes what is in flight, and sends
//! `Handover`; the primary prepares. What came meanwhile is forwarded to it. Nothing is in
//! flight when the ballot ends, so no outcome is unknown.
//!
//! # Reconfiguration
//!
//! A partition's [`Group`] changes in steps that all agree on elsewhere, each a **configuration**
//! with a number of its own, the epoch of the view that says so. *Begin* adds the next holders
//! R' to the present ones R; *complete* leaves R'; *cancel* leaves R. A configuration names one
//! rule for quorums: a majority of R and, while the partition moves, also a majority of R',
//! counted apart (Raft §6). Views that change nothing for a partition do not disturb it.
//!
//! - **Fence.** Ballots order by configuration first, so a promise in e shuts out every leader
//!   before e (Vertical Paxos). Until it has promised in e a holder that knows of e still accepts
//!   under the ballots of before, which is how a leader finishes; it promises and purges nothing
//!   under them any more. Who gets a ballot of a configuration that it does not know does
//!   nothing but learn; it makes none of one either, as it would count the wrong majority.
//! - **Lead on.** On learning e the leader finishes what is in flight by the rule of its ballot,
//!   as before a handover, prepares under e, and goes on; after a completed move it hands over
//!   to the new primary, which waits for that. Where nobody leads the first holder prepares, so
//!   that the fence comes also where no client asks. In a calm cluster no outcome is unknown, but
//!   where changes follow each other within a few round trips: a holder that leaves the partition
//!   and holds it anew clears it at once, and no longer helps to finish. If who led leads again
//!   it adopts what it left in flight, and knows; else nobody tells it.
//! - **Copy.** Copies are made within one configuration, and only *from nodes whose promise in
//!   it is durable*. A node of R' is **synced** in e ([`Replica::synced`]) when it has compared
//!   with, and pulled all that was newer from, a majority of R, itself among them where it is of
//!   R and has promised; all durable. Nothing of that is needed again after a crash but the
//!   comparing. When all of R' say so, e may be completed. Who is new asks one of R first, and the
//!   others for what that one lacked; if it tells nothing for a while, as one that does not hear of
//!   the view, any of them.
//! - **Clear.** The view tells since when a node holds a partition without a break, and the node
//!   stores that with its first promise or copy. Where the two differ, or the node holds the
//!   partition no more, what is stored is of another time, and is removed in portions. The
//!   first store raises the promise into the present configuration, the last says since when;
//!   in between, and while the view is older than what is stored (it restarted), the node takes
//!   no part at all; if it led, what it had taken on goes to who leads then.
//!
//! Why it is right, with c before e and e' after it:
//!
//! 7. *What is committed before e' is known to every leader of e'.* What was committed under a
//!    ballot before e was accepted by a majority of R, each before it promised in e, for after it
//!    would have refused. Every node N of R' has pulled from a majority of R after they had
//!    promised. The majorities meet in a node that N pulled it from, or that is N: N has it, or
//!    something above. What is committed under e is with a majority of R' by e's rule. Either
//!    way a majority of R' finds it, whatever R and R' have in common, and 3 goes on. If e is
//!    cancelled, R's majorities hold all of it, by the rule of c and by that of e.
//! 8. *No leader of before e' commits, or answers a read, once e' may begin.* A majority of R has
//!    promised in e before it is completed: no ballot before e finds a majority any more. One of e
//!    needs a majority of R', and of R: so it meets the promise of e's successor.
//! 9. *What was purged stays away.* All holders of a configuration x had acknowledged the
//!    tombstone under x before its first purge. Whoever holds the partition in x and promises in a
//!    later configuration did so after: so what is copied from it then is the tombstone, or
//!    nothing, or newer. Whoever joined later has only such copies, and theirs in turn. Were
//!    copies made from nodes that have not promised, one could spread what such a node is about
//!    to bury under the old ballot. Whoever was a holder before x and is one again was cleared.
//! 10. *A node forgets only what nobody counts on.* It clears after the view that leaves it out,
//!     which is completed or cancelled by then: 7 does not need it. Its promise stays, raised, so
//!     that an older view which it may have after a restart can't make it a holder of before.
//!
//! Applying an old view over a later one would not break this, since what was promised under the
//! later one stands against it; but nobody would lead, so it is not done.
//!
//! # What guards what
//!
//! In `tests/simulation`. What is in `invariants/`, `checker.rs` and `convergence.rs` is checked in
//! every seed of the random runs; `by_hand/`, `scenarios.rs` and `checker_test.rs` are tests of their
//! own, of chosen stories and histories; and `mutants.rs` runs each mutant until it is found, in up
//! to a given number of seeds or in the story that is made for it.
//!
//! | property | checked by |
//! | --- | --- |
//! | histories are linearizable (1 to 6, *Removal*) | `checker.rs`, itself checked in `checker_test.rs` |
//! | a ballot has one leader, a version one record (1) | `invariants/one_leader.rs` |
//! | promises, floors and *since* never go back (2, 10) | `invariants/promises.rs` |
//! | records only rise; only tombstones and what is of another time are removed (2, 10) | `invariants/rising_records.rs` |
//! | acknowledged is durable on a majority of each list (3, 6, 7) | `invariants/durable_acks.rs` |
//! | a node's view never gets older | `invariants/views_in_order.rs` |
//! | every queue is bounded | `invariants/bounded.rs` |
//! | what moves is copied no faster than allowed | `invariants/throttled.rs` |
//! | after the faults all is answered, moves end, replicas are equal, nothing dead is left and nothing where it is not held | `convergence.rs` |
//! | a handover and a move leave no unknown outcome; calm clusters refuse nothing | `scenarios.rs` |
//! | adoption outranks; a late copy does not resurrect; a leader of before finishes without loss (7); what it leaves in flight is told | `by_hand/` |
//! | each of these can fail | `mutants.rs` |
#![no_std]

extern crate alloc;

mod acceptor;
mod anti_entropy;
mod ballot;
mod clearing;
mod config;
mod confirmation;
mod decision;
mod depose;
mod digest;
mod disk;
mod effect;
mod event;
mod forwarding;
mod handover;
mod head;
mod incarnation;
mod known_keys;
mod leader;
mod leadership;
mod left_over;
mod message;
mod mutant;
mod node_number;
mod now;
mod outcome;
mod peer;
mod placement;
mod plausibility;
mod purge;
mod random;
mod reconfiguration;
mod record;
mod records;
mod replica;
mod request;
mod routing;
mod standing;
mod status;
mod step;
mod sweep;
mod synced;
mod takeover;
mod tick;
mod token;
mod version;
mod vnode;
mod vnodes;

pub use ballot::Ballot;
pub use config::Config;
pub use digest::BUCKETS;
pub use effect::{Effect, Replaced, Ticket, Write};
pub use event::Event;
pub use head::Head;
pub use incarnation::Incarnation;
pub use message::{Envelope, Message};
#[cfg(feature = "mutants")]
pub use mutant::Mutant;
pub use node_number::NodeNumber;
pub use now::{Instant, Now, Wall};
pub use outcome::{Outcome, Reason};
pub use placement::{Group, Placement};
pub use record::{Body, Record, Value};
pub use records::{PartitionState, Records};
pub use replica::Replica;
pub use request::{ClientId, Condition, Operation};
pub use status::Status;
pub use synced::Size;
pub use token::Token;
pub use version::{NotAVersion, Version};
