//! Every row of the table, with every token in its columns.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::raw_http::{Answer, Connection};
use crate::table::{Row, Table};

/// What can't be undone by asking again: that it is under way already is what whoever may do it hears.
const ROTATION: &str = "POST /auth/rotate-key";

/// Asked for last: older HAProxies close the connection by TLS after it (README.md, TLS at the edge).
const WRONGLY_SIGNED: &str = "swapped payload";

/// The tokens of a cluster, by the heads of the table's columns.
pub(crate) struct Tokens(BTreeMap<&'static str, Vec<String>>);

/// How a place is asked.
pub(crate) trait Way {
    /// What is answered at `url` to `request`, with each of `tokens`, of which an empty one is none.
    async fn ask(&self, url: &str, request: &str, tokens: &[&str]) -> Vec<Answer>;
}

/// HTTP/1.1 without TLS, over a connection for each request.
pub(crate) struct Plain;

impl Way for Plain {
    async fn ask(&self, url: &str, request: &str, tokens: &[&str]) -> Vec<Answer> {
        let (method, target) = request.split_once(' ').unwrap();
        let mut answers = Vec::new();
        for token in tokens {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str())];
            let headers = if token.is_empty() { &[][..] } else { &headers[..] };
            let mut connection = Connection::open(url).await;
            answers.push(connection.send(method, target, headers, "").await);
        }
        answers
    }
}

impl Tokens {
    pub(crate) async fn of(cluster: &Cluster) -> Self {
        let mut tokens = BTreeMap::<_, Vec<_>>::new();
        for (kind, token) in cluster.tokens().await {
            tokens.entry(kind).or_default().push(token);
        }
        Self(tokens)
    }
}

/// Asks for every row at each of `places`, which are those of `cluster` by their columns in a cell,
/// and says where the answer is another than the table's.
pub(crate) async fn walk(
    cluster: &Cluster,
    tokens: &Tokens,
    places: &[usize],
    way: &impl Way,
) -> Vec<String> {
    let (table, all) = (Table::read(), cluster.places());
    let mut wrong = Vec::new();
    for Row { request, cells } in &table.rows {
        if request == ROTATION {
            cluster.rotate_key().await;
        }
        let mut asked = Vec::new();
        for (kind, expected) in table.kinds.iter().zip(cells) {
            let tokens = &tokens.0[kind.as_str()];
            asked.extend(tokens.iter().map(|token| (kind.as_str(), expected, token.as_str())));
        }
        asked.sort_by_key(|(kind, ..)| *kind == WRONGLY_SIGNED);
        let tokens: Vec<_> = asked.iter().map(|(_, _, token)| *token).collect();
        for column in places {
            let (place, url) = &all[*column];
            let answers = way.ask(url, request, &tokens).await;
            assert_eq!(answers.len(), tokens.len(), "{place}: {request}");
            for ((kind, expected, _), answer) in asked.iter().zip(&answers) {
                let code = table.codes.get(*kind).map(String::as_str);
                // The answer to HEAD has no body to tell by.
                let is_bare = request.starts_with("HEAD ");
                let found = if is_bare { Ok(answer.status) } else { status_of(answer, code) };
                let expected = expected[*column];
                if found != Ok(expected) {
                    wrong.push(format!("{request} · {kind} · {place}: {expected}, not {found:?}"));
                }
            }
        }
    }
    wrong
}

/// What `answer` is, with what every refusal of a token has.
fn status_of(answer: &Answer, code: Option<&str>) -> Result<u16, String> {
    let challenge = answer.header("www-authenticate");
    match answer.status {
        401 => {
            let found = answer.code();
            let expected =
                code.ok_or_else(|| format!("it takes no token to be let in: {found}"))?;
            let bad = r#"Bearer realm="ringway", error="invalid_token""#;
            let asks = if expected == "token_missing" { r#"Bearer realm="ringway""# } else { bad };
            if (found.as_str(), challenge) == (expected, Some(asks)) {
                Ok(401)
            } else {
                Err(format!("{found}, {challenge:?}"))
            }
        }
        403 if answer.code() != "forbidden" || challenge.is_none() => Err(answer.body.clone()),
        403 => Ok(403),
        _ if challenge.is_some() => Err(format!("{challenge:?}")),
        status => Ok(status),
    }
}
