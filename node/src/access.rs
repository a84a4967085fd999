//! Who may do what here: `--auth required`.
//!
//! [`Asker`] is who a request comes from, put beside it before the routes see it, and
//! [`Credentials`] what it brings along. [`Gate`] says whether that is enough for the route that
//! took it, by the one table in `permissions.rs`; a request that nobody put an asker beside is
//! refused.

mod access_error;
mod admission;
mod asker;
mod audit;
mod clock;
mod credentials;
mod gate;
mod hashing;
mod named_server;
mod permissions;

pub(crate) use self::access_error::AccessError;
pub(crate) use self::admission::Admission;
pub(crate) use self::asker::{Asker, Door};
pub(crate) use self::audit::{AUDIT, AuditRecord};
pub(crate) use self::clock::unix_seconds;
pub(crate) use self::credentials::Credentials;
pub(crate) use self::gate::Gate;
pub(crate) use self::named_server::{NamedServer, NotedServer};
pub(crate) use self::permissions::outlives_client;
