//! How a connection begins: the dialler's side and the answerer's.

use std::io;

use bytes::BytesMut;
use rustls::Error as TlsError;
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use tokio::net::TcpStream;

use super::connection::Connection;
use super::knocking::{hear, knock};
use super::proof::{Claim, Proof, TAG_BYTES};
use super::tls::{PeerTls, Secured};
use super::{Greeting, Introduction, JoinReply, JoinRequest, PeerRefusal, Secret};

/// The longest answer to who wants to join: it names every member.
const JOIN_REPLY_BYTES_MAX: usize = 1 << 20;

/// A connection that was dialled, when who answers has greeted.
pub(super) struct Dialled<'a> {
    connection: Connection,
    proof: Proof<'a>,
    theirs: BytesMut,
    /// Who answers. It knows the secret.
    pub(super) greeting: Greeting,
    /// What it shows, if the cluster's authority has signed it.
    pub(super) certificate: Option<CertificateDer<'static>>,
}

/// Proves over `stream` that this node knows `secret`, goes on in TLS where it has that, and hears
/// who answers.
pub(super) async fn dial<'a>(
    mut stream: TcpStream,
    secret: &'a Secret,
    tls: Option<&PeerTls>,
) -> Result<Dialled<'a>, GreetError> {
    let mut proof = knock(&mut stream, secret, tls.is_some()).await?;
    let (mut connection, certificate) = match tls {
        Some(tls) => secured(tls.connect(stream).await.map_err(not_in_tls)?, &mut proof),
        None => (Connection::plain(stream), None),
    };
    let mut theirs = connection.next().await?;
    let tag = split_tag(&mut theirs)?;
    proof.verify(Claim::AnswererGreets, &[&theirs], &tag)?;
    let greeting = Greeting::decode(&theirs)?;
    Ok(Dialled { connection, proof, theirs, greeting, certificate })
}

/// The connection from here on: all that is claimed is claimed of it, and of no other.
fn secured(
    secured: Secured,
    proof: &mut Proof<'_>,
) -> (Connection, Option<CertificateDer<'static>>) {
    proof.binding = Some(secured.binding);
    (Connection::tls(secured.stream), secured.certificate)
}

/// Who answers to TLS with something else greets, most likely.
fn not_in_tls(error: GreetError) -> GreetError {
    match error {
        GreetError::Refused(PeerRefusal::Garbage) => PeerRefusal::OtherTls { theirs: false }.into(),
        error => error,
    }
}

impl Dialled<'_> {
    /// Greets as a member, and hears whether it may go on.
    pub(super) async fn greet(mut self, ours: Greeting) -> Result<Connection, GreetError> {
        self.introduce(&Introduction::Member(ours).encode()).await?;
        match self.connection.next().await? {
            verdict if verdict.is_empty() => Ok(self.connection),
            why => {
                let why = String::from_utf8_lossy(&why).into_owned();
                Err(PeerRefusal::TurnedAway { why }.into())
            }
        }
    }

    /// Asks to become a member, and hears what comes of it.
    pub(super) async fn join(mut self, request: JoinRequest) -> Result<JoinReply, GreetError> {
        let ours = Introduction::Joiner(request).encode();
        self.introduce(&ours).await?;
        self.connection.frames.set_frame_bytes_max(JOIN_REPLY_BYTES_MAX);
        let mut reply = self.connection.next().await?;
        let tag = split_tag(&mut reply)?;
        self.proof.verify(Claim::AnswersJoiner, &[&self.theirs, &ours, &reply], &tag)?;
        Ok(postcard::from_bytes(&reply).map_err(|_| PeerRefusal::Garbage)?)
    }

    async fn introduce(&mut self, ours: &[u8]) -> io::Result<()> {
        let tag = self.proof.tag(Claim::DiallerGreets, &[&self.theirs, ours]);
        self.connection.send(&[ours, &tag]).await
    }
}

/// A connection that somebody dialled who knows the secret.
pub(super) struct Answered<'a> {
    connection: Connection,
    proof: Proof<'a>,
    ours: Vec<u8>,
    theirs: BytesMut,
    /// What the dialler shows, if the cluster's authority has signed it.
    pub(super) certificate: Option<CertificateDer<'static>>,
}

/// Answers over `stream` as `ours`, and hears who dialled.
pub(super) async fn answer<'a>(
    mut stream: TcpStream,
    secret: &'a Secret,
    tls: Option<&PeerTls>,
    ours: &Greeting,
) -> Result<(Answered<'a>, Introduction), GreetError> {
    let (mut proof, in_tls) = hear(&mut stream, secret).await?;
    let ours = ours.encode();
    let (mut connection, certificate) = match tls {
        Some(tls) if in_tls => secured(tls.accept(stream).await?, &mut proof),
        _ => (Connection::plain(stream), None),
    };
    connection.send(&[&ours, &proof.tag(Claim::AnswererGreets, &[&ours])]).await?;
    if in_tls != tls.is_some() {
        // It has heard enough to say why.
        return Err(PeerRefusal::OtherTls { theirs: in_tls }.into());
    }
    let mut theirs = connection.next().await?;
    let tag = split_tag(&mut theirs)?;
    proof.verify(Claim::DiallerGreets, &[&ours, &theirs], &tag)?;

    let introduction = Introduction::decode(&theirs);
    let begun = Answered { connection, proof, ours, theirs, certificate };
    match introduction {
        Ok(introduction) => Ok((begun, introduction)),
        Err(refusal) => Err(begun.turn_away(refusal).await),
    }
}

impl Answered<'_> {
    /// Lets a member in.
    pub(super) async fn admit(mut self) -> io::Result<Connection> {
        self.connection.send(&[]).await?;
        Ok(self.connection)
    }

    /// Tells a member why not.
    pub(super) async fn turn_away(mut self, refusal: PeerRefusal) -> GreetError {
        match self.connection.send(&[refusal.to_string().as_bytes()]).await {
            Ok(()) => refusal.into(),
            Err(error) => error.into(),
        }
    }

    /// Tells who wants to join what came of it.
    pub(super) async fn answer_joiner(mut self, reply: &JoinReply) -> io::Result<()> {
        let reply = postcard::to_allocvec(reply)
            .unwrap_or_else(|error| unreachable!("a reply can be written: {error}"));
        let greetings: [&[u8]; 3] = [&self.ours, &self.theirs, &reply];
        let tag = self.proof.tag(Claim::AnswersJoiner, &greetings);
        self.connection.send(&[&reply, &tag]).await
    }
}

/// Takes the tag off the end of `frame`.
fn split_tag(frame: &mut BytesMut) -> Result<BytesMut, PeerRefusal> {
    let length = frame.len().checked_sub(TAG_BYTES).ok_or(PeerRefusal::Garbage)?;
    Ok(frame.split_off(length))
}

/// Why a greeting came to nothing. Nobody was told anything that they may not know.
#[derive(Debug, Error)]
pub(super) enum GreetError {
    /// One of the two refused the other.
    #[error(transparent)]
    Refused(#[from] PeerRefusal),
    /// The connection broke, or this node has no randomness.
    #[error(transparent)]
    Io(io::Error),
}

/// What TLS refuses is told as an error of the connection, and is none.
impl From<io::Error> for GreetError {
    fn from(error: io::Error) -> Self {
        let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
        match refused {
            Some(TlsError::InvalidCertificate(why)) => {
                PeerRefusal::Certificate { why: why.to_string() }.into()
            }
            Some(TlsError::InvalidMessage(_)) => PeerRefusal::Garbage.into(),
            Some(TlsError::AlertReceived(alert)) => {
                PeerRefusal::TurnedAway { why: format!("TLS alert {alert:?}") }.into()
            }
            _ => Self::Io(error),
        }
    }
}
