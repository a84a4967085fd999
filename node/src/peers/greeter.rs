//! How a connection begins: the dialler's side and the answerer's.

use std::io;

use bytes::BytesMut;
use thiserror::Error;
use tokio::net::TcpStream;

use super::connection::Connection;
use super::proof::{Claim, NONCE_BYTES, Nonce, Proof, TAG_BYTES};
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
}

/// Proves over `stream` that this node knows `secret`, and hears who answers.
pub(super) async fn dial(stream: TcpStream, secret: &Secret) -> Result<Dialled<'_>, GreetError> {
    let mut connection = Connection::begin(stream)?;
    let dialler = nonce()?;
    connection.send(&[&dialler]).await?;
    let answerer = their_nonce(&mut connection).await?;
    let proof = Proof { secret, dialler, answerer };
    connection.send(&[&proof.tag(Claim::Knock, &[])]).await?;

    let mut theirs = connection.next().await?;
    let tag = split_tag(&mut theirs)?;
    proof.verify(Claim::AnswererGreets, &[&theirs], &tag)?;
    let greeting = Greeting::decode(&theirs)?;
    Ok(Dialled { connection, proof, theirs, greeting })
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
}

/// Answers over `stream` as `ours`, and hears who dialled.
pub(super) async fn answer<'a>(
    stream: TcpStream,
    secret: &'a Secret,
    ours: &Greeting,
) -> Result<(Answered<'a>, Introduction), GreetError> {
    let mut connection = Connection::begin(stream)?;
    let answerer = nonce()?;
    connection.send(&[&answerer]).await?;
    let dialler = their_nonce(&mut connection).await?;
    let proof = Proof { secret, dialler, answerer };
    proof.verify(Claim::Knock, &[], &connection.next().await?)?;

    let ours = ours.encode();
    connection.send(&[&ours, &proof.tag(Claim::AnswererGreets, &[&ours])]).await?;
    let mut theirs = connection.next().await?;
    let tag = split_tag(&mut theirs)?;
    proof.verify(Claim::DiallerGreets, &[&ours, &theirs], &tag)?;

    let introduction = Introduction::decode(&theirs);
    let begun = Answered { connection, proof, ours, theirs };
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

async fn their_nonce(connection: &mut Connection) -> Result<Nonce, GreetError> {
    let frame = connection.next().await?;
    Ok(<[u8; NONCE_BYTES]>::try_from(&*frame).map_err(|_| PeerRefusal::Garbage)?)
}

/// Takes the tag off the end of `frame`.
fn split_tag(frame: &mut BytesMut) -> Result<BytesMut, PeerRefusal> {
    let length = frame.len().checked_sub(TAG_BYTES).ok_or(PeerRefusal::Garbage)?;
    Ok(frame.split_off(length))
}

fn nonce() -> io::Result<Nonce> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    Ok(nonce)
}

/// Why a greeting came to nothing. Nobody was told anything that they may not know.
#[derive(Debug, Error)]
pub(super) enum GreetError {
    /// One of the two refused the other.
    #[error(transparent)]
    Refused(#[from] PeerRefusal),
    /// The connection broke, or this node has no randomness.
    #[error(transparent)]
    Io(#[from] io::Error),
}
