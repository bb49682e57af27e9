//! HTTP/1.1 by hand: as much of it as the archives' clients use.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::fault::Fault;

/// Largest head of a request, bytes.
const HEAD_MAX_BYTES: usize = 64 * 1024;
/// Largest body of a request, bytes: the limit of the CDS X-Match service.
const BODY_MAX_BYTES: usize = 100_000_000;

/// Bytes of a request that stay unread where the connection is to be reset: the line end behind the last fence of a form.
const UNREAD_BYTES: usize = 2;

/// Bytes of a chunk: no divisor of a block of FITS.
const CHUNK_BYTES: usize = 1000;

/// A request, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Looks at the head of the next request without taking it from the connection; gives its length too.
    pub(crate) fn peek(stream: &TcpStream) -> io::Result<(Self, usize)> {
        let mut buffer = vec![0; HEAD_MAX_BYTES];
        let started = Instant::now();
        loop {
            let seen = stream.peek(&mut buffer)?;
            if let Some(end) = buffer[..seen].windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok((Self::from_head(&String::from_utf8_lossy(&buffer[..end])), end + 4));
            }
            if seen == 0 || seen == HEAD_MAX_BYTES || started.elapsed() > Duration::from_secs(10) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Takes the head and the body from the connection and adds the parameters of a form.
    pub(crate) fn read_body(&mut self, stream: &mut TcpStream, head_bytes: usize) -> io::Result<()> {
        stream.read_exact(&mut vec![0; head_bytes])?;
        if self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            self.body = read_chunks(stream)?;
        } else {
            let length: usize = self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
            if length > BODY_MAX_BYTES {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.body = vec![0; length];
            stream.read_exact(&mut self.body)?;
        }
        if self.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            self.parameters.extend(decode_form(&String::from_utf8_lossy(&self.body)));
        }
        Ok(())
    }

    /// The same but for the last bytes, which stay in the connection: closing it then resets it.
    pub(crate) fn read_but_end(&mut self, stream: &mut TcpStream, head_bytes: usize) -> io::Result<()> {
        let length: usize = self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        if length > BODY_MAX_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if length <= UNREAD_BYTES {
            return stream.read_exact(&mut vec![0; head_bytes.saturating_sub(UNREAD_BYTES)]);
        }
        stream.read_exact(&mut vec![0; head_bytes])?;
        self.body = vec![0; length - UNREAD_BYTES];
        stream.read_exact(&mut self.body)
    }

    /// The value of a header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// N of a header `Range: bytes=0-N`.
    pub(crate) fn last_byte_asked(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=0-")?.parse().ok()
    }

    /// The first value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter, its name without regard to case.
    pub(crate) fn parameter_any_case(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The parts of a `multipart/form-data` body by name.
    pub(crate) fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let Some(boundary) = self.header("content-type").and_then(|kind| kind.split("boundary=").nth(1)) else {
            return Vec::new();
        };
        let fence = format!("--{}", boundary.trim_matches('"')).into_bytes();
        let mut starts: Vec<usize> = Vec::new();
        let mut from = 0;
        while let Some(at) = find(&self.body[from..], &fence) {
            starts.push(from + at);
            from += at + fence.len();
        }
        starts
            .windows(2)
            .filter_map(|pair| {
                let part = self.body.get(pair[0] + fence.len() + 2..pair[1].checked_sub(2)?)?;
                let head_end = find(part, b"\r\n\r\n")?;
                let head = String::from_utf8_lossy(&part[..head_end]);
                let name = head.split("name=\"").nth(1)?.split('"').next()?.to_owned();
                Some((name, part[head_end + 4..].to_vec()))
            })
            .collect()
    }

    fn from_head(head: &str) -> Self {
        let mut lines = head.lines();
        let target = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or("/").to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Self {
            path: decode(path, false),
            query: query.to_owned(),
            parameters: decode_form(query),
            headers,
            body: Vec::new(),
        }
    }
}

impl Response {
    /// An answer with status 200.
    pub(crate) fn ok(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, content_type, headers: Vec::new(), body: body.into() }
    }

    /// The same with status 206 and only the bytes up to `last`, the first being 0.
    pub(crate) fn part(mut self, last: usize) -> Self {
        let whole = self.body.len();
        self.body.truncate(last.saturating_add(1));
        self.status = 206;
        let range = format!("bytes 0-{}/{whole}", self.body.len().saturating_sub(1));
        self.headers.push(("Content-Range".into(), range));
        self
    }

    /// An answer with another status and a short text.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::ok("text/plain", format!("status {status}\n")) }
    }

    /// Sends the answer, in the way that the fault says.
    pub(crate) fn send(&self, stream: &mut TcpStream, fault: Option<&Fault>, stopped: &AtomicBool) -> io::Result<()> {
        let mut announced = self.body.len();
        let mut sent = self.body.len();
        match fault {
            Some(Fault::Truncate { bytes } | Fault::HangInBody { bytes } | Fault::ResetInBody { bytes }) => {
                sent = sent.min(*bytes);
            }
            Some(Fault::SilentTruncate { bytes }) => {
                stream
                    .write_all(format!("HTTP/1.0 200 OK\r\nContent-Type: {}\r\n\r\n", self.content_type).as_bytes())?;
                return stream.write_all(&self.body[..sent.min(*bytes)]);
            }
            Some(Fault::LengthTooShort { by }) => announced = announced.saturating_sub(*by),
            Some(Fault::LengthTooLong { by }) => announced += by,
            Some(Fault::Chunked) => return self.send_chunks(stream, sent, true),
            Some(Fault::ChunkedCut { bytes }) => return self.send_chunks(stream, sent.min(*bytes), false),
            Some(Fault::BadChunk) => {
                stream.write_all(self.head("Transfer-Encoding: chunked\r\n").as_bytes())?;
                stream.write_all(b"many\r\n")?;
                return stream.write_all(&self.body);
            }
            _ => {}
        }
        let mut length = format!("Content-Length: {announced}\r\n");
        if matches!(fault, Some(Fault::TwoLengths)) {
            length.push_str(&format!("Content-Length: {}\r\n", announced / 2));
        }
        let head = self.head(&length);
        if let Some(Fault::SlowHeader { pause_ms }) = fault {
            drip(stream, head.as_bytes(), *pause_ms, stopped)?;
        } else {
            stream.write_all(head.as_bytes())?;
        }
        let body = &self.body[..sent];
        if let Some(Fault::SlowDrip { pause_ms }) = fault {
            return drip(stream, body, *pause_ms, stopped);
        }
        stream.write_all(body)?;
        stream.flush()?;
        if matches!(fault, Some(Fault::HangInBody { .. })) {
            hang(stopped);
        }
        Ok(())
    }

    fn head(&self, length: &str) -> String {
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\n{length}Connection: close\r\n",
            self.status,
            if self.status == 200 { "OK" } else { "Other" },
            self.content_type
        );
        for (key, value) in &self.headers {
            head.push_str(&format!("{key}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    /// Sends the first bytes of the body in chunks; `ends` says whether the chunk of length zero follows.
    fn send_chunks(&self, stream: &mut TcpStream, bytes: usize, ends: bool) -> io::Result<()> {
        stream.write_all(self.head("Transfer-Encoding: chunked\r\n").as_bytes())?;
        for chunk in self.body[..bytes].chunks(CHUNK_BYTES) {
            stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
            stream.write_all(chunk)?;
            stream.write_all(b"\r\n")?;
        }
        if ends { stream.write_all(b"0\r\n\r\n") } else { Ok(()) }
    }
}

/// One byte at a time.
fn drip(stream: &mut TcpStream, bytes: &[u8], pause_ms: u64, stopped: &AtomicBool) -> io::Result<()> {
    for byte in bytes {
        if stopped.load(Ordering::Relaxed) {
            break;
        }
        stream.write_all(std::slice::from_ref(byte))?;
        std::thread::sleep(Duration::from_millis(pause_ms));
    }
    Ok(())
}

/// Waits until the server stops.
pub(crate) fn hang(stopped: &AtomicBool) {
    while !stopped.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn read_chunks(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") && line.len() < 64 {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            line.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&line);
        let length = usize::from_str_radix(text.trim(), 16).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if body.len().saturating_add(length) > BODY_MAX_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk)?;
        chunk.truncate(length);
        if chunk.is_empty() {
            return Ok(body);
        }
        body.extend(chunk);
    }
}

fn decode_form(form: &str) -> Vec<(String, String)> {
    form.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

fn decode(text: &str, plus_is_blank: bool) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', _) if plus_is_blank => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_as_a_form() {
        let request =
            Request::from_head("GET /viz-bin/asu-tsv?-c=150.0+%2B20.0&-out=a,b&-out=B1s%2Fg HTTP/1.1\r\nHost: x");
        assert_eq!(request.path, "/viz-bin/asu-tsv");
        assert_eq!(request.parameter("-c"), Some("150.0 +20.0"), "a plus is a blank, %2B is a plus");
        assert_eq!(request.parameters.len(), 3, "a repeated parameter is kept twice");
        assert_eq!(request.parameters[2].1, "B1s/g");
    }

    #[test]
    fn the_parts_of_a_form_are_found() {
        let mut request = Request::from_head("POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=XX");
        request.body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX\r\n\
            Content-Disposition: form-data; name=\"cat1\"; filename=\"c.csv\"\r\nContent-Type: text/csv\r\n\r\nra,dec\n1,2\n\r\n--XX--\r\n"
            .to_vec();
        let parts = request.parts();
        assert_eq!(parts.len(), 2, "two parts between three fences");
        assert_eq!(parts[0], ("a".to_owned(), b"1".to_vec()));
        assert_eq!(parts[1], ("cat1".to_owned(), b"ra,dec\n1,2\n".to_vec()));
    }
}
