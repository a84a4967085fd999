//! Servers come and go on request: started and stopped by the launcher, put into the ring and
//! taken out of it by the cluster.
//!
//! Whoever asks is answered once the cluster has agreed; the data moves after that. Nothing
//! here is needed for what was agreed on to be done: a server that goes is stopped by the
//! coordinator, whichever node that is then.

mod adding;
mod choice;
mod in_turn;
mod lookup;
mod removing;
mod servers_error;
mod shutting_down;
mod wanted;

pub(crate) use self::adding::add;
pub(crate) use self::lookup::{on_port, those_launched};
pub(crate) use self::removing::remove;
pub(crate) use self::servers_error::ServersError;
pub(crate) use self::shutting_down::{ShutDown, shut_down};
pub(crate) use self::wanted::Wanted;
