//! One small question to a service: does it still speak as we expect?
//!
//! The questions are about the open cluster M67: on plate XE486, in every catalogue. They go through the requests and readers of the steps; nothing is
//! kept. A media type alone decides nothing in a run, but a change of it says that something was changed.

use std::time::Instant;

use serde::Serialize;
use sky_coords::SkyPos;
use sky_image::Header;

use crate::body::Body;
use crate::client::ServiceClient;
use crate::cone_query::{Cone, ConeQuery, Protocol};
use crate::error::FailureKind;
use crate::request::Request;
use crate::service::Service;
use crate::skyview::SkyViewQuery;
use crate::stsci::{CutoutQuery, check_fits};
use crate::xmatch::CrossMatchQuery;
use crate::{irsa, skyview, stsci, tap, vizier, xmatch};

/// Centre of M67 (NGC 2682).
const M67: SkyPos = SkyPos { ra_deg: 132.846, dec_deg: 11.814 };
/// Its plate.
const PLATE: &str = "XE486";
/// Side of the images, arc minutes.
const SIDE_ARCMIN: f64 = 2.0;
/// Pixels along a side that a scan of 2' can have: 1.7" a pixel, or 1.0" on the fine scans.
const SIDE_PX: std::ops::RangeInclusive<i64> = 65..=125;
/// Radius of the cones and of the match, arc minutes: a few dozen stars of Gaia.
const RADIUS_ARCMIN: f64 = 1.0;
/// Start of a plate that is asked for: its header has about five blocks.
const PLATE_START_BYTES: u64 = 20 * 2880;
/// Gaia DR3.
const TABLE: &str = "I/355/gaiadr3";
const COLUMNS: [&str; 4] = ["Source", "RA_ICRS", "DE_ICRS", "Gmag"];
const FITS_TYPES: &[&str] = &["image/x-fits", "image/fits", "application/fits", "application/x-fits"];
const STATIC_FITS_TYPES: &[&str] =
    &["image/x-fits", "image/fits", "application/fits", "application/x-fits", "application/octet-stream"];
const TSV_TYPES: &[&str] = &["text/tab-separated-values", "text/plain"];
const VOTABLE_TYPES: &[&str] = &["application/x-votable+xml", "text/xml", "application/xml"];

/// How a service stands to what we expect of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It answered as we expect.
    AsExpected,
    /// It answered, but not so.
    Different,
    /// It gave no answer that could be judged; it may later.
    Unreachable,
}

/// What came of the question to one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceCheck {
    /// Name of the service.
    pub service: &'static str,
    /// Where it was asked.
    pub address: String,
    /// As we expect?
    pub verdict: Verdict,
    /// HTTP status, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Media type as the service named it, without parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Length of the answer, bytes; of IRSA's plate the whole of it, of which only the start is fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Time until the answer was complete, s.
    pub seconds: f64,
    /// What the answer holds: `71 x 71 pixels of plate XE486`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<String>,
    /// What differs, or why there is no answer.
    pub remarks: Vec<String>,
}

/// What a body holds, and what in it differs from our expectation.
type Judged = (String, Vec<String>);

impl ServiceClient {
    /// Asks a service one small question, once, without the cache.
    pub fn check(&self, service: Service) -> ServiceCheck {
        let started = Instant::now();
        let (request, types) = question(service);
        let mut check = ServiceCheck {
            service: service.name(),
            address: self.address(service).to_owned(),
            verdict: Verdict::AsExpected,
            status: None,
            content_type: None,
            bytes: None,
            seconds: 0.0,
            holds: None,
            remarks: Vec::new(),
        };
        let judged = self.look(&request, |seen, body| {
            check.status = Some(seen.status);
            check.content_type = Some(media_type(&seen.content_type));
            check.bytes = seen.whole_bytes.or(Some(body.bytes));
            let is_ok = seen.status == 200 || (seen.status == 206 && request.first_bytes.is_some());
            if !is_ok {
                return Err(FailureKind::HttpError { status: seen.status });
            }
            judge(service, body, seen.whole_bytes)
        });
        match judged {
            Ok((holds, differences)) => {
                check.holds = Some(holds);
                check.remarks = differences;
                let found = check.content_type.as_deref().unwrap_or_default();
                if !types.contains(&found) {
                    check.remarks.push(format!("media type: found {found:?}, expected {}", types.join(" or ")));
                }
                check.verdict = if check.remarks.is_empty() { Verdict::AsExpected } else { Verdict::Different };
            }
            Err(kind) => {
                check.verdict = verdict_of(&kind);
                check.remarks.push(kind.to_string());
            }
        }
        check.seconds = started.elapsed().as_secs_f64();
        check
    }
}

/// Whether a failure says something about the service's language, or only that it cannot be heard now.
const fn verdict_of(kind: &FailureKind) -> Verdict {
    match kind {
        FailureKind::Timeout
        | FailureKind::Connect
        | FailureKind::Disconnected
        | FailureKind::Truncated { .. }
        | FailureKind::Busy
        | FailureKind::NotInCache
        | FailureKind::Disk { .. } => Verdict::Unreachable,
        FailureKind::HttpError { .. } if kind.is_temporary() => Verdict::Unreachable,
        _ => Verdict::Different,
    }
}

fn question(service: Service) -> (Request, &'static [&'static str]) {
    let (width_arcmin, height_arcmin) = (SIDE_ARCMIN, SIDE_ARCMIN);
    match service {
        Service::StsciDss => {
            let query = CutoutQuery { survey: "poss1_red".to_owned(), centre: M67, width_arcmin, height_arcmin };
            (stsci::request(&query), FITS_TYPES)
        }
        Service::IrsaDss => {
            (Request { first_bytes: Some(PLATE_START_BYTES), ..irsa::request(PLATE) }, STATIC_FITS_TYPES)
        }
        Service::SkyView => {
            let query = SkyViewQuery { survey: "DSS1 Red".to_owned(), centre: M67, width_arcmin, height_arcmin };
            (skyview::request(&query), FITS_TYPES)
        }
        Service::Vizier => (vizier::request(&cone_query(Protocol::AsuTsv), cone()), TSV_TYPES),
        Service::VizierTap => (tap::request(&cone_query(Protocol::Tap), cone()), VOTABLE_TYPES),
        Service::CdsXmatch => {
            let query =
                CrossMatchQuery { positions: &[M67], table: TABLE.to_owned(), radius_arcsec: RADIUS_ARCMIN * 60.0 };
            (xmatch::request(&query, &[M67], 0), VOTABLE_TYPES)
        }
    }
}

fn judge(service: Service, body: &Body<'_>, whole_bytes: Option<u64>) -> Result<Judged, FailureKind> {
    match service {
        Service::StsciDss => {
            check_fits(body)?;
            let header = primary_header(body)?;
            let mut differences = size_differs(&header, SIDE_PX);
            let survey = header.text("SURVEY").unwrap_or("nothing");
            if survey != "POSSI-E" {
                differences.push(format!("SURVEY: found {survey}, expected POSSI-E"));
            }
            if header.get("AMDX1").is_none() && header.get("CTYPE1").is_none() {
                differences.push("astrometry: found neither AMDX1 nor CTYPE1".to_owned());
            }
            Ok((format!("{} of plate {}", pixels(&header), header.text("REGION").unwrap_or("unknown")), differences))
        }
        Service::IrsaDss => {
            let start = body.read()?;
            let card = |keyword| card_of(&start, keyword).unwrap_or_default();
            if card("SIMPLE") != "T" {
                return Err(FailureKind::NotFits { what: "it does not begin with SIMPLE = T".to_owned() });
            }
            let mut differences = Vec::new();
            let plate = card("REGION");
            if plate != PLATE {
                differences.push(format!("REGION: found {plate}, expected {PLATE}"));
            }
            let number = |keyword| card(keyword).parse::<i64>().unwrap_or(0).unsigned_abs();
            let needed = number("NAXIS1").saturating_mul(number("NAXIS2")).saturating_mul(number("BITPIX") / 8);
            match whole_bytes {
                Some(whole) if whole < needed => {
                    differences.push(format!("length: found {whole} bytes, expected at least {needed}"));
                }
                Some(_) => {}
                None => differences.push("length: the service does not say how long the plate is".to_owned()),
            }
            let size = format!("{} x {} pixels", number("NAXIS1"), number("NAXIS2"));
            Ok((format!("{size} of plate {plate} (only its start was fetched)"), differences))
        }
        Service::SkyView => {
            check_fits(body)?;
            let header = primary_header(body)?;
            let mut differences = size_differs(&header, SIDE_PX);
            if header.integer("BITPIX") != Some(-32) {
                differences.push("BITPIX: expected -32 (floats on a grid of SkyView's own)".to_owned());
            }
            Ok((format!("{}, resampled", pixels(&header)), differences))
        }
        Service::Vizier => vizier::read(&cone_query(Protocol::AsuTsv), cone(), body).map(|answer| rows(&answer)),
        Service::VizierTap => tap::read(&cone_query(Protocol::Tap), cone(), body).map(|answer| rows(&answer)),
        Service::CdsXmatch => {
            let (columns, pairs) = xmatch::read(body, 0..1, RADIUS_ARCMIN * 60.0)?;
            let mut differences = Vec::new();
            if pairs.is_empty() {
                differences.push("rows: found none, expected some stars of M67".to_owned());
            }
            for wanted in COLUMNS.iter().filter(|wanted| !columns.iter().any(|column| column == *wanted)) {
                differences.push(format!("columns: {wanted} is missing"));
            }
            Ok((format!("{} pairs, {} columns of Gaia", pairs.len(), columns.len()), differences))
        }
    }
}

fn cone() -> Cone {
    Cone { centre: M67, radius_arcmin: RADIUS_ARCMIN }
}

fn cone_query(protocol: Protocol) -> ConeQuery {
    ConeQuery {
        protocol,
        table: TABLE.to_owned(),
        columns: COLUMNS.map(str::to_owned).to_vec(),
        ra_column: COLUMNS[1].to_owned(),
        dec_column: COLUMNS[2].to_owned(),
        id_columns: vec![COLUMNS[0].to_owned()],
        cone: cone(),
        below: None,
        max_rows: 10_000,
    }
}

fn rows(answer: &crate::cone_query::Answer) -> Judged {
    let mut differences = Vec::new();
    if answer.rows.is_empty() {
        differences.push("rows: found none, expected some stars of M67".to_owned());
    }
    if answer.truncated {
        differences.push("rows: the answer is cut off although 10000 were allowed".to_owned());
    }
    (format!("{} rows of {} columns of Gaia", answer.rows.len(), COLUMNS.len()), differences)
}

fn primary_header(body: &Body<'_>) -> Result<Header, FailureKind> {
    let hdus = sky_fits::read_header_bytes(&body.read()?, &sky_fits::Limits::default());
    let not_fits = |what: String| FailureKind::NotFits { what };
    let hdus = hdus.map_err(|error| not_fits(error.kind.to_string()))?;
    hdus.into_iter().next().map(|hdu| hdu.header).ok_or_else(|| not_fits("no header".to_owned()))
}

/// The value of a card at the start of a FITS file, without quotes and blanks. The readers of files refuse one whose pixels are not there.
fn card_of(start: &[u8], keyword: &str) -> Option<String> {
    let cards = start.chunks_exact(80).take_while(|card| !card.starts_with(b"END     "));
    let stem = format!("{keyword:<8}= ");
    let card = cards.into_iter().find(|card| card.starts_with(stem.as_bytes()))?;
    let value = String::from_utf8_lossy(&card[stem.len()..]).trim().to_owned();
    let text = value.strip_prefix('\'').and_then(|text| text.split('\'').next()).map(str::trim);
    Some(text.map_or_else(|| value.split('/').next().unwrap_or_default().trim().to_owned(), str::to_owned))
}

fn pixels(header: &Header) -> String {
    let side = |keyword| header.integer(keyword).unwrap_or(0);
    format!("{} x {} pixels", side("NAXIS1"), side("NAXIS2"))
}

fn size_differs(header: &Header, expected: std::ops::RangeInclusive<i64>) -> Vec<String> {
    let is_right = |keyword| header.integer(keyword).is_some_and(|side| expected.contains(&side));
    if is_right("NAXIS1") && is_right("NAXIS2") {
        return Vec::new();
    }
    let (least, most) = (expected.start(), expected.end());
    vec![format!("size: found {}, expected {least} to {most} along a side of {SIDE_ARCMIN}'", pixels(header))]
}

/// A media type without its parameters, in lower case.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
