//! Whole plates of the Digitized Sky Survey from IRSA.

use crate::body::Fetched;
use crate::client::ServiceClient;
use crate::error::FetchError;
use crate::request::Request;
use crate::service::Service;
use crate::stsci::check_fits;

/// Version of the checks.
const PARSER_VERSION: u32 = 1;
/// Cap on a plate: the largest is 1,061,694,720 bytes.
const PLATE_MAX_BYTES: u64 = 1_200_000_000;
/// A usual plate.
const PLATE_USUAL_BYTES: u64 = 392_000_000;

/// The file of a red plate (`XE486`): 392 MB, or 1062 MB for the fine scans. It has the plate polynomial as its only astrometric solution.
pub fn full_plate(archive: &ServiceClient, plate: &str) -> Result<Fetched, FetchError> {
    archive.fetch(&request(plate), check_fits).map(|(_, fetched)| fetched)
}

pub(crate) fn request(plate: &str) -> Request {
    Request {
        service: Service::IrsaDss,
        path: format!("data/DSS/images/dss1red/dss1red_{plate}.fits"),
        parameters: Vec::new(),
        upload: None,
        parser_version: PARSER_VERSION,
        max_bytes: PLATE_MAX_BYTES,
        first_bytes: None,
        large_bytes: PLATE_USUAL_BYTES,
    }
}
