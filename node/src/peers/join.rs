//! Becoming a member of a cluster.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout};

use super::backoff::Backoff;
use super::greeter::{self, Dialled, GreetError};
use super::join_error::{JoinError, JoinFailure};
use super::{JoinReply, JoinRequest, Joined, PeerRefusal, PeerTls, Secret};
use crate::cluster_id::ClusterId;

/// How long one address may take: longer than the cluster takes to decide.
const ATTEMPT: Duration = Duration::from_secs(15);
/// How long connecting may take: a packet that is lost is sent again after one second.
const CONNECTING: Duration = Duration::from_secs(3);
/// How often it follows who says that another decides, before it asks the next address.
const SENT_ON_MAX: usize = 3;
/// A node that restarts, or is very busy, closes connections too: that it has another secret
/// is believed after so many rounds in a row.
const CLOSED_ROUNDS: usize = 3;

/// Makes the node that `request` describes a member, through any of `addresses`, each a
/// `HOST:PORT` where a member listens for nodes, and speaks as this node does: with TLS or
/// without. Asks them all once, and again until
/// `patience` is over or no address leaves hope.
///
/// # Errors
/// When it isn't a member, as far as is known; with what came of each address.
pub async fn join(
    addresses: &[String],
    (secret, tls): (&Secret, Option<&PeerTls>),
    request: &JoinRequest,
    patience: Duration,
) -> Result<Joined, JoinError> {
    let deadline = Instant::now() + patience;
    let mut backoff = Backoff::new();
    let mut hopeless_rounds = 0;
    loop {
        let mut attempts = Vec::new();
        for address in addresses {
            match follow(address, (secret, tls), request, &mut attempts).await {
                Some(joined) => return Ok(joined),
                // The cluster's own word: another member would say the same.
                None if was_refused(&attempts) => break,
                None => {}
            }
        }
        let is_closed = |failure: &JoinFailure| matches!(failure, JoinFailure::Closed);
        let mut failures = attempts.iter().map(|(_, failure)| failure);
        let is_hopeless =
            failures.clone().all(|failure| failure.is_lasting() || is_closed(failure));
        hopeless_rounds = if is_hopeless { hopeless_rounds + 1 } else { 0 };
        let needed = if failures.any(is_closed) { CLOSED_ROUNDS } else { 1 };
        let error = JoinError { cluster: request.cluster.clone(), attempts };
        if was_refused(&error.attempts) || hopeless_rounds >= needed {
            return Err(error);
        }
        tracing::warn!(%error, "trying again");
        let pause = backoff.failed();
        if Instant::now() + pause >= deadline {
            return Err(error);
        }
        sleep(pause).await;
    }
}

/// Of which clusters those are who listen at `addresses`, as far as they answer within `patience`,
/// know the secret and are in one.
pub(crate) async fn clusters_at(
    addresses: &[String],
    known: (&Secret, Option<&PeerTls>),
    patience: Duration,
) -> Vec<(String, ClusterId)> {
    let asked = addresses.iter().map(|address| async move {
        let dialled = timeout(patience, dial(address, known)).await.ok()?.ok()?;
        Some((address.clone(), dialled.greeting.cluster_id?))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

fn was_refused(attempts: &[(String, JoinFailure)]) -> bool {
    matches!(attempts.last(), Some((_, JoinFailure::Refused { .. })))
}

/// Asks at `address`, or where it is sent to from there; tells `attempts` what came of it.
async fn follow(
    address: &str,
    known: (&Secret, Option<&PeerTls>),
    request: &JoinRequest,
    attempts: &mut Vec<(String, JoinFailure)>,
) -> Option<Joined> {
    let mut address = address.to_owned();
    let mut sent_on = 0;
    let failure = loop {
        match timeout(ATTEMPT, ask(&address, known, request)).await {
            Ok(Ok(JoinReply::Joined(joined))) => return Some(joined),
            Ok(Ok(JoinReply::Elsewhere { leader })) if sent_on < SENT_ON_MAX => {
                sent_on += 1;
                address = leader.to_string();
            }
            Ok(Ok(JoinReply::Elsewhere { .. })) => break JoinFailure::SentOn,
            Ok(Ok(JoinReply::Refused { why })) => break JoinFailure::Refused { why },
            Ok(Ok(JoinReply::Later { why })) => break JoinFailure::Later { why },
            Ok(Err(failure)) => break failure,
            Err(_elapsed) => break JoinFailure::Slow,
        }
    };
    attempts.push((address, failure));
    None
}

/// Connects to who listens at `address`, and hears who that is.
async fn dial<'a>(
    address: &str,
    (secret, tls): (&'a Secret, Option<&PeerTls>),
) -> Result<Dialled<'a>, JoinFailure> {
    let found: Vec<_> = lookup_host(address).await.map_err(JoinFailure::Unresolved)?.collect();
    let stream = match timeout(CONNECTING, TcpStream::connect(&found[..])).await {
        Ok(connected) => connected.map_err(JoinFailure::Unconnected)?,
        Err(_elapsed) => return Err(JoinFailure::Slow),
    };
    greeter::dial(stream, secret, tls).await.map_err(|error| match error {
        GreetError::Io(_) => JoinFailure::Closed,
        GreetError::Refused(refusal) => refused(&refusal),
    })
}

async fn ask(
    address: &str,
    known: (&Secret, Option<&PeerTls>),
    request: &JoinRequest,
) -> Result<JoinReply, JoinFailure> {
    let dialled = dial(address, known).await?;
    let (_, tls) = known;
    if dialled.greeting.tls != tls.is_some() {
        return Err(JoinFailure::OtherTls { theirs: dialled.greeting.tls });
    }
    if dialled.greeting.cluster != request.cluster {
        return Err(JoinFailure::Cluster { theirs: dialled.greeting.cluster });
    }
    if (&dialled.greeting.id, dialled.greeting.disk) == (&request.id, request.disk) {
        return Err(JoinFailure::Oneself);
    }
    dialled.join(request.clone()).await.map_err(|error| match error {
        GreetError::Io(error) => JoinFailure::Broken(error),
        GreetError::Refused(refusal) => refused(&refusal),
    })
}

fn refused(refusal: &PeerRefusal) -> JoinFailure {
    match *refusal {
        PeerRefusal::Secret => JoinFailure::Secret,
        PeerRefusal::Protocol { theirs } => JoinFailure::Protocol { theirs },
        PeerRefusal::OtherTls { theirs } => JoinFailure::OtherTls { theirs },
        _ => JoinFailure::Garbage,
    }
}
