//! Who wants to become a member, as the cluster sees it.

use tokio::time::timeout;

use super::greeter::{Answered, GreetError};
use super::{JoinDesk, JoinReply, JoinRequest, PeerRefusal, Peers};

/// Answers `request`, after which the connection ends.
pub(super) async fn serve_joiner(
    peers: &Peers,
    answered: Answered<'_>,
    request: Box<JoinRequest>,
    desk: &dyn JoinDesk,
) -> Result<(), GreetError> {
    let place = match check(peers, &request) {
        Ok(()) => peers.joins.try_acquire().map_err(|_| PeerRefusal::JoinBusy),
        Err(refusal) => Err(refusal),
    };
    let _place = match place {
        Ok(place) => place,
        Err(refusal) => {
            let why = refusal.to_string();
            let reply = match refusal {
                PeerRefusal::JoinBusy | PeerRefusal::NotJoined { .. } => JoinReply::Later { why },
                _ => JoinReply::Refused { why },
            };
            tell(peers, answered, &reply).await?;
            return Err(refusal.into());
        }
    };
    let id = request.id.clone();
    let reply = timeout(peers.limits.join, desk.join(*request)).await.unwrap_or_else(|_| {
        let why = "the cluster has not decided in time: it may have too few nodes up".to_owned();
        JoinReply::Later { why }
    });
    tell(peers, answered, &reply).await?;
    match reply {
        JoinReply::Refused { why } => Err(PeerRefusal::Join { id, why }.into()),
        reply => {
            tracing::info!(%id, ?reply, "a node wants to join");
            Ok(())
        }
    }
}

/// Tells it. One that doesn't read the answer is given up.
async fn tell(peers: &Peers, answered: Answered<'_>, reply: &JoinReply) -> Result<(), GreetError> {
    match timeout(peers.limits.greeting, answered.answer_joiner(reply)).await {
        Ok(told) => Ok(told?),
        Err(_elapsed) => Err(PeerRefusal::Slow.into()),
    }
}

/// Whether the desk can be asked at all.
fn check(peers: &Peers, request: &JoinRequest) -> Result<(), PeerRefusal> {
    let ours = &peers.identity;
    if request.cluster != ours.cluster {
        return Err(PeerRefusal::Cluster { theirs: request.cluster.clone() });
    }
    if request.id == ours.id {
        return Err(PeerRefusal::Oneself);
    }
    if request.shards != ours.shards {
        return Err(PeerRefusal::Shards { theirs: request.shards, ours: ours.shards });
    }
    if ours.cluster_id.get().is_none() {
        return Err(PeerRefusal::NotJoined { id: ours.id.clone() });
    }
    Ok(())
}
