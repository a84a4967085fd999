//! Who may do what in a Ringway cluster.
//!
//! [`Auth`] is what the nodes agree on: users and the keys that sign tokens; commands in, the
//! next state or a refusal out. [`TokenVerifier`] says whose a token is, [`User::check`] what
//! that user may do. [`LoginThrottle`] slows down who guesses.
//!
//! Nothing here reads a clock or opens a socket: `now` is an argument, and so is randomness,
//! except where a signing key is drawn. The only files that are read are those with passwords.

mod auth;
mod auth_command;
mod auth_refused;
mod base64url;
mod claims;
mod grant;
mod jwks;
mod key_ring;
mod login_request;
mod login_throttle;
mod password;
mod password_file;
mod password_hash;
mod permission;
mod private_file;
mod private_key;
mod public_key;
mod role;
mod sealed;
mod signing_key;
mod token_error;
mod token_verifier;
mod user;
mod user_name;
mod verified_tokens;

pub use auth::Auth;
pub use auth_command::AuthCommand;
pub use auth_refused::AuthRefused;
pub use claims::{Claims, SESSION_SECONDS, TOKEN_SECONDS};
pub use grant::{Grant, GrantError};
pub use key_ring::{KeyRing, PUBLISHED_AHEAD_SECONDS};
pub use login_request::LoginRequest;
pub use login_throttle::LoginThrottle;
pub use password::{Password, PasswordError};
pub use password_file::{PasswordFileError, read_password_file};
pub use password_hash::PasswordHash;
pub use permission::{Forbidden, Permission, Scope};
pub use private_file::{PrivateFileError, open_private_file, open_to_others};
pub use public_key::{PublicKey, PublicKeyError};
pub use role::{Role, RoleError};
pub use sealed::{SealError, Sealed, SealedFor, SealingKey};
pub use signing_key::{KeyError, SigningKey};
pub use token_error::TokenError;
pub use token_verifier::TokenVerifier;
pub use user::User;
pub use user_name::{UserName, UserNameError};
pub use verified_tokens::VerifiedTokens;
