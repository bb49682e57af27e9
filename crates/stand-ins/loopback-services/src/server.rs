//! The server: a listener on this machine, one thread for each connection.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::fault::{Fault, Occasion, html_page, no_coverage_page};
use crate::http::{Request, Response, hang};
use crate::images::{gzip, gzip_bomb, irsa, skyview, stsci};
use crate::log::{LoggedRequest, RequestLog};
use crate::sky::Sky;
use crate::{tap, vizier, xmatch};

/// The services that are spoken.
pub const SERVICES: [&str; 6] = ["stsci-dss", "irsa-dss", "skyview", "vizier", "vizier-tap", "cds-xmatch"];

/// Those of them that answer with images.
const IMAGE_SERVICES: [&str; 3] = ["stsci-dss", "irsa-dss", "skyview"];
/// Path of the page that a redirect may lead to.
const LOGIN: &str = "/please-log-in";
/// What a script writes when it dies in the middle of its answer.
const DYING_WORDS: &[u8] = b"\nInternal Server Error: out of memory at line 218.\n";

/// Longest life of a server that nobody drops.
const LIFE_MAX: Duration = Duration::from_secs(3600);

/// A running server. It ends when this is dropped.
pub struct LoopbackServices {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    sky: Box<dyn Sky>,
    stopped: AtomicBool,
    log: Mutex<RequestLog>,
    faults: Mutex<BTreeMap<String, Vec<(Occasion, Fault)>>>,
    delay: Mutex<Duration>,
}

impl LoopbackServices {
    /// Starts a server for a sky on a free port of 127.0.0.1; fails where no port can be opened.
    pub fn start(sky: impl Sky) -> io::Result<Self> {
        Self::start_for(sky, LIFE_MAX)
    }

    /// The same with another longest life.
    pub fn start_for(sky: impl Sky, life_max: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            sky: Box::new(sky),
            stopped: AtomicBool::new(false),
            log: Mutex::default(),
            faults: Mutex::default(),
            delay: Mutex::default(),
        });
        let kept = Arc::clone(&shared);
        let listener =
            std::thread::Builder::new().name("loopback".into()).spawn(move || listen(&listener, &kept, life_max))?;
        Ok(Self { address, shared, listener: Some(listener) })
    }

    /// The base address of a service.
    pub fn address(&self, service: &str) -> String {
        format!("http://{}/{service}", self.address)
    }

    /// All services with their addresses, as `--service NAME=URL` takes them.
    pub fn addresses(&self) -> BTreeMap<String, String> {
        SERVICES.iter().map(|service| ((*service).to_owned(), self.address(service))).collect()
    }

    /// From now on this service fails so on this occasion; the first fault that fits a request is applied.
    pub fn inject(&self, service: &str, occasion: Occasion, fault: Fault) {
        lock(&self.shared.faults).entry(service.to_owned()).or_default().push((occasion, fault));
    }

    /// Takes all faults back and forgets the log, so that requests are counted anew.
    pub fn reset(&self) {
        lock(&self.shared.faults).clear();
        *lock(&self.shared.log) = RequestLog::default();
    }

    /// From now on every answer takes so long, so that simultaneous requests can be seen in the log.
    pub fn delay(&self, delay: Duration) {
        *lock(&self.shared.delay) = delay;
    }

    /// What was asked so far.
    pub fn log(&self) -> RequestLog {
        lock(&self.shared.log).clone()
    }
}

impl Drop for LoopbackServices {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>, life_max: Duration) {
    let started = Instant::now();
    while !shared.stopped.load(Ordering::Relaxed) && started.elapsed() < life_max {
        match listener.accept() {
            Ok((stream, _)) => {
                let shared = Arc::clone(shared);
                let _ = std::thread::Builder::new().name("loopback-request".into()).spawn(move || {
                    // A client that went away is no error of the server.
                    let _ = serve(stream, &shared);
                });
            }
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    shared.stopped.store(true, Ordering::Relaxed);
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    let (mut request, head_bytes) = Request::peek(&stream)?;
    let path = request.path.trim_start_matches('/').to_owned();
    let (service, rest) = path.split_once('/').unwrap_or((&path, ""));
    let fault = {
        let mut log = lock(&shared.log);
        let nth = log.count(service) + 1;
        let faults = lock(&shared.faults);
        let fault = faults.get(service).and_then(|list| list.iter().find(|(occasion, _)| occasion.is_now(nth)));
        let fault = fault.map(|(_, fault)| fault.clone());
        let target = if request.query.is_empty() { rest.to_owned() } else { format!("{rest}?{}", request.query) };
        log.begin(LoggedRequest { service: service.to_owned(), target, faulty: fault.is_some() });
        fault
    };
    let result = answer(&mut stream, &mut request, head_bytes, service, fault.as_ref(), shared);
    lock(&shared.log).end(service);
    result
}

fn answer(
    stream: &mut TcpStream,
    request: &mut Request,
    head_bytes: usize,
    service: &str,
    fault: Option<&Fault>,
    shared: &Shared,
) -> io::Result<()> {
    use io::Write as _;
    let delay = *lock(&shared.delay);
    std::thread::sleep(delay);
    match fault {
        // The request stays unread: closing such a connection resets it.
        Some(Fault::Reset) => return Ok(()),
        // Its last bytes stay unread: closing resets it when the answer has begun.
        Some(Fault::ResetInBody { .. }) => {
            request.read_but_end(stream, head_bytes)?;
            return respond(request, service, fault, shared).send(stream, fault, &shared.stopped);
        }
        _ => request.read_body(stream, head_bytes)?,
    }
    match fault {
        Some(Fault::CloseAtOnce) => Ok(()),
        Some(Fault::Hang) => {
            hang(&shared.stopped);
            Ok(())
        }
        Some(Fault::NotHttp) => stream.write_all(b"220 mail.example ESMTP\r\n"),
        Some(Fault::HugeHeader) => {
            let line = format!("X-Filler: {}\r\n", "x".repeat(1000));
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(3000)).as_bytes())
        }
        _ => respond(request, service, fault, shared).send(stream, fault, &shared.stopped),
    }
}

fn respond(request: &Request, service: &str, fault: Option<&Fault>, shared: &Shared) -> Response {
    let itself = format!("{}?{}", request.path, request.query);
    let redirect = |target: String| {
        let mut response = Response::status(302);
        response.headers.push(("Location".into(), target));
        response
    };
    let page = || Response::ok("text/html; charset=UTF-8", html_page());
    if request.path.ends_with(LOGIN) {
        return page();
    }
    match fault {
        Some(Fault::ErrorDocument | Fault::TooManyJobs) if IMAGE_SERVICES.contains(&service) => return page(),
        Some(Fault::HtmlPage) => return page(),
        Some(Fault::NoCoveragePage) => return Response::ok("text/html; charset=UTF-8", no_coverage_page()),
        Some(Fault::EmptyBody) => return Response::ok("application/octet-stream", Vec::new()),
        Some(Fault::BinaryNoise) => return Response::ok("application/octet-stream", noise()),
        Some(Fault::Status { code, retry_after }) => {
            let mut response = Response::status(*code);
            response.headers.extend(retry_after.clone().map(|value| ("Retry-After".to_owned(), value)));
            return response;
        }
        Some(Fault::RedirectLoop | Fault::RedirectOnce) => return redirect(itself),
        Some(Fault::RedirectToFile) => return redirect("file:///etc/hostname".to_owned()),
        Some(Fault::RedirectToPage) => return redirect(format!("/{service}{LOGIN}")),
        Some(Fault::GzipBomb { bytes }) => return Response::ok("application/octet-stream", gzip_bomb(*bytes)),
        _ => {}
    }
    let sky = shared.sky.as_ref();
    let response = match service {
        "stsci-dss" => stsci(sky, request, fault),
        "irsa-dss" => irsa(sky, request, fault),
        "skyview" => skyview(sky, request, fault),
        "vizier" => vizier::asu_tsv(sky, request, fault),
        "vizier-tap" => tap::sync(sky, request, fault),
        "cds-xmatch" => xmatch::sync(sky, request, fault),
        _ => return Response::status(404),
    };
    match fault {
        Some(fault) => spoil(response, service, fault),
        None => response,
    }
}

/// Faults that any body can have.
fn spoil(mut response: Response, service: &str, fault: &Fault) -> Response {
    let is_text = !IMAGE_SERVICES.contains(&service);
    match fault {
        Fault::Gzip | Fault::UnannouncedGzip => response.body = gzip(&response.body),
        Fault::GzipCut => {
            let packed = gzip(&response.body);
            response.body = packed[..packed.len() / 2].to_vec();
        }
        Fault::GzipDamaged => {
            response.body = gzip(&response.body);
            let middle = response.body.len() / 2;
            response.body[middle] ^= 0x55;
        }
        Fault::GzipTail => {
            response.body = gzip(&response.body);
            response.body.extend_from_slice(DYING_WORDS);
        }
        Fault::ErrorInBody { bytes } => {
            response.body.truncate(*bytes);
            response.body.extend_from_slice(DYING_WORDS);
        }
        Fault::PartialContent { bytes } => response = response.part(bytes.saturating_sub(1)),
        Fault::TypeLie => response.content_type = "text/html; charset=UTF-8",
        Fault::CrLf if is_text => {
            response.body = String::from_utf8_lossy(&response.body).replace('\n', "\r\n").into_bytes();
        }
        Fault::Latin1 => match service {
            "vizier" => drop(response.body.splice(..0, *b"# G\xe9rard\n")),
            "vizier-tap" | "cds-xmatch" => {
                let at = response.body.windows(7).position(|seven| seven == b"<VOTABL").unwrap_or(0);
                drop(response.body.splice(at..at, *b"<!-- G\xe9rard -->\n"));
            }
            _ => {}
        },
        _ => {}
    }
    if matches!(fault, Fault::Gzip | Fault::GzipLie) {
        response.headers.push(("Content-Encoding".into(), "gzip".into()));
    }
    response
}

/// Bytes that are nothing: a multiplicative congruential generator (Lehmer 1951, a = 48271).
fn noise() -> Vec<u8> {
    let mut state: u64 = 20_261_121;
    let mut next = || {
        state = state * 48_271 % 2_147_483_647;
        (state >> 8) as u8
    };
    (0..20_000).map(|_| next()).collect()
}
