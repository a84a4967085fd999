//! What a run does, in valid types.

use std::net::{SocketAddr, ToSocketAddrs};
use std::thread::available_parallelism;
use std::time::Duration;

use super::plan_error::PlanError;
use crate::args::LoadArgs;
use crate::http::{BaseUrl, RequestText, Token};
use crate::schedule::{Arrivals, Schedule};
use crate::workload::{KeyDistribution, Mix, Random, Sequence, WorkloadPlan, Ycsb};

/// What a run does, in valid types.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) url: BaseUrl,
    /// What goes along with each request; nothing where nobody has logged in there.
    pub(crate) token: Option<Token>,
    /// The addresses that the host has, to be tried in order.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) clients: u32,
    pub(crate) threads: u32,
    /// Of each client.
    pub(crate) requests: Option<u64>,
    pub(crate) duration: Option<Duration>,
    /// Of an open loop.
    pub(crate) rate: Option<f64>,
    pub(crate) arrivals: Arrivals,
    pub(crate) timeout: Duration,
    /// How many servers come and go while it runs.
    pub(crate) changing: Option<u32>,
    /// How long the load goes on before, between and after that.
    pub(crate) steady: Duration,
    /// Whether the keys are stored before.
    pub(crate) load: bool,
    pub(crate) workload: WorkloadPlan,
    /// Whether every sample is wanted.
    pub(crate) samples: bool,
}

impl Plan {
    const REQUESTS: u64 = 1000;

    pub(crate) fn new(args: &LoadArgs, token: Option<Token>) -> Result<Self, PlanError> {
        let url = args.base_url.clone();
        let addresses = (url.host.as_str(), url.port).to_socket_addrs();
        let addresses =
            addresses.map_err(|source| PlanError::NoSuchHost { host: url.host.clone(), source })?;
        let clients = args.num_clients.get();
        let cores =
            available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1));
        let threads = args.threads.map_or(cores, std::num::NonZeroU32::get).min(clients);
        let changing = args.test.test_add_or_remove.then_some(args.test.servers.get());
        let bounded = args.num_requests.map(std::num::NonZeroU64::get);
        let requests = bounded.or_else(|| args.duration.is_none().then_some(Self::REQUESTS));
        // A change of the servers takes as long as it takes.
        let requests = requests.filter(|_| changing.is_none());
        let sequence = match (args.test.test_distribution, args.test.all_methods) {
            (true, _) => Sequence::EachKeyOnce,
            (false, true) => Sequence::EveryMethod,
            (false, false) => Sequence::Mixed,
        };
        let mix = args.ycsb.map_or_else(|| Mix::reads(args.read_percentage), Ycsb::mix);
        let natural = args.ycsb.map_or(KeyDistribution::Uniform, Ycsb::keys);
        Ok(Self {
            url,
            token,
            addresses: addresses.collect(),
            clients,
            threads,
            requests,
            duration: args.duration.filter(|_| changing.is_none()),
            rate: args.rate,
            arrivals: args.arrivals,
            timeout: args.timeout,
            changing,
            steady: args.test.steady,
            load: !args.skip_load && !args.test.all_methods,
            workload: WorkloadPlan {
                seed: args.seed,
                clients: u64::from(clients),
                mix,
                key_name: args.key_prefix.clone(),
                keys: args.keys.get(),
                distribution: args.key_distribution.unwrap_or(natural),
                value_size: args.value_size.clone(),
                scan: 100,
                sequence,
            },
            samples: args.csv.is_some(),
        })
    }

    /// Where requests are written, as all of them are.
    pub(crate) fn request_text(&self) -> RequestText {
        let token = self.token.as_ref().map(Token::as_str);
        RequestText::new(&self.url, token, self.workload.key_name.clone())
    }

    /// Which clients are on thread number `thread`.
    pub(crate) fn clients_of(&self, thread: u32) -> impl Iterator<Item = u32> + use<> {
        (thread..self.clients).step_by(self.threads as usize)
    }

    /// When the requests of thread number `thread` start, in an open loop: its clients' part of
    /// the rate, and not all threads at once.
    pub(crate) fn schedule(&self, thread: u32) -> Option<Schedule> {
        let rate = self.rate?;
        let clients = self.clients_of(thread).count() as u64;
        let part = rate * clients as f64 / f64::from(self.clients);
        let offset = Duration::from_secs_f64(f64::from(thread) / rate);
        let most = self.requests.map(|requests| requests * clients);
        let random = Random::new(self.workload.seed, u64::from(u32::MAX) + u64::from(thread));
        Some(Schedule::new(self.arrivals, part, offset, most, random))
    }

    /// How many requests client number `client` sends.
    pub(crate) fn requests_of(&self, client: u64) -> Option<u64> {
        match self.workload.sequence {
            Sequence::EachKeyOnce => Some(self.workload.keys_of(client)),
            Sequence::Mixed | Sequence::EveryMethod => self.requests,
        }
    }

    /// How many requests there will be, if the duration doesn't end it before.
    pub(crate) fn total(&self) -> Option<u64> {
        match self.workload.sequence {
            Sequence::EachKeyOnce => Some(self.workload.keys),
            Sequence::Mixed | Sequence::EveryMethod => {
                self.requests.map(|requests| requests * u64::from(self.clients))
            }
        }
    }
}
