//! Deliberate bugs, to test the tests.

/// A bug that the simulator must find. Without the feature `mutants` none can be switched
/// on, and the compiler removes what asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "mutants"),
    expect(dead_code, unreachable_pub, reason = "public, and all of it used, with the feature")
)]
pub enum Mutant {
    /// A replica acknowledges what is not durable yet.
    AckBeforeFsync,
    /// Half of the holders count as a majority.
    MajorityOfHalf,
    /// A leader answers with a record of an older ballot as if it were its own.
    OlderBallotServed,
    /// A leader reads without asking whether it still leads.
    ReadUnconfirmed,
    /// A leader that restarts goes on under its old ballot, with sequences from 1.
    BallotReused,
    /// A restarted replica has forgotten its promises.
    PromiseForgotten,
    /// A deposed leader sends its unfinished writes again, as new ones.
    DeposedResends,
    /// A tombstone goes when a majority has it.
    TombstoneDroppedEarly,
    /// A record of an older ballot is served once a majority was asked, without being
    /// proposed anew.
    AdoptedUnstamped,
    /// Records are ordered by the version of the client's write, not by that of their last
    /// proposal.
    OrderedByWrite,
    /// An expired value is answered as absent before its tombstone is written.
    ExpiryUnwritten,
    /// A delayed accept stores a key that was purged.
    FloorIgnored,
    /// A delayed copy stores a key that was purged.
    PullNotCancelled,
    /// A leader hands over with writes in flight.
    HandoverInFlight,
    /// A forwarded write that is delivered twice is done twice.
    ForwardRepeated,
    /// A write that was proposed and timed out is called not applied.
    UnknownCalledNotApplied,
    /// A leader reads what it has proposed and no majority has accepted.
    UncommittedRead,
    /// A condition is tested against the leader's own record of an older ballot.
    ConditionOnOlderBallot,
    /// A copy made by anti-entropy replaces a newer record.
    PullOverwritesNewer,
    /// A leader goes on under its ballot when the holders change, and nobody makes another
    /// because they do.
    ///
    /// So nobody promises in the new configuration. That alone loses nothing: copies are made only
    /// from who has promised, so such a move never ends. This mutant makes them without, as
    /// [`PullBeforePromise`](Self::PullBeforePromise) does. All other guards stand.
    BallotKept,
    /// While a partition moves, a majority of the present and the next holders together is
    /// enough.
    QuorumOverUnion,
    /// A next holder takes what one of the present ones has for all there is.
    SyncedFromOne,
    /// Copies are made from holders that may still accept under earlier ballots.
    PullBeforePromise,
    /// Who will no longer hold a partition removes it before the move is completed.
    DroppedBeforeCompletion,
    /// A view replaces a later one.
    ViewOutOfOrder,
    /// What is stored of a time when the node held the partition before counts as held since.
    SinceIgnored,
}

#[cfg(feature = "mutants")]
impl Mutant {
    /// Every one.
    pub const ALL: [Self; 26] = [
        Self::AckBeforeFsync,
        Self::MajorityOfHalf,
        Self::OlderBallotServed,
        Self::ReadUnconfirmed,
        Self::BallotReused,
        Self::PromiseForgotten,
        Self::DeposedResends,
        Self::TombstoneDroppedEarly,
        Self::AdoptedUnstamped,
        Self::OrderedByWrite,
        Self::ExpiryUnwritten,
        Self::FloorIgnored,
        Self::PullNotCancelled,
        Self::HandoverInFlight,
        Self::ForwardRepeated,
        Self::UnknownCalledNotApplied,
        Self::UncommittedRead,
        Self::ConditionOnOlderBallot,
        Self::PullOverwritesNewer,
        Self::BallotKept,
        Self::QuorumOverUnion,
        Self::SyncedFromOne,
        Self::PullBeforePromise,
        Self::DroppedBeforeCompletion,
        Self::ViewOutOfOrder,
        Self::SinceIgnored,
    ];
}
