//! Many requests at a time on one connection, each target as it is written.

use std::future;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::ask::{Ask, Method};

/// How long a connection's requests may take together, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that is kept alive.
pub(crate) struct Pipeline {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    address: String,
    /// How many requests are under way at a time.
    depth: usize,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `x-ringway-node`.
    pub(crate) node: Option<String>,
    pub(crate) body: String,
}

impl Pipeline {
    /// To `address`, `ip:port`, with `depth` requests at a time.
    pub(crate) async fn open(address: &str, depth: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        Ok(Self { read: BufReader::new(read), write, address: address.to_owned(), depth })
    }

    /// What is answered to `asks`, in their order.
    pub(crate) async fn ask(&mut self, asks: &[Ask]) -> io::Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(asks.len());
        for part in asks.chunks(self.depth) {
            answers.extend(self.ask_all(part).await?);
        }
        Ok(answers)
    }

    /// Whoever answers may hang up in between: then the rest is asked anew.
    async fn ask_all(&mut self, asks: &[Ask]) -> io::Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(asks.len());
        while let Some(left) = asks.get(answers.len()..).filter(|left| !left.is_empty()) {
            let before = answers.len();
            let Err(error) = self.ask_once(left, &mut answers).await else { break };
            if answers.len() == before {
                let ask = left.first().map_or_else(String::new, Ask::to_string);
                return Err(io::Error::other(format!("{} on {ask}: {error}", self.address)));
            }
            *self = Self::open(&self.address, self.depth).await?;
        }
        Ok(answers)
    }

    async fn ask_once(&mut self, asks: &[Ask], answers: &mut Vec<Answer>) -> io::Result<()> {
        let Self { read, write, .. } = self;
        let requests: String = asks.iter().map(Ask::to_http).collect();
        // Both at a time: neither end waits for the other's buffers.
        let answering = async {
            for ask in asks {
                answers.push(answer(read, ask.method).await?);
            }
            Ok(())
        };
        // What could not be sent is not answered either.
        let sending = async {
            let _sent = write.write_all(requests.as_bytes()).await;
            future::pending::<()>().await;
        };
        tokio::select! {
            answered = timeout(PATIENCE, answering) => answered?,
            () = sending => Ok(()),
        }
    }
}

async fn answer(read: &mut BufReader<OwnedReadHalf>, method: Method) -> io::Result<Answer> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let status_line = line(read).await?;
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut answer = Answer {
        status: status.ok_or_else(|| bad(&status_line))?,
        node: None,
        body: String::new(),
    };
    let mut length = None;
    loop {
        let line = line(read).await?;
        let Some((name, value)) = line.split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("x-ringway-node") {
            answer.node = Some(value.to_owned());
        }
    }
    if method != Method::Head {
        let mut body: Vec<u8> = vec![0; length.ok_or_else(|| bad("an answer without a length"))?];
        read.read_exact(&mut body).await?;
        answer.body = String::from_utf8_lossy(&body).into_owned();
    }
    Ok(answer)
}

async fn line(read: &mut BufReader<OwnedReadHalf>) -> io::Result<String> {
    let mut line = String::new();
    if read.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
