//! Who is let in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use ringway_auth::{
    Claims, KeyError, KeyRing, LoginThrottle, Password, PasswordHash, Permission, SealingKey,
    SigningKey, TokenVerifier, VerifiedTokens,
};
use ringway_ring::Epoch;
use tokio::time::{Instant, timeout};

use super::hashing::Hashing;
use super::permissions::permission;
use super::{AccessError, Admission, Asker, AuditRecord, Credentials, NotedServer, unix_seconds};
use crate::cluster_watch::ClusterWatch;
use crate::membership::Cluster;
use crate::metrics::RouteName;
use crate::refusal::Refusal;
use crate::routes::Asked;

/// Tokens that need not be verified again: some megabytes.
const VERIFIED_MAX: usize = 16_384;
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
    hashing: Hashing,
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
            hashing: Hashing::default(),
        }
    }

    /// Whether who asks may have `route`, by what the head of the request says: what for, or
    /// nothing where nobody needs to be let in. A refusal is noted here.
    pub(crate) async fn admit(
        &self,
        route: RouteName,
        asked: &Asked,
    ) -> Result<Option<Admission>, AccessError> {
        let Asked { method, asker, .. } = asked;
        let (method, needs) = (*method, permission(route, *method));
        if needs == Permission::Open {
            return Ok(None);
        }
        let credentials = match asker {
            Some(Asker::Client(credentials)) => Arc::clone(credentials),
            // The admin listener has no other routes than those that it is there for.
            Some(Asker::Operator) => return Ok(None),
            None => return Err(AccessError::Missing),
        };
        let refused = |error: AccessError, record: AuditRecord| {
            if error.is_refusal() {
                record.note(error.code(), self.clusters.present().epoch());
            }
            error
        };
        let claims = self.claims(&credentials).await.map_err(|error| {
            let record = AuditRecord::new(None, &credentials, method);
            refused(error, record.about(credentials.named_server(route)))
        })?;
        let noted = NotedServer::default();
        let admission = Admission { claims, credentials, needs, route, method, noted };
        self.check(&admission).map_err(|error| refused(error, admission.record()))?;
        Ok(Some(admission))
    }

    /// Whether who was let in would be let in now, as far as this node knows.
    pub(crate) fn check(&self, admission: &Admission) -> Result<(), AccessError> {
        let Admission { claims, credentials, needs, route, .. } = admission;
        let cluster = self.clusters.present();
        let auth = cluster.auth().ok_or(AccessError::NoUsers)?;
        let user = auth.users().get(&claims.sub).filter(|user| user.has_token(claims));
        let grant = &user.ok_or(AccessError::Void)?.grant;
        if grant.prefixes().is_empty() {
            return Ok(grant.check(*needs, ringway_auth::Scope::Nothing)?);
        }
        Ok(grant.check(*needs, credentials.scope(*route).as_scope())?)
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
        self.hashing.run(move || hash.is_of(password.reveal())).await
    }

    /// What is kept of `password`.
    pub(crate) async fn hash(&self, password: Password) -> Result<PasswordHash, Refusal> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(AccessError::Randomness)?;
        self.hashing.run(move || PasswordHash::new(password.reveal(), salt)).await
    }
}
