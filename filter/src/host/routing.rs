//! What Envoy calls for each request, and to follow the ring.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, BufferType, ContextType, LogLevel, MapType, MetricType};

use ringway_ring::RouteHeader;

use super::{buffer, configuration, increment, log, start_ticking};
use crate::{Configuration, Offer, Outcome, Poll, Refusal, Reply, Route, Router, SharedView};

/// Longer than a node holds the question, with time for a large view to arrive.
const VIEW_TIMEOUT: Duration = Duration::from_secs(2);
/// The largest view that is read: far above 65,536 partitions × RF 7.
const VIEW_BYTES_MAX: usize = 16 << 20;
/// Where the VMs of one Envoy keep the view for each other.
const SHARED_KEY: &str = "ringway.view";

/// One for each VM, of which Envoy has one for each worker and one more.
#[derive(Default)]
pub(super) struct Root {
    configuration: Option<Configuration>,
    router: Rc<RefCell<Router>>,
    poll: Rc<RefCell<Poll>>,
    metrics: Option<Metrics>,
}

/// Envoy adds up what all VMs count; a gauge is what was last written by any of them.
/// Views are therefore counted by the one VM that publishes them to the others.
struct Metrics {
    lookups: u32,
    no_view: u32,
    view_epoch: u32,
    view_updates: u32,
    view_refused: u32,
    refreshes: u32,
    /// Defined as they occur: Envoy keeps a further metric for each definition.
    bad_keys: std::collections::BTreeMap<&'static str, u32>,
}

impl Context for Root {
    fn on_http_call_response(&mut self, _: u32, headers: usize, body_size: usize, _: usize) {
        // Without headers, the call timed out or nobody could be reached.
        let outcome = if headers == 0 { Outcome::Failed } else { self.read_answer(body_size) };
        let goes_on = self.poll.borrow_mut().ended(outcome);
        if goes_on {
            self.ask();
        }
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        self.configuration = configuration(Configuration::from_json);
        if self.configuration.is_none() {
            return false;
        }
        self.metrics = Metrics::define();
        self.restore();
        start_ticking();
        self.on_tick();
        true
    }

    fn on_tick(&mut self) {
        self.flush();
        let is_time = self.poll.borrow_mut().tick();
        if is_time {
            self.ask();
        }
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let (router, poll) = (Rc::clone(&self.router), Rc::clone(&self.poll));
        Some(Box::new(Request { router, poll }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

impl Root {
    fn ask(&self) {
        let Some(configuration) = &self.configuration else { return };
        let router = self.router.borrow();
        let path = Poll::path(router.epoch());
        let mut headers = vec![(":method", "GET"), (":path", &path), (":authority", "ring")];
        headers.extend(router.etag().map(|etag| ("if-none-match", etag)));
        let cluster = &configuration.control_cluster;
        let asked = hostcalls::dispatch_http_call(cluster, headers, None, vec![], VIEW_TIMEOUT);
        let mut poll = self.poll.borrow_mut();
        poll.asked();
        if asked.is_err() {
            // Retried by the tick.
            poll.ended(Outcome::Failed);
        }
    }

    fn read_answer(&mut self, body_size: usize) -> Outcome {
        let header = |name| {
            let value = hostcalls::get_map_value_bytes(MapType::HttpCallResponseHeaders, name);
            value.ok().flatten().and_then(|value| String::from_utf8(value).ok())
        };
        match header(":status").as_deref() {
            Some("304") => Outcome::Settled,
            Some("200") => {
                let etag = header("etag").unwrap_or_default();
                let body = buffer(BufferType::HttpCallResponseBody, body_size.min(VIEW_BYTES_MAX));
                self.take(&etag, &body)
            }
            _ => Outcome::Failed,
        }
    }

    fn take(&mut self, etag: &str, json: &[u8]) -> Outcome {
        let offer = self.router.borrow_mut().offer(etag, json);
        match offer {
            Ok(Offer::Known) => Outcome::Settled,
            Ok(offer) => {
                self.publish(etag, json);
                if offer == Offer::Advanced { Outcome::Advanced } else { Outcome::Settled }
            }
            Err(refusal) => {
                self.refused(&refusal);
                Outcome::Failed
            }
        }
    }

    fn refused(&self, refusal: &Refusal) {
        log(LogLevel::Warn, &format!("a view is refused, the one before stays: {refusal}"));
        if let Some(metrics) = &self.metrics {
            increment(metrics.view_refused, 1);
        }
    }

    /// Keeps the view for the other VMs and for those to come.
    fn publish(&self, etag: &str, json: &[u8]) {
        let Some(epoch) = self.router.borrow().epoch() else { return };
        let (kept, generation) = hostcalls::get_shared_data(SHARED_KEY).unwrap_or_default();
        let view = SharedView { epoch, etag, json };
        let kept = kept.as_deref().and_then(SharedView::from_bytes);
        if kept.is_some_and(|kept| !view.supersedes(&kept)) {
            return;
        }
        if hostcalls::set_shared_data(SHARED_KEY, Some(&view.to_bytes()), generation).is_err() {
            // Another VM was faster, and counts.
            return;
        }
        log(LogLevel::Info, &format!("routing by the view of epoch {epoch}, {etag}"));
        if let Some(metrics) = &self.metrics {
            increment(metrics.view_updates, 1);
            let _ = hostcalls::record_metric(metrics.view_epoch, epoch.get());
        }
    }

    fn restore(&self) {
        let (kept, _) = hostcalls::get_shared_data(SHARED_KEY).unwrap_or_default();
        let Some(view) = kept.as_deref().and_then(SharedView::from_bytes) else { return };
        let restored = self.router.borrow_mut().restore(&view);
        if let Err(refusal) = restored {
            self.refused(&refusal);
        }
    }

    fn flush(&mut self) {
        let Some(metrics) = &mut self.metrics else { return };
        let router = self.router.borrow();
        increment(metrics.lookups, router.tally().take_lookups());
        increment(metrics.no_view, router.tally().take_no_view());
        increment(metrics.refreshes, self.poll.borrow_mut().take_refreshes());
        for (code, count) in router.tally().take_bad_keys() {
            if let Some(metric) = metrics.bad_key(code) {
                increment(metric, count);
            }
        }
    }
}

impl Metrics {
    fn define() -> Option<Self> {
        let counter = |name| hostcalls::define_metric(MetricType::Counter, name).ok();
        Some(Self {
            lookups: counter("ringway_lookups_total")?,
            no_view: counter("ringway_no_view_total")?,
            view_epoch: hostcalls::define_metric(MetricType::Gauge, "ringway_view_epoch").ok()?,
            view_updates: counter("ringway_view_updates_total")?,
            view_refused: counter("ringway_view_refused_total")?,
            refreshes: counter("ringway_view_refreshes_total")?,
            bad_keys: std::collections::BTreeMap::new(),
        })
    }

    /// Envoy's `stats_tags` make a label of what follows the dot.
    fn bad_key(&mut self, code: &'static str) -> Option<u32> {
        if let Some(&metric) = self.bad_keys.get(code) {
            return Some(metric);
        }
        let name = format!("ringway_bad_keys_total.reason={code}");
        let metric = hostcalls::define_metric(MetricType::Counter, &name).ok()?;
        self.bad_keys.insert(code, metric);
        Some(metric)
    }
}

/// One for each request.
struct Request {
    router: Rc<RefCell<Router>>,
    poll: Rc<RefCell<Poll>>,
}

impl Context for Request {}

impl HttpContext for Request {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let router = self.router.borrow();
        // Only CONNECT has no target, and no route of Envoy's takes it.
        let target = request_header(":path").unwrap_or_default();
        match router.route(&target, || request_header(":method")) {
            Route::Listed(header) => set_route(Some(header)),
            // A client's own would otherwise be followed.
            Route::Anywhere => set_route(None),
            Route::Reply(reply) => {
                answer(&reply, router.epoch());
                return Action::Pause;
            }
        }
        Action::Continue
    }

    /// Envoy calls this only where the node says `x-ringway-behind`.
    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.poll.borrow_mut().behind();
        Action::Continue
    }
}

fn request_header(name: &str) -> Option<Vec<u8>> {
    hostcalls::get_map_value_bytes(MapType::HttpRequestHeaders, name).ok().flatten()
}

fn set_route(route: Option<&str>) {
    // Only ever answers Ok, or the SDK has panicked.
    let _ = hostcalls::set_map_value(MapType::HttpRequestHeaders, RouteHeader::NAME, route);
}

fn answer(reply: &Reply, epoch: Option<ringway_ring::Epoch>) {
    let epoch = epoch.map(|epoch| epoch.to_string());
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(epoch.as_deref().map(|epoch| ("x-ringway-epoch", epoch)));
    headers.extend(reply.allow.map(|allow| ("allow", allow)));
    let status = u32::from(reply.status);
    let _ = hostcalls::send_http_response(status, headers, Some(reply.body.as_bytes()));
}
