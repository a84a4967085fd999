//! What edges note of requests that they refuse for their token: nodes never hear of them.

use std::fs;

use serde_json::Value;
use xtask::wait;

use crate::PATIENCE;
use crate::cluster::Cluster;
use crate::raw_http::Connection;

const PATH: &str = "/kv/noted";
const IN_QUERY: &str = "in-a-query";

/// Asks each edge without a token, and with what is none.
pub(crate) async fn be_refused(cluster: &Cluster) {
    let target = format!("{PATH}?value={IN_QUERY}");
    for url in [cluster.stack.edge().url(), cluster.stack.haproxy().url()] {
        let mut connection = Connection::open(&url).await;
        for headers in [&[][..], &[("authorization", "Bearer x.y.z")]] {
            let answer = connection.send("GET", &target, headers, "").await;
            assert_eq!(answer.status, 401, "{url}");
        }
    }
}

/// Waits until all of that is noted, with nothing of the query.
pub(crate) async fn are_noted(cluster: &Cluster) {
    let invalid = "jwt_authn_access_denied{Jwt_header_is_an_invalid_Base64url_encoded}";
    let expected = [
        ("envoy", "details", ["jwt_authn_access_denied{Jwt_is_missing}", invalid]),
        ("haproxy", "refused", ["token_missing", "token_invalid"]),
    ];
    for (edge, why, whys) in expected {
        let file = cluster.stack.directory().join("logs").join(format!("{edge}.log"));
        let noted = || {
            let log = fs::read_to_string(&file).unwrap();
            assert!(!log.contains(IN_QUERY), "{log}");
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let ours = lines.filter(|line| line["path"] == PATH);
            let ours = ours.inspect(|line| {
                let found = (&line["from"], &line["method"], &line["status"]);
                assert_eq!(found, (&"127.0.0.1".into(), &"GET".into(), &401.into()), "{line}");
            });
            ours.map(|line| line[why].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let are_there = wait::until(PATIENCE, async || noted() == whys).await;
        assert!(are_there, "{edge} noted {:?}", noted());
    }
}
