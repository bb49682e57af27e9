//! One request over the network: bytes into a temporary file, failures by kind.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE, RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, Url, Version, multipart};
use sha2::{Digest as _, Sha256};

use crate::body::{Body, PREFIX_BYTES};
use crate::cache::{SummedFile, temporary};
use crate::error::FailureKind;
use crate::patience::{LOOK_EVERY, Patience};
use crate::request::{Request, hex};
use crate::settings::TransferSettings;

/// Speed that a large file is allowed to have, bytes a second.
const SLOWEST_BYTES_PER_S: f64 = 100_000.0;
/// Bytes of the body of an answer without success that are read.
const ERROR_BODY_MAX_BYTES: u64 = 65_536;

/// The network.
#[derive(Debug)]
pub(crate) struct Transport {
    /// `None` only while this is dropped.
    runtime: Option<tokio::runtime::Runtime>,
    /// For addresses of this machine (no proxy) and for all others, each for questions and for uploads.
    clients: [OnceLock<Client>; 4],
}

/// A complete answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<Duration>,
    /// Length of the whole file, where the service told it.
    pub(crate) whole_bytes: Option<u64>,
    /// Whether HTTP said where the body ends, rather than by closing the connection (RFC 9112, 6.3).
    pub(crate) is_delimited: bool,
    pub(crate) body: SummedFile,
}

impl Received {
    /// Its body, to be looked at.
    pub(crate) fn body_of(&self) -> Body<'_> {
        Body {
            path: self.body.file.path(),
            bytes: self.body.bytes,
            content_type: &self.content_type,
            prefix: &self.body.prefix,
            is_delimited: self.is_delimited,
        }
    }
}

impl Drop for Transport {
    /// A name that is still being looked up is not waited for.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Transport {
    pub(crate) fn new() -> io::Result<Self> {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime: Some(runtime), clients: Default::default() })
    }

    /// Asks once, until the program is asked to stop. The body is written into a temporary file of `folder`.
    pub(crate) fn send(
        &self,
        request: &Request,
        url: &Url,
        folder: &Path,
        settings: &TransferSettings,
        patience: &Patience,
    ) -> Result<Received, FailureKind> {
        let runtime = self.runtime.as_ref().expect("a runtime is there until the transport is dropped");
        runtime.block_on(async {
            let mut answer = std::pin::pin!(self.answer(request, url, folder, settings));
            loop {
                patience.check()?;
                if let Ok(answer) = tokio::time::timeout(LOOK_EVERY, answer.as_mut()).await {
                    return answer;
                }
            }
        })
    }

    async fn answer(
        &self,
        request: &Request,
        url: &Url,
        folder: &Path,
        settings: &TransferSettings,
    ) -> Result<Received, FailureKind> {
        let mut url = url.clone();
        for _ in 0..=settings.redirects_max {
            let response = self.ask(request, &url, settings).await?;
            match uploaded_elsewhere(request, &response) {
                Some(next) => url = next,
                None => return receive(response, request, settings, folder).await,
            }
        }
        Err(FailureKind::Redirect)
    }

    async fn ask(&self, request: &Request, url: &Url, settings: &TransferSettings) -> Result<Response, FailureKind> {
        let client = self.client(url, settings, request.upload.is_some())?;
        let total_s = settings.total_timeout_s + request.large_bytes as f64 / SLOWEST_BYTES_PER_S;
        let builder = match &request.upload {
            None => client.get(url.clone()).query(&request.parameters),
            Some(upload) => {
                let mut form = multipart::Form::new();
                for (name, value) in &request.parameters {
                    form = form.text(name.clone(), value.clone());
                }
                let file = multipart::Part::bytes(upload.content.clone())
                    .file_name(upload.field.clone())
                    .mime_str(upload.media_type)
                    .expect("our media types are well formed");
                client.post(url.clone()).multipart(form.part(upload.field.clone(), file))
            }
        };
        let builder = match request.first_bytes {
            Some(bytes) => builder.header(RANGE, format!("bytes=0-{}", bytes.saturating_sub(1))),
            None => builder,
        };
        builder.timeout(Duration::from_secs_f64(total_s)).send().await.map_err(|error| classify(&error, false))
    }

    fn client(&self, url: &Url, settings: &TransferSettings, is_upload: bool) -> Result<&Client, FailureKind> {
        let local = is_loopback(url);
        let slot = &self.clients[2 * usize::from(local) + usize::from(is_upload)];
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let redirects_max = settings.redirects_max as usize;
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter_map(|certificate| Certificate::from_der(certificate).ok());
        let mut builder = Client::builder()
            .user_agent(concat!("skyledger/", env!("CARGO_PKG_VERSION")))
            .no_gzip()
            .pool_max_idle_per_host(0)
            .connect_timeout(Duration::from_secs_f64(settings.connect_timeout_s))
            .read_timeout(Duration::from_secs_f64(settings.read_timeout_s))
            .tls_certs_only(roots)
            .redirect(Policy::custom(move |attempt| {
                let safe = attempt.previous().last().is_some_and(|from| is_safe(from, attempt.url()));
                if is_upload {
                    attempt.stop()
                } else if attempt.previous().len() > redirects_max {
                    attempt.error("too many redirects")
                } else if safe {
                    attempt.follow()
                } else {
                    attempt.error("a redirect to another scheme")
                }
            }));
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            tracing::error!(%error, "the HTTP client cannot be built");
            FailureKind::Connect
        })?;
        Ok(slot.get_or_init(|| client))
    }
}

/// Whether a redirect may be followed: to the same scheme, or to an encrypted connection.
fn is_safe(from: &Url, to: &Url) -> bool {
    from.scheme() == to.scheme() || (from.scheme() == "http" && to.scheme() == "https")
}

/// Where an upload must be sent instead. HTTP clients turn a redirected POST into a GET, which would lose the table.
fn uploaded_elsewhere(request: &Request, response: &Response) -> Option<Url> {
    let is_moved = matches!(response.status().as_u16(), 301 | 302 | 307 | 308) && request.upload.is_some();
    let location = response.headers().get(LOCATION).filter(|_| is_moved)?.to_str().ok()?;
    response.url().join(location).ok().filter(|to| is_safe(response.url(), to))
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

async fn receive(
    mut response: Response,
    request: &Request,
    settings: &TransferSettings,
    folder: &Path,
) -> Result<Received, FailureKind> {
    let begin = Instant::now();
    let status = response.status();
    let url = response.url().to_string();
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let content_type = text(CONTENT_TYPE);
    let retry_after = parse_retry_after(&text(RETRY_AFTER));
    let whole_bytes = match text(CONTENT_RANGE).rsplit_once('/') {
        Some((_, whole)) => whole.parse().ok(),
        None => response.content_length(),
    };
    let is_delimited = response.content_length().is_some()
        || response.headers().contains_key(TRANSFER_ENCODING)
        || response.version() > Version::HTTP_11;
    if status.is_redirection() {
        return Err(FailureKind::Redirect);
    }
    let max_bytes = request.max_bytes;
    let limit_bytes = if status.is_success() { max_bytes } else { max_bytes.min(ERROR_BODY_MAX_BYTES) };
    let mut file = temporary(folder)?;
    let (mut sum, mut bytes, mut prefix) = (Sha256::new(), 0_u64, Vec::new());
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            // The status says enough; what is left of the page does not matter.
            Err(_) if !status.is_success() => break,
            Err(error) => return Err(classify(&error, true)),
        };
        bytes += chunk.len() as u64;
        // The time that a large file may take is for files that do come: a drip ends here.
        let beyond_s = begin.elapsed().as_secs_f64() - settings.total_timeout_s;
        if (bytes as f64) < beyond_s * SLOWEST_BYTES_PER_S {
            return Err(FailureKind::Timeout);
        }
        if bytes > limit_bytes {
            if status.is_success() {
                return Err(FailureKind::Oversize { limit_bytes });
            }
            break;
        }
        if prefix.len() < PREFIX_BYTES {
            prefix.extend_from_slice(&chunk[..chunk.len().min(PREFIX_BYTES - prefix.len())]);
        }
        sum.update(&chunk);
        file.write_all(&chunk)?;
        // A service that sends the whole file nevertheless is not listened to any longer.
        if request.first_bytes.is_some_and(|wanted| bytes >= wanted) {
            break;
        }
    }
    let body = SummedFile { file, bytes, sha256: hex(&sum.finalize()), prefix };
    Ok(Received { url, status: status.as_u16(), content_type, retry_after, whole_bytes, is_delimited, body })
}

/// Seconds or an HTTP date.
fn parse_retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The kind of a failure of the client. The details go to the log only: they hold addresses and error numbers.
fn classify(error: &reqwest::Error, in_body: bool) -> FailureKind {
    tracing::debug!(error = ?error, "request failed");
    if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_connect() {
        FailureKind::Connect
    } else if error.is_redirect() {
        FailureKind::Redirect
    } else if in_body {
        FailureKind::Truncated { what: "the connection ended before the announced length".to_owned() }
    } else {
        FailureKind::Disconnected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        assert_eq!(parse_retry_after("120"), Some(Duration::from_secs(120)));
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60));
        let wait = parse_retry_after(&date).expect("an HTTP date is read").as_secs();
        assert!((55..=60).contains(&wait), "a date a minute ahead gives {wait} s");
        assert_eq!(
            parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::ZERO),
            "a date in the past asks for no wait"
        );
        assert_eq!(parse_retry_after("soon"), None);
    }

    #[test]
    fn only_addresses_of_this_machine_are_local() {
        let local = |text: &str| is_loopback(&Url::parse(text).expect("the test's address is well formed"));
        assert!(local("http://127.0.0.1:80/a") && local("http://localhost/") && local("http://[::1]:9/"));
        assert!(!local("https://archive.stsci.edu/") && !local("http://10.0.0.1/"));
    }
}
