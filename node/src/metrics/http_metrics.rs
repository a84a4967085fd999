//! Requests by route, method and status, and how long they took.

use std::sync::OnceLock;
use std::time::Duration;

use http::{Method, StatusCode};
use metrics::{Counter, Histogram, Label};

use super::Registry;

/// What a request was for, whichever key it named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteName {
    Kv,
    Put,
    Get,
    Del,
    MapRequest,
    Explain,
    Rep,
    Ring,
    RingChange,
    RingCancel,
    RingStatus,
    RingPlan,
    RingLeave,
    RingSettings,
    Discovery,
    Heartbeat,
    Home,
    Metrics,
    Add,
    Rm,
    AddServer,
    RemoveServer,
    Shutdown,
    Login,
    LoginRenew,
    Jwks,
    Users,
    User,
    UserPassword,
    UserGrant,
    RotateKey,
    JoinTokens,
    Unknown,
}

impl RouteName {
    pub(crate) const ALL: [Self; 33] = [
        Self::Kv,
        Self::Put,
        Self::Get,
        Self::Del,
        Self::MapRequest,
        Self::Explain,
        Self::Rep,
        Self::Ring,
        Self::RingChange,
        Self::RingCancel,
        Self::RingStatus,
        Self::RingPlan,
        Self::RingLeave,
        Self::RingSettings,
        Self::Discovery,
        Self::Heartbeat,
        Self::Home,
        Self::Metrics,
        Self::Add,
        Self::Rm,
        Self::AddServer,
        Self::RemoveServer,
        Self::Shutdown,
        Self::Login,
        Self::LoginRenew,
        Self::Jwks,
        Self::Users,
        Self::User,
        Self::UserPassword,
        Self::UserGrant,
        Self::RotateKey,
        Self::JoinTokens,
        Self::Unknown,
    ];

    /// The route's path, as metrics show it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kv => "/kv",
            Self::Put => "/put",
            Self::Get => "/get",
            Self::Del => "/del",
            Self::MapRequest => "/map_request",
            Self::Explain => "/explain",
            Self::Rep => "/rep",
            Self::Ring => "/ring",
            Self::RingChange => "/ring/change",
            Self::RingCancel => "/ring/cancel",
            Self::RingStatus => "/ring/status",
            Self::RingPlan => "/ring/plan",
            Self::RingLeave => "/ring/leave",
            Self::RingSettings => "/ring/settings",
            Self::Discovery => "/v3/discovery:endpoints",
            Self::Heartbeat => "/heartbeat",
            Self::Home => "/home",
            Self::Metrics => "/metrics",
            Self::Add => "/add",
            Self::Rm => "/rm",
            Self::AddServer => "/add_server",
            Self::RemoveServer => "/remove_server",
            Self::Shutdown => "/shutdown",
            Self::Login => "/login",
            Self::LoginRenew => "/login/renew",
            Self::Jwks => "/.well-known/jwks.json",
            Self::Users => "/users",
            Self::User => "/users/{name}",
            Self::UserPassword => "/users/{name}/password",
            Self::UserGrant => "/users/{name}/grant",
            Self::RotateKey => "/auth/rotate-key",
            Self::JoinTokens => "/join-tokens",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is about one key, so that its answer says who gave it.
    #[must_use]
    pub fn is_keyed(self) -> bool {
        matches!(self, Self::Kv | Self::Put | Self::Get | Self::Del | Self::Explain)
    }

    /// Whether it may wait for news instead of answering.
    #[must_use]
    pub fn waits(self) -> bool {
        let changes_servers = matches!(
            self,
            Self::Add | Self::Rm | Self::AddServer | Self::RemoveServer | Self::Shutdown
        );
        changes_servers || matches!(self, Self::Ring | Self::Discovery)
    }
}

/// A request's method, of the few that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodName {
    Get,
    Head,
    Put,
    Post,
    Delete,
    Other,
}

impl MethodName {
    pub(crate) const ALL: [Self; 6] =
        [Self::Get, Self::Head, Self::Put, Self::Post, Self::Delete, Self::Other];

    /// Which of them `method` is.
    #[must_use]
    pub fn of(method: &Method) -> Self {
        match *method {
            Method::GET => Self::Get,
            Method::HEAD => Self::Head,
            Method::PUT => Self::Put,
            Method::POST => Self::Post,
            Method::DELETE => Self::Delete,
            _ => Self::Other,
        }
    }

    /// As it stands in a request line, or `other`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Other => "other",
        }
    }
}

/// The statuses that this node answers with; anything else would count as the last.
const STATUSES: [u16; 18] =
    [200, 201, 202, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 429, 431, 500, 503, 0];

/// Counters that exist once they are first used, found by index: a lookup by name and
/// labels would cost more than reading a small value.
pub struct HttpMetrics {
    registry: Registry,
    requests: Vec<OnceLock<Counter>>,
    seconds: Vec<Histogram>,
}

impl HttpMetrics {
    /// Registers them in `registry`.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        let seconds = RouteName::ALL.iter().map(|route| {
            let labels = [Label::from_static_parts("route", route.as_str())];
            let about = "Time from a request's head to its answer's";
            registry.histogram("ringway_request_seconds", about, &labels)
        });
        let seconds = seconds.collect();
        let slots = RouteName::ALL.len() * MethodName::ALL.len() * STATUSES.len();
        let requests = (0..slots).map(|_| OnceLock::new()).collect();
        Self { registry, requests, seconds }
    }

    /// Counts one answered request.
    pub fn answered(
        &self,
        route: RouteName,
        method: MethodName,
        status: StatusCode,
        took: Duration,
    ) {
        let status_index = STATUSES
            .iter()
            .position(|&known| known == status.as_u16())
            .unwrap_or(STATUSES.len() - 1);
        let row = route as usize * MethodName::ALL.len() + method as usize;
        let Some(slot) = self.requests.get(row * STATUSES.len() + status_index) else { return };
        slot.get_or_init(|| self.register(route, method, status)).increment(1);
        if let Some(seconds) = self.seconds.get(route as usize) {
            seconds.record(took);
        }
    }

    #[cold]
    fn register(&self, route: RouteName, method: MethodName, status: StatusCode) -> Counter {
        let labels = [
            Label::from_static_parts("route", route.as_str()),
            Label::from_static_parts("method", method.as_str()),
            Label::new("status", status.as_str().to_owned()),
        ];
        self.registry.counter("ringway_requests_total", "Requests answered", &labels)
    }
}
