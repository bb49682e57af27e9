//! The archive: settings, addresses, cache and network behind one blocking call.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use reqwest::Url;

use crate::body::{Body, Fetched, printable};
use crate::cache::{Answer, Cache, Entry};
use crate::effort::Effort;
use crate::error::{FailureKind, FetchError};
use crate::gunzip::gunzip;
use crate::patience::Patience;
use crate::request::Request;
use crate::service::Service;
use crate::settings::{BadSetting, TransferSettings};
use crate::transport::{Received, Transport};
use crate::turn::Turn;

/// All services, asked politely. It may be shared by threads; each service is asked by one at a time.
#[derive(Debug)]
pub struct ServiceClient {
    settings: TransferSettings,
    addresses: BTreeMap<Service, Url>,
    cache: Cache,
    transport: Transport,
    turns: BTreeMap<Service, Turn>,
    patience: Patience,
    /// Answers that each thread took since [`ServiceClient::begin_unit`].
    taken: Mutex<Vec<(ThreadId, Service, String)>>,
}

/// An archive cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A service that nobody knows.
    #[error("unknown service {name}; known are {known}")]
    UnknownService {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// An address that is none.
    #[error("address of the service {name}: found {found:?}, expected http://... or https://...")]
    BadAddress {
        /// The service.
        name: String,
        /// What was given.
        found: String,
    },
    /// A setting that cannot be used.
    #[error(transparent)]
    BadSetting(#[from] BadSetting),
    /// The network cannot be used.
    #[error("start the network runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// A failed attempt with what is left of its answer.
struct Failure {
    kind: FailureKind,
    retry_after: Option<Duration>,
    body_prefix: String,
    body_sha256: Option<String>,
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self { kind, retry_after: None, body_prefix: String::new(), body_sha256: None }
    }
}

impl ServiceClient {
    /// An archive whose answers lie below `cache`; `addresses` replaces the addresses of services by name.
    pub fn new(
        settings: TransferSettings,
        addresses: &BTreeMap<String, String>,
        cache: &Path,
    ) -> Result<Self, ServiceError> {
        settings.check()?;
        let mut all = BTreeMap::new();
        for service in Service::ALL {
            all.insert(service, Url::parse(service.default_address()).expect("our own addresses are well formed"));
        }
        for (name, found) in addresses {
            let service = Service::from_name(name).ok_or_else(|| ServiceError::UnknownService {
                name: name.clone(),
                known: Service::ALL.map(Service::name).join(", "),
            })?;
            let url = Url::parse(found).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            let bad = || ServiceError::BadAddress { name: name.clone(), found: found.clone() };
            all.insert(service, url.ok_or_else(bad)?);
        }
        Ok(Self {
            settings,
            addresses: all,
            cache: Cache::new(cache),
            transport: Transport::new()?,
            turns: Service::ALL.into_iter().map(|service| (service, Turn::default())).collect(),
            patience: Patience::default(),
            taken: Mutex::default(),
        })
    }

    /// Ends every wait at once, as [`FailureKind::Stopped`], when `is_stopping` says so.
    #[must_use]
    pub fn stopped_by(self, is_stopping: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { patience: Patience::until(is_stopping), ..self }
    }

    /// Begins a unit of work in this thread: what it takes from now on belongs to it.
    pub fn begin_unit(&self) {
        self.taken().retain(|(thread, ..)| *thread != std::thread::current().id());
    }

    /// The unit of this thread failed although its questions were answered: no answer that it took stays in the cache, so that the next run asks
    /// again. Offline they stay, for nobody could be asked. Gives the number of answers; none where the last question had no answer.
    pub fn forget_answers(&self) -> usize {
        let own = std::thread::current().id();
        let answers: Vec<_> = self.taken().extract_if(.., |(thread, ..)| *thread == own).collect();
        for (_, service, key) in answers.iter().filter(|_| !self.settings.offline) {
            tracing::info!(
                service = service.name(),
                key,
                "the answer made a unit fail: it is asked for again next time"
            );
            if let Err(error) = self.cache.forget(*service, key) {
                tracing::warn!(service = service.name(), key, %error, "an answer that made a unit fail stays in the cache");
            }
        }
        answers.len()
    }

    fn taken(&self) -> MutexGuard<'_, Vec<(ThreadId, Service, String)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request, from the cache or from the network, and what `read` made of it.
    ///
    /// `read` decides whether a body is an answer at all: only what it accepts is kept, what it refuses as temporary is asked for again.
    pub fn fetch<T>(
        &self,
        request: &Request,
        read: impl Fn(&Body<'_>) -> Result<T, FailureKind>,
    ) -> Result<(T, Fetched), FetchError> {
        let key = request.key();
        let fetched = self.fetch_as(request, &key, read);
        match &fetched {
            Ok(_) => self.taken().push((std::thread::current().id(), request.service, key)),
            // This question has no answer; those before it are no cause.
            Err(_) => self.begin_unit(),
        }
        fetched
    }

    fn fetch_as<T>(
        &self,
        request: &Request,
        key: &str,
        read: impl Fn(&Body<'_>) -> Result<T, FailureKind>,
    ) -> Result<(T, Fetched), FetchError> {
        let fail = |failure: Failure, attempts, waits_s| FetchError {
            service: request.service,
            kind: failure.kind,
            attempts,
            waits_s,
            body_prefix: failure.body_prefix,
            body_sha256: failure.body_sha256,
        };
        let cached =
            self.cache.get(request.service, key).map_err(|error| fail(FailureKind::from(error).into(), 0, 0.0))?;
        if let Some(entry) = cached {
            match read(&body_of(&entry)) {
                Ok(value) => return Ok((value, fetched(entry, Effort { cache_hits: 1, ..Effort::default() }))),
                Err(kind) => tracing::warn!(service = request.service.name(), key, %kind, "a cached answer is refused"),
            }
        }
        if self.settings.offline {
            return Err(fail(FailureKind::NotInCache.into(), 0, 0.0));
        }
        let (mut attempts, mut waits_s) = (0, 0.0);
        loop {
            attempts += 1;
            let failure = match self.attempt(request, key, &read) {
                Ok((value, entry)) => {
                    return Ok((value, fetched(entry, Effort { cache_hits: 0, fetched: 1, attempts, waits_s })));
                }
                Err(failure) => failure,
            };
            tracing::warn!(service = request.service.name(), attempts, kind = failure.kind.name(), "{}", failure.kind);
            if !failure.kind.is_temporary() || attempts > self.settings.retry {
                return Err(fail(failure, attempts, waits_s));
            }
            let wait = self.settings.wait(attempts, failure.retry_after, random());
            tracing::info!(
                service = request.service.name(),
                wait_s = wait.as_secs_f64(),
                "waiting before the next try"
            );
            self.patience.wait(wait).map_err(|kind| fail(kind.into(), attempts, waits_s))?;
            waits_s += wait.as_secs_f64();
        }
    }

    /// Where a service is asked.
    pub(crate) fn address(&self, service: Service) -> &str {
        self.addresses[&service].as_str()
    }

    /// Asks once and lets `read` look at status and body; nothing is kept.
    pub(crate) fn look<T>(
        &self,
        request: &Request,
        read: impl FnOnce(&Received, &Body<'_>) -> Result<T, FailureKind>,
    ) -> Result<T, FailureKind> {
        let folder = self.cache.service_folder(request.service)?;
        let received = self.transport.send(request, &self.url(request), &folder, &self.settings, &self.patience)?;
        let Received { body, .. } = received;
        let body = gunzip(body, request.max_bytes)?;
        let received = Received { body, ..received };
        read(&received, &received.body_of())
    }

    /// Asks once, checks the answer, keeps it.
    fn attempt<T>(
        &self,
        request: &Request,
        key: &str,
        read: &impl Fn(&Body<'_>) -> Result<T, FailureKind>,
    ) -> Result<(T, Entry), Failure> {
        let folder = self.cache.service_folder(request.service).map_err(FailureKind::from)?;
        let url = self.url(request);
        let gap = Duration::from_secs_f64(self.settings.gap_s);
        let received = self.turns[&request.service].take(&folder, gap, &self.patience, || {
            self.transport.send(request, &url, &folder, &self.settings, &self.patience)
        })?;
        let (prefix, sha256) = (printable(&received.body.prefix), received.body.sha256.clone());
        let refuse = |kind| Failure {
            kind,
            retry_after: received.retry_after,
            body_prefix: prefix.clone(),
            body_sha256: Some(sha256.clone()),
        };
        if received.status != 200 {
            return Err(refuse(FailureKind::HttpError { status: received.status }));
        }
        let body = gunzip(received.body, request.max_bytes).map_err(refuse)?;
        let value = read(&Body {
            path: body.file.path(),
            bytes: body.bytes,
            content_type: &received.content_type,
            prefix: &body.prefix,
            is_delimited: received.is_delimited,
        })
        .map_err(refuse)?;
        let answer = Answer { url: &received.url, status: received.status, content_type: &received.content_type };
        let entry = self.cache.put(request, key, body, &answer).map_err(FailureKind::from)?;
        tracing::debug!(service = request.service.name(), key, bytes = entry.sidecar.bytes, "fetched");
        Ok((value, entry))
    }

    fn url(&self, request: &Request) -> Url {
        let mut url = self.addresses[&request.service].clone();
        let path = format!("{}/{}", url.path().trim_end_matches('/'), request.path);
        url.set_path(&path);
        url
    }
}

fn body_of(entry: &Entry) -> Body<'_> {
    Body {
        path: &entry.path,
        bytes: entry.sidecar.bytes,
        content_type: &entry.sidecar.content_type,
        prefix: &entry.prefix,
        is_delimited: true,
    }
}

fn fetched(entry: Entry, effort: Effort) -> Fetched {
    Fetched { path: entry.path, bytes: entry.sidecar.bytes, sha256: entry.sidecar.sha256, effort }
}

/// A number between 0 and 1 for the jitter of a wait; nothing that is recorded depends on it.
fn random() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}
