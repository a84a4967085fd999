//! As much of HTTP/1.1 as a load tester needs, over one connection a client.
//!
//! A client library spends several times what `wrk` does on a request: on channels, on maps of
//! headers, on bodies as streams. Here a request is bytes in a buffer that is kept, and of a
//! response only what is counted is read; `httparse`, which hyper uses too, does the parsing.

mod answer;
mod base_url;
mod body;
mod caller;
mod connection;
mod node_table;
mod patience;
mod request;
mod response_head;
mod sink;
mod token;

pub(crate) use self::answer::{Answer, Applied, CallError};
pub(crate) use self::base_url::BaseUrl;
pub(crate) use self::caller::Caller;
pub(crate) use self::node_table::{NodeNumber, NodeTable};
pub(crate) use self::request::RequestText;
pub(crate) use self::sink::Sink;
pub(crate) use self::token::Token;
