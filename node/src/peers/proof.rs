//! How both ends of a connection prove that they know the cluster's secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{PeerRefusal, Secret};

pub(super) const NONCE_BYTES: usize = 32;
pub(super) const TAG_BYTES: usize = 32;

pub(super) const BINDING_BYTES: usize = 32;

/// Chosen anew by each end for each connection.
pub(super) type Nonce = [u8; NONCE_BYTES];
/// What the two ends of a connection in TLS have in common. Somebody between them who speaks TLS
/// with each has two of them.
pub(super) type Binding = [u8; BINDING_BYTES];

/// What a tag stands for. Two with different meanings are never alike, so none can be sent
/// back to the one that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// The dialler knows the secret. Says nothing else, as it doesn't know yet to whom.
    Knock,
    /// The same, and TLS comes next.
    KnockForTls,
    /// The answerer greets.
    AnswererGreets,
    /// The dialler greets the one that greeted it.
    DiallerGreets,
    /// The answerer answers who wants to join.
    AnswersJoiner,
}

impl Claim {
    /// That of who knocks.
    pub(super) fn knock(in_tls: bool) -> Self {
        if in_tls { Self::KnockForTls } else { Self::Knock }
    }

    fn label(self) -> &'static [u8] {
        match self {
            Self::Knock => b"ringway peer: knock",
            Self::KnockForTls => b"ringway peer: knock for TLS",
            Self::AnswererGreets => b"ringway peer: answerer greets",
            Self::DiallerGreets => b"ringway peer: dialler greets",
            Self::AnswersJoiner => b"ringway peer: answers joiner",
        }
    }
}

/// Makes and checks the tags of one connection. Both nonces are in each: a tag that was
/// recorded is of no use on another connection.
pub(super) struct Proof<'a> {
    pub(super) secret: &'a Secret,
    pub(super) dialler: Nonce,
    pub(super) answerer: Nonce,
    /// Nothing before TLS has begun, or without it.
    pub(super) binding: Option<Binding>,
}

impl Proof<'_> {
    /// The tag that claims `claim` of `greetings`.
    pub(super) fn tag(&self, claim: Claim, greetings: &[&[u8]]) -> [u8; TAG_BYTES] {
        self.mac(claim, greetings).finalize().into_bytes().into()
    }

    /// # Errors
    /// When `tag` is another than [`Proof::tag`] makes. The comparison takes as long
    /// wherever they differ.
    pub(super) fn verify(
        &self,
        claim: Claim,
        greetings: &[&[u8]],
        tag: &[u8],
    ) -> Result<(), PeerRefusal> {
        self.mac(claim, greetings).verify_slice(tag).map_err(|_| PeerRefusal::Secret)
    }

    fn mac(&self, claim: Claim, greetings: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .unwrap_or_else(|error| unreachable!("HMAC takes a key of any length: {error}"));
        // Every part after its length: no two lists of parts are one text.
        // How many there are follows from the claim and from whether this is TLS.
        let binding = self.binding.as_ref().map(|binding| &binding[..]);
        let first = [claim.label(), &self.dialler, &self.answerer];
        for part in first.iter().chain(&binding).chain(greetings) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}
