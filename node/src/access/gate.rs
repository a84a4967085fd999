//! Who is let in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use ringway_auth::{
    Claims, KeyError, KeyRing, LoginThrottle, Password, PasswordHash, Permission, SealingKey,
    SigningKey, TokenVerifier, VerifiedTokens,
};
use ringway_ring::Epoch;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::permissions::permission;
use super::{AccessError, Asker, AuditRecord, Credentials, unix_seconds};
use crate::cluster_watch::ClusterWatch;
use crate::membership::Cluster;
use crate::metrics::RouteName;
use crate::refusal::Refusal;
use crate::routes::Asked;

/// Tokens that need not be verified again: some megabytes.
const VERIFIED_MAX: usize = 16_384;
/// Passwords that are checked at once: each takes a processor and 19 MiB for some time.
const HASHES_AT_ONCE: usize = 2;
/// Passwords that wait for that.
const HASHES_WAITING: usize = 32;
/// How long this node may take to hear of the state that a token is of.
const NEWS_PATIENCE: Duration = Duration::from_secs(2);

/// Lets in who has a token, and says what its user may do.
pub(crate) struct Gate {
    clusters: Arc<ClusterWatch>,
    /// Under what the keys lie that sign tokens; nothing where the node has no secret.
    seal: Option<SealingKey>,
    known: RwLock<Known>,
    throttle: Mutex<LoginThrottle>,
    started: Instant,
    hashing: Semaphore,
    waiting: Semaphore,
}

/// What follows from the cluster's keys.
struct Known {
    /// The state up to which they are these.
    epoch: Option<Epoch>,
    keys: Option<KeyRing>,
    verifier: Option<Arc<TokenVerifier>>,
    tokens: VerifiedTokens,
}

impl Gate {
    /// That of the cluster that `clusters` tells of, whose signing keys lie under `seal`.
    pub(crate) fn new(clusters: Arc<ClusterWatch>, seal: Option<SealingKey>) -> Self {
        let (epoch, keys, verifier) = (None, None, None);
        let tokens = VerifiedTokens::new(VERIFIED_MAX);
        Self {
            clusters,
            seal,
            known: RwLock::new(Known { epoch, keys, verifier, tokens }),
            throttle: Mutex::default(),
            started: Instant::now(),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            waiting: Semaphore::new(HASHES_WAITING),
        }
    }

    /// Whether who asks may have `route`. What an admin does is noted once it is
    /// done; a refusal is noted here.
    pub(crate) async fn admit(
        &self,
        route: RouteName,
        asked: &Asked,
    ) -> Result<Option<AuditRecord>, AccessError> {
        let Asked { method, asker, .. } = asked;
        let needs = permission(route, *method);
        if needs == Permission::Open {
            return Ok(None);
        }
        let credentials = match asker {
            Some(Asker::Client(credentials)) => credentials,
            // The admin listener has no other routes than those that it is there for.
            Some(Asker::Operator) => return Ok(None),
            None => return Err(AccessError::Missing),
        };
        let claims = self.claims(credentials).await;
        let who = claims.as_ref().ok().map(|claims| claims.sub.as_str().to_owned());
        let record = || AuditRecord::new(who.as_deref(), credentials, (route, *method));
        let admitted = claims.and_then(|claims| self.check(&claims, needs, route, credentials));
        match admitted {
            Ok(()) if needs == Permission::Administer => Ok(Some(record())),
            Ok(()) => Ok(None),
            Err(error) => {
                if error.is_refusal() {
                    record().note(error.code(), self.clusters.present().epoch());
                }
                Err(error)
            }
        }
    }

    fn check(
        &self,
        claims: &Claims,
        needs: Permission,
        route: RouteName,
        credentials: &Credentials,
    ) -> Result<(), AccessError> {
        let cluster = self.clusters.present();
        let auth = cluster.auth().ok_or(AccessError::NoUsers)?;
        let user = auth.users().get(&claims.sub).filter(|user| user.has_token(claims));
        let grant = &user.ok_or(AccessError::Void)?.grant;
        if grant.prefixes().is_empty() {
            return Ok(grant.check(needs, ringway_auth::Scope::Nothing)?);
        }
        Ok(grant.check(needs, credentials.scope(route).as_scope())?)
    }

    /// What the token says that comes with `credentials`, once this node knows the state that
    /// it is of.
    pub(crate) async fn claims(
        &self,
        credentials: &Credentials,
    ) -> Result<Arc<Claims>, AccessError> {
        let token = credentials.token().ok_or(AccessError::Missing)?;
        let claims = self.verified(token, unix_seconds())?;
        let is_known = |cluster: &Arc<Cluster>| cluster.epoch().get() >= claims.since;
        if !is_known(&self.clusters.present()) {
            let mut clusters = self.clusters.subscribe();
            let heard = timeout(NEWS_PATIENCE, clusters.wait_for(is_known)).await;
            heard.map_err(|_elapsed| AccessError::Behind)?.map_err(|_| AccessError::Behind)?;
        }
        Ok(claims)
    }

    fn verified(&self, token: &str, now: u64) -> Result<Arc<Claims>, AccessError> {
        let cluster = self.clusters.present();
        {
            let known = self.known.read();
            if known.epoch == Some(cluster.epoch())
                && let Some(claims) = known.tokens.get(token, now)
            {
                return Ok(claims);
            }
        }
        let verifier = self.verifier(&cluster)?;
        let claims = Arc::new(verifier.verify(token, now)?);
        let mut known = self.known.write();
        // By these keys still, or it is verified again.
        if known.verifier.as_ref().is_some_and(|present| Arc::ptr_eq(present, &verifier)) {
            known.tokens.insert(token, Arc::clone(&claims), now);
        }
        Ok(claims)
    }

    /// The verifier for the keys of `cluster`. Where they are others than before, all tokens
    /// are verified anew.
    fn verifier(&self, cluster: &Cluster) -> Result<Arc<TokenVerifier>, AccessError> {
        let keys = cluster.auth().ok_or(AccessError::NoUsers)?.keys();
        let mut known = self.known.write();
        if known.epoch < Some(cluster.epoch()) {
            known.epoch = Some(cluster.epoch());
            if known.keys.as_ref() != Some(keys) {
                known.keys = Some(keys.clone());
                let verifier = TokenVerifier::new(cluster.id().to_string(), keys);
                known.verifier = Some(Arc::new(verifier));
                known.tokens = VerifiedTokens::new(VERIFIED_MAX);
            }
        }
        known.verifier.clone().ok_or(AccessError::NoUsers)
    }

    /// `key`, such that it can sign.
    pub(crate) fn opened(&self, key: &SigningKey) -> Result<SigningKey, KeyError> {
        key.opened(self.seal.as_ref())
    }

    /// `key`, such that all nodes may keep it.
    pub(crate) fn sealed(&self, key: SigningKey) -> Result<SigningKey, KeyError> {
        match &self.seal {
            Some(seal) => key.sealed(seal),
            None => Ok(key),
        }
    }

    /// Counts an attempt to log in.
    pub(crate) fn attempt(&self, user: &str, from: IpAddr) -> Result<(), AccessError> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let attempt = self.throttle.lock().attempt(user, from, now);
        attempt.map_err(|wait| AccessError::TooManyAttempts { seconds: wait.div_ceil(1000) })
    }

    /// Takes an attempt back.
    pub(crate) fn take_back(&self, user: &str, from: IpAddr) {
        self.throttle.lock().succeeded(user, from);
    }

    /// Whether `password` is the one whose hash is `hash`.
    pub(crate) async fn is_of(
        &self,
        hash: PasswordHash,
        password: Password,
    ) -> Result<bool, Refusal> {
        self.hashing(move || hash.is_of(password.reveal())).await
    }

    /// What is kept of `password`.
    pub(crate) async fn hash(&self, password: Password) -> Result<PasswordHash, Refusal> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(AccessError::Randomness)?;
        self.hashing(move || PasswordHash::new(password.reveal(), salt)).await
    }

    /// Does what takes a processor for some time: few at once, and few that wait.
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _waiting = self.waiting.try_acquire().map_err(|_| AccessError::Busy)?;
        let _place = self.hashing.acquire().await.map_err(|_| AccessError::Busy)?;
        Ok(spawn_blocking(work).await?)
    }
}
