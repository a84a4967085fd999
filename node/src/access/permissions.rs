//! The one table of who may do what.

use ringway_auth::Permission;

use crate::metrics::{MethodName, RouteName};

/// Whether what `route` does goes on to its end, and is noted, though its client may go away:
/// nobody does anything without a trace by hanging up.
pub(crate) fn outlives_client(route: RouteName, method: MethodName) -> bool {
    route == RouteName::Login || permission(route, method) == Permission::Administer
}

/// What `route` takes. A route without a line here doesn't compile.
pub(crate) const fn permission(route: RouteName, method: MethodName) -> Permission {
    let is_read = matches!(method, MethodName::Get | MethodName::Head);
    match route {
        // Liveness, and how to come by a token and check it.
        RouteName::Heartbeat | RouteName::Login | RouteName::Jwks => Permission::Open,
        // How the cluster is, and what follows it. Who asks for what isn't there, too: strangers
        // don't learn what is.
        RouteName::Home
        | RouteName::Metrics
        | RouteName::Rep
        | RouteName::Ring
        | RouteName::RingStatus
        | RouteName::Discovery
        | RouteName::MapRequest
        | RouteName::LoginRenew
        | RouteName::Unknown => Permission::Known,
        RouteName::RingSettings if is_read => Permission::Known,
        RouteName::Kv if is_read => Permission::Read,
        RouteName::Get | RouteName::Explain => Permission::Read,
        RouteName::Kv | RouteName::Put | RouteName::Del => Permission::Write,
        RouteName::RingSettings
        | RouteName::RingChange
        | RouteName::RingCancel
        | RouteName::RingPlan
        | RouteName::RingLeave
        | RouteName::Add
        | RouteName::Rm
        | RouteName::AddServer
        | RouteName::RemoveServer
        | RouteName::Shutdown
        | RouteName::Users
        | RouteName::User
        | RouteName::UserPassword
        | RouteName::UserGrant
        | RouteName::RotateKey
        | RouteName::JoinTokens => Permission::Administer,
    }
}
