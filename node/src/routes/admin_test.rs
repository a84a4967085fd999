//! What the admin listener has for whoever reaches it, and that it has no more.

use http::Response;

use super::admin_routes;
use super::auth_test::table;
use super::fixture::{Fixture, json_of};
use crate::access::Asker;
use crate::limits::Limits;
use crate::metrics::RouteName;

/// All that it has.
const ROUTES: [RouteName; 5] = [
    RouteName::Heartbeat,
    RouteName::Metrics,
    RouteName::Ring,
    RouteName::Discovery,
    RouteName::Jwks,
];

async fn ask(it: &Fixture, how: &str) -> Response<bytes::Bytes> {
    let (method, target) = how.split_once(' ').unwrap();
    let request = warp::test::request().method(method).path(target);
    request.extension(Asker::Operator).reply(&admin_routes(&it.node)).await
}

#[tokio::test]
async fn it_has_what_edges_and_monitoring_need_and_asks_for_no_token() {
    let it = Fixture::with(Limits::default(), &["--auth", "required"]).await;
    for path in ["/heartbeat", "/metrics", "/ring", "/.well-known/jwks.json"] {
        for method in ["GET", "HEAD"] {
            assert_eq!(ask(&it, &format!("{method} {path}")).await.status(), 200, "{path}");
        }
        assert_eq!(ask(&it, &format!("PUT {path}")).await.status(), 405, "{path}");
    }
    let view = json_of(&ask(&it, "GET /ring").await);
    let epoch = it.node.views.present().view.epoch().get();
    assert_eq!(view["epoch"], epoch);
    let discovery = warp::test::request().method("POST").path("/v3/discovery:endpoints");
    let discovery = discovery.extension(Asker::Operator).body("{}");
    assert_eq!(
        json_of(&discovery.reply(&admin_routes(&it.node)).await)["resources"][0]["cluster_name"],
        "nodes"
    );
}

#[tokio::test]
async fn it_has_nothing_else() {
    let it = Fixture::with(Limits::default(), &["--auth", "required"]).await;
    for row in table() {
        let how = row.how.as_str();
        let status = ask(&it, how).await.status().as_u16();
        let path = how.split([' ', '?']).nth(1);
        if ROUTES.iter().any(|route| Some(route.as_str()) == path) {
            assert_ne!(status, 404, "{how}");
        } else {
            // 400: what is no target anywhere.
            assert!(matches!(status, 400 | 404 | 405), "{how}: {status}");
        }
    }
}
