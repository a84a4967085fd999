//! The greeting of a connection, from either end.

use std::io;

use bytes::{Bytes, BytesMut};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_util::codec::{Encoder, LengthDelimitedCodec};

use super::frame_reader::FrameReader;
use super::proof::{Claim, NONCE_BYTES, Nonce, Proof, TAG_BYTES};
use super::{Greeting, PeerRefusal, Secret};

/// The longest frame before both have greeted. A greeting has at most 300 bytes.
pub(super) const GREETING_BYTES_MAX: usize = 1024;

/// Both directions of a connection that begins.
pub(super) struct Greeter<'a, R, W> {
    pub(super) frames: &'a mut FrameReader<R>,
    pub(super) out: &'a mut W,
    pub(super) secret: &'a Secret,
    pub(super) ours: &'a Greeting,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Greeter<'_, R, W> {
    /// Greets as the one that dialled; `check` says whom it expects.
    pub(super) async fn dial(
        mut self,
        check: impl FnOnce(&Greeting) -> Result<(), PeerRefusal>,
    ) -> Result<Greeting, GreetError> {
        let dialler = nonce()?;
        self.send(&[&dialler]).await?;
        let answerer = self.nonce().await?;
        let proof = Proof { secret: self.secret, dialler, answerer };
        self.send(&[&proof.tag(Claim::Knock, &[])]).await?;

        let frame = self.next().await?;
        let (theirs, tag) = frame.split_last_chunk::<TAG_BYTES>().ok_or(PeerRefusal::Garbage)?;
        proof.verify(Claim::AnswererGreets, &[theirs], tag)?;
        let greeting = Greeting::decode(theirs)?;
        check(&greeting)?;

        let ours = self.ours.encode();
        let tag = proof.tag(Claim::DiallerGreets, &[theirs, &ours]);
        self.send(&[&ours, &tag]).await?;
        match self.next().await? {
            verdict if verdict.is_empty() => Ok(greeting),
            why => {
                let why = String::from_utf8_lossy(&why).into_owned();
                Err(PeerRefusal::TurnedAway { why }.into())
            }
        }
    }

    /// Greets as the one that was dialled; `check` says who may come.
    pub(super) async fn answer(
        mut self,
        check: impl FnOnce(&Greeting) -> Result<(), PeerRefusal>,
    ) -> Result<Greeting, GreetError> {
        let answerer = nonce()?;
        self.send(&[&answerer]).await?;
        let dialler = self.nonce().await?;
        let proof = Proof { secret: self.secret, dialler, answerer };
        proof.verify(Claim::Knock, &[], &self.next().await?)?;

        let ours = self.ours.encode();
        self.send(&[&ours, &proof.tag(Claim::AnswererGreets, &[&ours])]).await?;
        let frame = self.next().await?;
        let (theirs, tag) = frame.split_last_chunk::<TAG_BYTES>().ok_or(PeerRefusal::Garbage)?;
        proof.verify(Claim::DiallerGreets, &[&ours, theirs], tag)?;

        let greeting = Greeting::decode(theirs);
        match greeting.and_then(|greeting| check(&greeting).map(|()| greeting)) {
            Ok(greeting) => {
                self.send(&[]).await?;
                Ok(greeting)
            }
            Err(refusal) => {
                self.send(&[refusal.to_string().as_bytes()]).await?;
                Err(refusal.into())
            }
        }
    }

    async fn send(&mut self, parts: &[&[u8]]) -> Result<(), GreetError> {
        let mut frame = BytesMut::new();
        LengthDelimitedCodec::new().encode(Bytes::from(parts.concat()), &mut frame)?;
        Ok(self.out.write_all_buf(&mut frame).await?)
    }

    async fn nonce(&mut self) -> Result<Nonce, GreetError> {
        let frame = self.next().await?;
        Ok(<[u8; NONCE_BYTES]>::try_from(&*frame).map_err(|_| PeerRefusal::Garbage)?)
    }

    async fn next(&mut self) -> Result<BytesMut, GreetError> {
        loop {
            // A stranger that speaks something else seems to announce a very long frame.
            if let Some(frame) = self.frames.take().map_err(|_| PeerRefusal::Garbage)? {
                return Ok(frame);
            }
            if self.frames.fill().await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}

fn nonce() -> Result<Nonce, GreetError> {
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
