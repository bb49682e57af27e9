//! One request over the network: bytes into a temporary file, failures by kind.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, Url, multipart};
use sha2::{Digest as _, Sha256};

use crate::body::PREFIX_BYTES;
use crate::cache::{SummedFile, temporary};
use crate::error::FailureKind;
use crate::request::{Request, hex};
use crate::settings::TransferSettings;

/// Speed that a large file is allowed to have, bytes a second.
const SLOWEST_BYTES_PER_S: f64 = 100_000.0;
/// Bytes of the body of an answer without success that are read.
const ERROR_BODY_MAX_BYTES: u64 = 65_536;

/// The network.
#[derive(Debug)]
pub(crate) struct Transport {
    runtime: tokio::runtime::Runtime,
    /// For addresses of this machine: no proxy.
    direct: OnceLock<Client>,
    /// For all others.
    open: OnceLock<Client>,
}

/// A complete answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: SummedFile,
}

impl Transport {
    pub(crate) fn new() -> io::Result<Self> {
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, direct: OnceLock::new(), open: OnceLock::new() })
    }

    /// Asks once. The body is written into a temporary file of `folder`.
    pub(crate) fn send(
        &self,
        request: &Request,
        url: &Url,
        folder: &Path,
        settings: &TransferSettings,
    ) -> Result<Received, FailureKind> {
        let client = self.client(url, settings)?;
        self.runtime.block_on(async {
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
            let response = builder
                .timeout(Duration::from_secs_f64(total_s))
                .send()
                .await
                .map_err(|error| classify(&error, false))?;
            receive(response, request.max_bytes, folder).await
        })
    }

    fn client(&self, url: &Url, settings: &TransferSettings) -> Result<&Client, FailureKind> {
        let local = is_loopback(url);
        let slot = if local { &self.direct } else { &self.open };
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
                let from = attempt.previous().last().map_or("", |url| url.scheme());
                let safe = attempt.url().scheme() == from || (from == "http" && attempt.url().scheme() == "https");
                if attempt.previous().len() > redirects_max {
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

async fn receive(mut response: Response, max_bytes: u64, folder: &Path) -> Result<Received, FailureKind> {
    let status = response.status();
    let url = response.url().to_string();
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let content_type = text(CONTENT_TYPE);
    let retry_after = parse_retry_after(&text(RETRY_AFTER));
    if status.is_redirection() {
        return Err(FailureKind::Redirect);
    }
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
    }
    let body = SummedFile { file, bytes, sha256: hex(&sum.finalize()), prefix };
    Ok(Received { url, status: status.as_u16(), content_type, retry_after, body })
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
