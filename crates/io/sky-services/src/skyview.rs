//! Cutouts from SkyView: resampled, without the keys of the plate. A last resort that must be asked for.

use sky_coords::SkyPos;

use crate::body::Fetched;
use crate::client::ServiceClient;
use crate::error::FetchError;
use crate::request::Request;
use crate::service::Service;
use crate::stsci::{Accept, check_fits};

/// Version of the checks.
const PARSER_VERSION: u32 = 2;
/// Cap on an image.
const IMAGE_MAX_BYTES: u64 = 200_000_000;
/// Scale that is asked for, arc seconds a pixel: that of the scans.
const PIXEL_ARCSEC: f64 = 1.7;

/// A cutout that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct SkyViewQuery {
    /// Survey as the service names it: `DSS1 Red`.
    pub survey: String,
    /// Centre.
    pub centre: SkyPos,
    /// Width, arc minutes.
    pub width_arcmin: f64,
    /// Height, arc minutes.
    pub height_arcmin: f64,
}

/// Asks for a cutout on a new pixel grid (TAN, floats).
pub fn resampled_cutout(archive: &ServiceClient, query: &SkyViewQuery) -> Result<Fetched, FetchError> {
    resampled_cutout_if(archive, query, &|_| Ok(()))
}

/// The same; `accept` looks at the file before it is kept, and what it refuses as temporary is asked for again.
pub fn resampled_cutout_if(
    archive: &ServiceClient,
    query: &SkyViewQuery,
    accept: &Accept<'_>,
) -> Result<Fetched, FetchError> {
    let answer = archive.fetch(&request(query), |body| check_fits(body).and_then(|()| accept(body.path)));
    answer.map(|(_, fetched)| fetched)
}

pub(crate) fn request(query: &SkyViewQuery) -> Request {
    let pixels = |size_arcmin: f64| (size_arcmin * 60.0 / PIXEL_ARCSEC).round() as u64;
    let (width, height) = (query.width_arcmin, query.height_arcmin);
    let parameters = [
        ("Position", format!("{:.6},{:.6}", query.centre.ra_deg, query.centre.dec_deg)),
        ("Survey", query.survey.clone()),
        ("Size", format!("{:.6},{:.6}", width / 60.0, height / 60.0)),
        ("Pixels", format!("{},{}", pixels(width), pixels(height))),
        ("Coordinates", "J2000".to_owned()),
        ("Projection", "Tan".to_owned()),
        ("Return", "FITS".to_owned()),
    ];
    Request {
        service: Service::SkyView,
        path: "current/cgi/runquery.pl".to_owned(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        upload: None,
        parser_version: PARSER_VERSION,
        max_bytes: IMAGE_MAX_BYTES,
        first_bytes: None,
        large_bytes: 0,
    }
}
