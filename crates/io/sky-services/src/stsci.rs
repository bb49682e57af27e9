//! Cutouts of the Digitized Sky Survey from STScI's `dss_search`.

use std::path::Path;

use sky_coords::SkyPos;
use sky_fits::FitsErrorKind;

use crate::body::{Body, Fetched};
use crate::client::ServiceClient;
use crate::error::{FailureKind, FetchError};
use crate::request::Request;
use crate::service::Service;

/// Version of the checks below.
const PARSER_VERSION: u32 = 2;
/// Cap on an image: a degree at 15 micrometres is 25 MB.
const IMAGE_MAX_BYTES: u64 = 200_000_000;
/// Length of the page by which the service says that no plate covers the position, with status 200
/// (jannefi/vasco60, plans/TILES_REJECTED.md).
const NO_COVERAGE_BYTES: u64 = 1108;

/// A cutout that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CutoutQuery {
    /// Survey as the service names it: `poss1_red`.
    pub survey: String,
    /// Centre.
    pub centre: SkyPos,
    /// Width, arc minutes.
    pub width_arcmin: f64,
    /// Height, arc minutes.
    pub height_arcmin: f64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cutout {
    /// A FITS file, complete by its own headers.
    Image(Fetched),
    /// No plate covers the position.
    NoCoverage(Fetched),
}

/// Asks for a cutout.
pub fn cutout(archive: &ServiceClient, query: &CutoutQuery) -> Result<Cutout, FetchError> {
    cutout_if(archive, query, &|_| Ok(()))
}

/// The same; `accept` looks at the file before it is kept, and what it refuses as temporary is asked for again.
pub fn cutout_if(archive: &ServiceClient, query: &CutoutQuery, accept: &Accept<'_>) -> Result<Cutout, FetchError> {
    let (covered, fetched) = archive.fetch(&request(query), |body| {
        let says_no = body.looks_like_html() && body.bytes == NO_COVERAGE_BYTES;
        if says_no { Ok(false) } else { check_fits(body).and_then(|()| accept(body.path)).map(|()| true) }
    })?;
    Ok(if covered { Cutout::Image(fetched) } else { Cutout::NoCoverage(fetched) })
}

/// A look at an image by somebody who knows what it should show.
pub type Accept<'a> = dyn Fn(&Path) -> Result<(), FailureKind> + 'a;

pub(crate) fn request(query: &CutoutQuery) -> Request {
    let parameters = [
        ("v", query.survey.clone()),
        ("r", format!("{:.6}", query.centre.ra_deg)),
        ("d", format!("{:.6}", query.centre.dec_deg)),
        ("e", "J2000".to_owned()),
        ("h", format!("{:.2}", query.height_arcmin)),
        ("w", format!("{:.2}", query.width_arcmin)),
        ("f", "fits".to_owned()),
        ("c", "none".to_owned()),
        ("fov", "NONE".to_owned()),
        ("v3", String::new()),
    ];
    Request {
        service: Service::StsciDss,
        path: "cgi-bin/dss_search".to_owned(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        upload: None,
        parser_version: PARSER_VERSION,
        max_bytes: IMAGE_MAX_BYTES,
        first_bytes: None,
        large_bytes: 0,
    }
}

/// Whether a body is a FITS file as long as its headers say, with the padding of its last block (FITS 4.0, 3.1 and 3.3.2).
///
/// For a file of one's own missing padding is forgiven, for an answer it is not: what was cut off behind the pixels may have been another HDU.
pub(crate) fn check_fits(body: &Body<'_>) -> Result<(), FailureKind> {
    if !body.prefix.starts_with(b"SIMPLE") {
        let what = if body.bytes == 0 {
            "nothing at all"
        } else if body.looks_like_html() {
            "a page of HTML"
        } else {
            "other bytes"
        };
        return Err(FailureKind::NotFits { what: what.to_owned() });
    }
    let truncated = |found_bytes: u64, expected_bytes: u64| FailureKind::Truncated {
        what: format!("{found_bytes} bytes of {expected_bytes} that its headers ask for"),
    };
    match sky_fits::check_length(body.path) {
        Ok(hdus) => match hdus.last().map_or(0, sky_fits::HduInfo::padded_end) {
            // mark: cut-image-seen
            end if end > body.bytes => Err(truncated(body.bytes, end)),
            _ => Ok(()),
        },
        Err(error) => Err(match error.kind {
            FitsErrorKind::Truncated { expected_bytes, found_bytes } => truncated(found_bytes, expected_bytes),
            FitsErrorKind::Io(error) => FailureKind::from(error),
            kind => FailureKind::NotFits { what: kind.to_string() },
        }),
    }
}
