//! Members come, move house, answer or don't, and go.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use ringway_ring::{Health, NodeId};

use super::{Applied, Cluster, MemberState, Newcomer, Refused};
use crate::disk_id::DiskId;
use crate::join_token::JoinTokenHash;
use crate::peering::node_number;

/// What an index into a view's nodes can number.
const MEMBERS_MAX: usize = 65_535;

impl Cluster {
    /// Takes in `newcomer`, by a token and the time at which it came where one is needed.
    pub(super) fn join(
        &mut self,
        newcomer: Newcomer,
        token: Option<(JoinTokenHash, u64)>,
    ) -> Result<Applied, Refused> {
        let Newcomer { ref id, client, peer, disk, .. } = newcomer;
        if let Some(member) = self.members.get(id) {
            // Whoever is answered learns of the authority. So the disk is no proof: all nodes
            // tell it to those who know the secret.
            return match (&self.ca, member.disk == disk) {
                (Some(_), true) => self.join_again(&newcomer, token),
                _ => self.readdress(&id.clone(), disk, client, peer),
            };
        }
        if let Some((other, _)) = self.member_numbered(node_number(id)) {
            return Err(Refused::NumberTaken { id: id.clone(), other: other.clone() });
        }
        self.check_addresses(id, client, peer)?;
        if self.members.len() >= MEMBERS_MAX {
            return Err(Refused::TooManyMembers { members: self.members.len() });
        }
        // Last: whoever is refused for something else has not used it.
        if self.ca.is_some() {
            let (token, now) = token.ok_or(Refused::TokenMissing)?;
            self.join_tokens.use_up(token, now, id)?;
        }
        let (id, record) = newcomer.into_record(MemberState::Spare);
        self.members.insert(id, record);
        Ok(Applied::Changed)
    }

    /// Takes in a member that asks once more, since it never heard the answer: by the token that
    /// it came with, or by another.
    fn join_again(
        &mut self,
        newcomer: &Newcomer,
        token: Option<(JoinTokenHash, u64)>,
    ) -> Result<Applied, Refused> {
        let Newcomer { id, client, peer, disk, .. } = newcomer;
        let (token, now) = token.ok_or(Refused::TokenMissing)?;
        if self.join_tokens.was_used_by(token, id) {
            return self.readdress(id, *disk, *client, *peer);
        }
        self.join_tokens.check(token, now)?;
        self.readdress(id, *disk, *client, *peer)?;
        self.join_tokens.use_up(token, now, id)?;
        Ok(Applied::Changed)
    }

    pub(super) fn readdress(
        &mut self,
        id: &NodeId,
        disk: DiskId,
        client: SocketAddr,
        peer: SocketAddr,
    ) -> Result<Applied, Refused> {
        let Some(member) = self.members.get(id) else {
            return Err(Refused::NoSuchMember { id: id.clone() });
        };
        if member.disk != disk {
            // Another node of that name, or the same after it lost its disk: all that can be
            // told is whether somebody answers under the name, from elsewhere.
            let is_elsewhere = member.health == Health::Up && member.peer != peer;
            let id = id.clone();
            return Err(if is_elsewhere {
                Refused::IdTaken { id, address: member.peer }
            } else {
                Refused::OtherDisk { id, known: member.disk, found: disk }
            });
        }
        if (member.client, member.peer) == (client, peer) {
            return Ok(Applied::AsBefore);
        }
        self.check_addresses(id, client, peer)?;
        let Some(member) = self.members.get_mut(id) else { return Ok(Applied::AsBefore) };
        (member.client, member.peer) = (client, peer);
        Ok(Applied::Changed)
    }

    /// Whether the addresses are `id`'s alone.
    fn check_addresses(
        &self,
        id: &NodeId,
        client: SocketAddr,
        peer: SocketAddr,
    ) -> Result<(), Refused> {
        if client == peer {
            return Err(Refused::AddressTaken { address: client, by: id.clone() });
        }
        for address in [client, peer] {
            let taken = self.members.iter().find(|&(other, member)| {
                other != id && (member.client == address || member.peer == address)
            });
            if let Some((by, _)) = taken {
                return Err(Refused::AddressTaken { address, by: by.clone() });
            }
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, id: &NodeId) -> Result<Applied, Refused> {
        match self.members.get(id).map(|member| member.state) {
            None => Err(Refused::NoSuchMember { id: id.clone() }),
            Some(MemberState::Active | MemberState::Leaving | MemberState::Retiring) => {
                Err(Refused::InTheRing { id: id.clone() })
            }
            Some(MemberState::Spare | MemberState::Retired) => {
                self.members.remove(id);
                Ok(Applied::Changed)
            }
        }
    }

    pub(super) fn forget(&mut self, id: &NodeId, disk: DiskId) -> Applied {
        let found = self.members.get(id);
        if found.is_some_and(|it| it.state == MemberState::Retired && it.disk == disk) {
            self.members.remove(id);
            return Applied::Changed;
        }
        Applied::AsBefore
    }

    pub(super) fn set_health(
        &mut self,
        up: &BTreeSet<NodeId>,
        down: &BTreeSet<NodeId>,
    ) -> Result<Applied, Refused> {
        if let Some(id) = up.union(down).find(|&id| !self.members.contains_key(id)) {
            return Err(Refused::NoSuchMember { id: id.clone() });
        }
        let mut applied = Applied::AsBefore;
        for (ids, health) in [(up, Health::Up), (down, Health::Down)] {
            for id in ids {
                if let Some(member) = self.members.get_mut(id)
                    && member.health != health
                {
                    member.health = health;
                    applied = Applied::Changed;
                }
            }
        }
        Ok(applied)
    }
}
