//! Requests by HTTP/2 over TLS, as curl sends them.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::raw_http::Answer;
use crate::walk::Way;

/// Ends each body, and what is said of it: no body has one.
const END: char = '\u{b}';

/// curl, which believes the authority in this file. It sends what it is told one after the other, over
/// one connection.
pub(crate) struct Http2 {
    pub(crate) authority: PathBuf,
}

impl Way for Http2 {
    async fn ask(&self, url: &str, request: &str, tokens: &[&str]) -> Vec<Answer> {
        let (method, target) = request.split_once(' ').unwrap();
        let how = match method {
            "HEAD" => "head".to_owned(),
            method => format!("request = \"{method}\""),
        };
        let requests = tokens.iter().map(|token| {
            let bearer = format!("header = \"authorization: Bearer {token}\"");
            let bearer = if token.is_empty() { String::new() } else { bearer };
            format!(
                "url = \"{url}{target}\"\n{how}\n{bearer}\nhttp2\npath-as-is\ngloboff\nsilent\n\
                 show-error\nnoproxy = \"*\"\nmax-time = 30\ncacert = \"{}\"\nwrite-out = \
                 \"\\v%{{http_code}}\\t%{{http_version}}\\t%{{content_type}}\\t\
                 %header{{www-authenticate}}\\v\"\n",
                self.authority.display()
            )
        });
        let said = curl(&requests.collect::<Vec<_>>().join("next\n"));
        let parts: Vec<_> = said.split_terminator(END).collect();
        let (answers, []) = parts.as_chunks() else { panic!("{request} of {url}: {said}") };
        answers.iter().map(|[body, told]| answer(body, told)).collect()
    }
}

fn answer(body: &str, told: &str) -> Answer {
    let [status, version, content_type, challenge] = told.split('\t').collect::<Vec<_>>()[..]
    else {
        panic!("{told}")
    };
    assert_eq!(version, "2", "{told}");
    let headers = [("content-type", content_type), ("www-authenticate", challenge)];
    let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Answer { status: status.parse().unwrap(), headers, body: body.to_owned() }
}

/// What curl writes that does what `config` says: tokens stand in no process list.
fn curl(config: &str) -> String {
    let mut command = Command::new("curl");
    command.args(["--disable", "--config", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut curl = command.spawn().unwrap();
    // It reads all of it before it asks for anything.
    curl.stdin.take().unwrap().write_all(config.as_bytes()).unwrap();
    let done = curl.wait_with_output().unwrap();
    // Its status is the last request's alone.
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.is_empty(), "{}: {said}\n{config}", done.status);
    String::from_utf8(done.stdout).unwrap()
}
