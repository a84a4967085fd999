//! A later view: what changes for the partitions that this node holds, held, or will hold.

use alloc::sync::Arc;
use alloc::vec::Vec;

use ringway_ring::{Epoch, Partition};

use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::standing::Standing;
use crate::step::Step;
use crate::vnode::{Former, Vnode};
use crate::{
    Ballot, Effect, Group, Instant, Message, NodeNumber, PartitionState, Placement, Records,
};

impl Replica {
    /// Takes a later view in. Most views change nothing for most partitions: then nothing that
    /// is under way there is disturbed.
    pub(crate) fn on_placement(&mut self, placement: Placement, step: &mut Step<'_>) {
        if placement.epoch <= self.epoch && !self.has(Mutant::ViewOutOfOrder) {
            return;
        }
        self.epoch = placement.epoch;
        let is_other = |(partition, group): &(Partition, Arc<Group>)| {
            let before = self.groups.get(partition);
            before.is_none_or(|before| before.configuration != group.configuration)
        };
        let changed: Vec<_> = placement.groups.into_iter().filter(is_other).collect();
        self.groups.extend(changed.iter().cloned());
        let holders_change = !changed.is_empty();
        let finish = self.finish_by(step.now.instant);
        for (partition, group) in changed {
            match self.vnodes.get(partition) {
                Some(_) => self.reconfigure(partition, group, step),
                // What it doesn't hold, and was cleared or never held, is not there.
                None if group.contains(self.me) => self.take_up(partition, step.records),
                None => continue,
            }
            if let Some(vnode) = self.vnodes.get_mut(partition) {
                vnode.one_source_until = finish;
            }
            self.anti_entropy.hurry();
        }
        if holders_change {
            self.meet_neighbours();
        }
    }

    /// Looks at a partition that nothing is known of in memory: held now, or held once and
    /// not cleared yet.
    pub(crate) fn take_up(&mut self, partition: Partition, records: &dyn Records) {
        let Some(group) = self.groups.get(&partition) else { return };
        let stored = records.state(partition);
        let is_left = || !records.scan(partition, None, 1).is_empty();
        if group.contains(self.me) || stored.is_some() && is_left() {
            let vnode = Vnode::new(Arc::clone(group), self.me, stored);
            self.vnodes.insert(partition, vnode);
            self.anti_entropy.count(partition);
            self.unfenced.insert(partition, None);
        }
    }

    /// Who holds something that this node holds too.
    pub(crate) fn meet_neighbours(&mut self) {
        let held = self.vnodes.values().filter(|vnode| vnode.group.contains(self.me));
        self.neighbours = held.flat_map(|vnode| vnode.group.others(self.me)).collect();
    }

    /// Until when a leader of before is given time, if the holders change now.
    fn finish_by(&self, now: Instant) -> Instant {
        now.after(self.config.handover_ms).after(self.config.patience_ms)
    }

    fn reconfigure(&mut self, partition: Partition, group: Arc<Group>, step: &mut Step<'_>) {
        self.forget_copies(partition);
        let (me, finish) = (self.me, self.finish_by(step.now.instant));
        let standing = self.standing(&group, partition);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        vnode.standing = match (vnode.standing, standing) {
            (Standing::Clearing, Standing::Member) => Standing::Clearing,
            (Standing::Member, Standing::Clearing) if !group.contains(me) => {
                Standing::Finishing(finish)
            }
            (present @ Standing::Finishing(_), Standing::Clearing) if !group.contains(me) => {
                present
            }
            (_, standing) => standing,
        };
        vnode.group = group;
        vnode.sources.clear();
        vnode.unchecked = vnode.group.others(me).collect();
        vnode.successor = None;
        self.unfenced.insert(partition, None);
        if vnode.standing == Standing::Clearing {
            // What it leads with is about to go: it can finish nothing by that, and answer nothing.
            self.step_down(partition);
        }
        self.end_configuration(partition, finish, step);
    }

    fn standing(&self, group: &Group, partition: Partition) -> Standing {
        let Some(vnode) = self.vnodes.get(partition) else { return Standing::Clearing };
        if self.has(Mutant::DroppedBeforeCompletion)
            && group.is_moving()
            && !group.next.contains(&self.me)
        {
            return Standing::Clearing;
        }
        let since = group.since.filter(|_| self.has(Mutant::SinceIgnored));
        let state = PartitionState { since: since.unwrap_or(vnode.state.since), ..vnode.state };
        Standing::of(group, self.me, &state)
    }

    /// The leader of the configuration before finishes what is in flight, under its rules; who
    /// was about to lead ceases to try; who will lead gives the leader of before some time.
    fn end_configuration(&mut self, partition: Partition, finish: Instant, step: &mut Step<'_>) {
        let me = self.me;
        let keeps_ballot = self.has(Mutant::BallotKept);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        match &mut vnode.leadership {
            Some(leadership) if keeps_ballot && leadership.established => {
                leadership.group = Arc::clone(&vnode.group);
            }
            Some(leadership) if leadership.established => {
                leadership.draining.get_or_insert(step.now.instant);
                self.draining.insert(partition);
            }
            Some(_) => self.step_down(partition),
            None => {
                self.again.extend(vnode.waiting.drain(..));
                let node = vnode.hint.node;
                let is_other = vnode.hint > Ballot::BOTTOM && node != me;
                let asked = Instant::default();
                vnode.former = is_other.then_some(Former { node, until: finish, asked });
            }
        }
    }

    /// The leader of before, while it may be finishing.
    pub(crate) fn finishing(&self, partition: Partition, now: Instant) -> Option<NodeNumber> {
        let former = self.vnodes.get(partition)?.former?;
        (now < former.until && self.is_usable(former.node, now)).then_some(former.node)
    }

    /// Sees to it that each configuration is fenced against those before, also where no client
    /// asks for anything: the first holder that can prepares, once the leader of before has
    /// finished or its time is over. Any other one does where even then nobody has asked it to
    /// promise: the leader may have gone before it was back.
    pub(crate) fn fence_configurations(&mut self, step: &mut Step<'_>) {
        let now = step.now.instant;
        let patience = self.config.handover_ms + self.config.patience_ms;
        let looked_at: Vec<_> = self.unfenced.iter().map(|(&one, &since)| (one, since)).collect();
        for (partition, since) in looked_at {
            if self.is_led_here_or_fenced(partition) {
                self.unfenced.remove(&partition);
                continue;
            }
            let since = since.unwrap_or(now);
            self.unfenced.insert(partition, Some(since));
            if self.finishing(partition, now).is_some() {
                self.ask_former(partition, step);
            } else if self.may_fence(partition, now, now.since(since) >= patience) {
                self.prepare(partition, step);
            }
        }
    }

    /// Whether this node has promised in the present configuration and, if the partition moves
    /// and that was to itself, has led in it: then the others have promised too, or will.
    fn is_led_here_or_fenced(&self, partition: Partition) -> bool {
        let keeps_ballot = self.has(Mutant::BallotKept);
        self.vnodes.get(partition).is_none_or(|vnode| {
            let leads = vnode.leadership.as_ref().is_some_and(|one| {
                one.established && one.ballot.configuration == vnode.group.configuration
            });
            let is_new = vnode.hint.configuration < vnode.group.configuration;
            let is_elsewhere = vnode.hint.node != self.me || is_new;
            let is_led = leads || is_elsewhere || !vnode.group.is_moving();
            keeps_ballot || vnode.is_member() && vnode.is_fenced() && is_led
        })
    }

    /// Whether this node should prepare though nobody asks it for anything.
    fn may_fence(&self, partition: Partition, now: Instant, is_late: bool) -> bool {
        let Some(vnode) = self.vnodes.get(partition) else { return false };
        let is_there = |node: NodeNumber| node == self.me || self.is_usable(node, now);
        let first = vnode.group.replicas.iter().copied().find(|&node| is_there(node));
        let is_its_turn = first == Some(self.me) || vnode.hint.node == self.me || is_late;
        let has_handed_over = vnode.successor.is_some_and(|(_, until)| now < until);
        let is_idle = vnode.leadership.is_none() && !has_handed_over;
        is_idle && is_its_turn && self.may_lead(partition, now)
    }

    /// Asks the leader of before to hand over: it may have done so before this node knew.
    fn ask_former(&mut self, partition: Partition, step: &mut Step<'_>) {
        let (now, retry) = (step.now.instant, self.config.retry_ms);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let (ballot, is_primary) = (vnode.hint, vnode.group.primary() == Some(self.me));
        let Some(former) = &mut vnode.former else { return };
        let is_first = former.asked == Instant::default();
        if is_primary && (is_first || now.since(former.asked) >= retry) {
            former.asked = now.after(1);
            let to = former.node;
            let ballots = [(partition, ballot)].into();
            self.send(to, Message::Claim { ballots }, step);
        }
    }

    /// `peer` speaks of the view of `epoch`. Who is behind is told, and tells.
    pub(crate) fn hear_of(&mut self, peer: NodeNumber, epoch: Epoch, step: &mut Step<'_>) {
        let (now, retry) = (step.now.instant, self.config.retry_ms);
        if epoch > self.epoch && now >= self.next_behind {
            self.next_behind = now.after(retry);
            step.effects.push(Effect::Behind { peer, epoch });
        }
        if epoch < self.epoch {
            let known = self.peers.entry(peer).or_default();
            if now >= known.next_news {
                known.next_news = now.after(retry);
                self.send(peer, Message::StaleView, step);
            }
        }
    }
}
