//! TAP: ADQL over VizieR's tables, answered as VOTables.

use sky_table::{ReadOptions, TableFormat, read_table_bytes};

use crate::body::{Body, Fetched};
use crate::client::ServiceClient;
use crate::cone_query::{Answer, Cone, ConeQuery, requested};
use crate::error::{FailureKind, FetchError};
use crate::request::Request;
use crate::service::Service;
use crate::vizier::{TABLE_MAX_BYTES, failure};

/// Version of the reading below.
const PARSER_VERSION: u32 = 2;

/// Asks for one cone.
pub(crate) fn ask(archive: &ServiceClient, query: &ConeQuery, cone: Cone) -> Result<(Answer, Fetched), FetchError> {
    archive.fetch(&request(query, cone), |body| read(query, cone, body))
}

pub(crate) fn request(query: &ConeQuery, cone: Cone) -> Request {
    let parameters = [
        ("REQUEST", "doQuery".to_owned()),
        ("LANG", "ADQL".to_owned()),
        ("FORMAT", "votable".to_owned()),
        ("MAXREC", query.max_rows.to_string()),
        ("QUERY", adql(query, cone)),
    ];
    Request {
        service: Service::VizierTap,
        path: "TAPVizieR/tap/sync".to_owned(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        upload: None,
        parser_version: PARSER_VERSION,
        max_bytes: TABLE_MAX_BYTES,
        first_bytes: None,
        large_bytes: 0,
    }
}

/// Every name in quotes: ADQL reserves words such as NUMBER, and VizieR's names have slashes and points.
fn adql(query: &ConeQuery, cone: Cone) -> String {
    let columns: Vec<String> = query.columns.iter().map(|name| format!("\"{name}\"")).collect();
    let mut adql = format!(
        "SELECT {} FROM \"{}\" WHERE 1=CONTAINS(POINT('ICRS',\"{}\",\"{}\"),CIRCLE('ICRS',{:.7},{:.7},{:.7}))",
        columns.join(","),
        query.table,
        query.ra_column,
        query.dec_column,
        cone.centre.ra_deg,
        cone.centre.dec_deg,
        cone.radius_arcmin / 60.0
    );
    if let Some((column, limit)) = &query.below {
        adql.push_str(&format!(" AND \"{column}\"<{limit}"));
    }
    adql
}

pub(crate) fn read(query: &ConeQuery, cone: Cone, body: &Body<'_>) -> Result<Answer, FailureKind> {
    if body.looks_like_html() {
        return Err(FailureKind::Garbled { what: "it is a page of HTML".to_owned() });
    }
    let read = read_table_bytes("answer", &body.read()?, &ReadOptions::default()).map_err(failure)?;
    if read.meta.format != TableFormat::VoTable {
        return Err(FailureKind::Garbled { what: "it is no VOTable".to_owned() });
    }
    let truncated = read.meta.truncated || read.table.n_rows() as u64 >= query.max_rows;
    requested(query, cone, &read.table, truncated)
}
