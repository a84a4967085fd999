//! What an edge refuses, whichever it is.

use crate::raw_http::Connection;

/// Checks at the edge at `url` that what it or a node refuses has the right status and code in
/// JSON, and that the connection is good for more.
pub(crate) async fn are_json_and_leave_the_connection_usable(url: &str) {
    let mut connection = Connection::open(url).await;
    let long = format!("/kv/{}", "x".repeat(1025));
    let refused = [
        ("GET", "/kv/", 400, "key_empty"),
        ("GET", "/get?key=", 400, "key_empty"),
        ("PUT", "/kv/%zz", 400, "bad_escape"),
        ("GET", "/kv/%ff", 400, "invalid_utf8"),
        ("GET", "/get", 400, "key_missing"),
        ("GET", "/get?key=a;b", 400, "bad_query"),
        ("DELETE", long.as_str(), 400, "key_too_long"),
        ("GET", "/map_request", 400, "id_missing"),
        ("GET", "/map_request?id=x", 400, "id_not_integer"),
        ("POST", "/map_request?id=1", 405, "method_not_allowed"),
        ("POST", "/kv/a", 405, "method_not_allowed"),
        ("GET", "/nowhere", 404, "no_such_route"),
        ("POST", "/v3/discovery:endpoints", 404, "no_such_route"),
        ("GET", "/kv/nothing-here", 404, "no_such_key"),
    ];
    for (method, target, status, code) in refused {
        let answer = connection.send(method, target, &[], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {target}");
        assert_eq!(answer.header("allow").is_some(), status == 405, "{answer:?}");
        assert_eq!(answer.header("server"), Some("ringway"));
        let stored = connection.send("PUT", "/kv/after", &[], "value").await;
        assert!([200, 201].contains(&stored.status), "the connection is good for more: {stored:?}");
    }
}
