//! Takes nodes into the cluster.

use std::pin::Pin;
use std::sync::Arc;

use crate::access::unix_seconds;
use crate::follower::peers_of;
use crate::membership::{Command, Consensus, Newcomer, ProposeError};
use crate::peers::{JoinDesk, JoinReply, JoinRequest, Joined};

/// Takes nodes into the cluster where this node leads the consensus, and sends them to who
/// does where it does not.
pub(crate) struct Desk(pub(crate) Arc<Consensus>);

impl JoinDesk for Desk {
    fn join(&self, request: JoinRequest) -> Pin<Box<dyn Future<Output = JoinReply> + Send + '_>> {
        Box::pin(self.decide(request))
    }
}

impl Desk {
    async fn decide(&self, request: JoinRequest) -> JoinReply {
        let Some(cluster) = self.0.present() else {
            let why = "the node asked has no cluster itself yet".to_owned();
            return JoinReply::Later { why };
        };
        if !self.0.is_leader() {
            let leader = self.0.leader().and_then(|leader| cluster.member_numbered(leader));
            return match leader {
                Some((_, member)) => JoinReply::Elsewhere { leader: member.peer },
                None => JoinReply::Later { why: ProposeError::NoLeader.to_string() },
            };
        }
        let JoinRequest { id, client, peer, zone, weight, disk, token, .. } = request;
        let newcomer = Newcomer { id, client, peer, zone, weight, disk };
        let command = match token {
            Some(token) => {
                Command::JoinWithToken { newcomer, token: token.hash(), now: unix_seconds() }
            }
            None => Command::Join(newcomer),
        };
        match self.0.propose(command).await {
            Ok(_) => {
                let cluster = self.0.present().unwrap_or(cluster);
                let (members, ca) = (peers_of(&cluster), cluster.ca().cloned());
                JoinReply::Joined(Joined { cluster: cluster.id(), members, ca })
            }
            Err(ProposeError::Refused(refused)) => JoinReply::Refused { why: refused.to_string() },
            Err(error) => JoinReply::Later { why: error.to_string() },
        }
    }
}
