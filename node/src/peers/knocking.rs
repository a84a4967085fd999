//! What is said in plain on every connection, before anything else: nonces, and that the dialler
//! knows the secret.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::greeter::GreetError;
use super::proof::{Claim, NONCE_BYTES, Nonce, Proof};
use super::{PeerRefusal, Secret};

/// Of a frame: how many bytes follow.
const LENGTH: [u8; 4] = 32_u32.to_be_bytes();

/// Knocks over `stream`, to go on in TLS or not.
pub(super) async fn knock<'a>(
    stream: &mut TcpStream,
    secret: &'a Secret,
    in_tls: bool,
) -> Result<Proof<'a>, GreetError> {
    let dialler = begin(stream).await?;
    let answerer = next(stream).await?;
    let proof = Proof { secret, dialler, answerer, binding: None };
    send(stream, &proof.tag(Claim::knock(in_tls), &[])).await?;
    Ok(proof)
}

/// Hears who knocks over `stream`, and whether it goes on in TLS.
pub(super) async fn hear<'a>(
    stream: &mut TcpStream,
    secret: &'a Secret,
) -> Result<(Proof<'a>, bool), GreetError> {
    let answerer = begin(stream).await?;
    let dialler = next(stream).await?;
    let proof = Proof { secret, dialler, answerer, binding: None };
    let tag = next(stream).await?;
    let in_tls = proof.verify(Claim::knock(true), &[], &tag).is_ok();
    if !in_tls {
        proof.verify(Claim::knock(false), &[], &tag)?;
    }
    Ok((proof, in_tls))
}

async fn begin(stream: &mut TcpStream) -> io::Result<Nonce> {
    // Messages are written whole, and waiting to fill a packet only delays them.
    stream.set_nodelay(true)?;
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    send(stream, &nonce).await?;
    Ok(nonce)
}

async fn send(stream: &mut TcpStream, bytes: &[u8; 32]) -> io::Result<()> {
    stream.write_all(&[&LENGTH[..], bytes].concat()).await
}

/// Reads no more than one frame: what follows may be TLS's.
async fn next(stream: &mut TcpStream) -> Result<[u8; 32], GreetError> {
    let mut length = [0; LENGTH.len()];
    stream.read_exact(&mut length).await?;
    if length != LENGTH {
        return Err(PeerRefusal::Garbage.into());
    }
    let mut bytes = [0; 32];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}
