//! VizieR's asu-tsv.

use sky_table::{ReadOptions, TableFileError, TableFormat, read_table_bytes};

use crate::body::{Body, Fetched};
use crate::client::ServiceClient;
use crate::cone_query::{Answer, Cone, ConeQuery, requested};
use crate::error::{FailureKind, FetchError};
use crate::request::Request;
use crate::service::Service;

/// Version of the reading below.
const PARSER_VERSION: u32 = 2;
/// Cap on one answer: 50,000 rows of a few hundred bytes are 15 MB.
pub(crate) const TABLE_MAX_BYTES: u64 = 500_000_000;

/// Asks for one cone.
pub(crate) fn ask(archive: &ServiceClient, query: &ConeQuery, cone: Cone) -> Result<(Answer, Fetched), FetchError> {
    archive.fetch(&request(query, cone), |body| read(query, cone, body))
}

pub(crate) fn request(query: &ConeQuery, cone: Cone) -> Request {
    let mut parameters = vec![
        ("-source".to_owned(), query.table.clone()),
        ("-c".to_owned(), format!("{:.7} {:+.7}", cone.centre.ra_deg, cone.centre.dec_deg)),
        ("-c.eq".to_owned(), "J2000".to_owned()),
        ("-c.rm".to_owned(), format!("{:.4}", cone.radius_arcmin)),
        ("-out".to_owned(), query.columns.join(",")),
        ("-out.max".to_owned(), query.max_rows.to_string()),
        ("-oc.form".to_owned(), "dec".to_owned()),
    ];
    if let Some((column, limit)) = &query.below {
        parameters.push((column.clone(), format!("<{limit}")));
    }
    Request {
        service: Service::Vizier,
        path: "viz-bin/asu-tsv".to_owned(),
        parameters,
        upload: None,
        parser_version: PARSER_VERSION,
        max_bytes: TABLE_MAX_BYTES,
        first_bytes: None,
        large_bytes: 0,
    }
}

/// Reads an answer. Comments alone are an answer without rows if VizieR wrote them to the end.
pub(crate) fn read(query: &ConeQuery, cone: Cone, body: &Body<'_>) -> Result<Answer, FailureKind> {
    if body.looks_like_html() {
        return Err(FailureKind::Garbled { what: "it is a page of HTML".to_owned() });
    }
    let bytes = as_utf8_with_line_feeds(body.read()?);
    let is_vizier = String::from_utf8_lossy(body.prefix).contains("VizieR");
    // Every answer ends with an empty line, so that one cut off between two rows is seen too.
    let is_complete = bytes.ends_with(b"\n\n") || bytes.trim_ascii_end().ends_with(b"#END#");
    let read = match read_table_bytes("answer", &bytes, &ReadOptions::default()) {
        Ok(read) => read,
        Err(TableFileError::NoTable { .. }) if is_vizier && is_complete && is_empty(query, &bytes, body) => {
            return Ok(empty(query, &bytes));
        }
        Err(TableFileError::NoTable { .. }) if is_vizier => {
            return Err(FailureKind::Truncated { what: "it ends within its comments".to_owned() });
        }
        // A row with too few cells at the end of an answer that does not end as it should is where it was cut.
        Err(error) if is_vizier && !is_complete && !matches!(error, TableFileError::Service { .. }) => {
            return Err(FailureKind::Truncated { what: "it ends within a row".to_owned() });
        }
        Err(error) => return Err(failure(error)),
    };
    if read.meta.format != TableFormat::AsuTsv {
        return Err(FailureKind::Garbled { what: "names, units and dashes do not follow each other".to_owned() });
    }
    if !is_complete {
        return Err(FailureKind::Truncated { what: "it does not end with an empty line".to_owned() });
    }
    let truncated = read.meta.truncated || read.table.n_rows() as u64 >= query.max_rows;
    requested(query, cone, &read.table, truncated)
}

/// The same text in UTF-8 with line feeds: authors' names in comments were seen in Latin-1, and proxies rewrite line ends.
fn as_utf8_with_line_feeds(bytes: Vec<u8>) -> Vec<u8> {
    let mut text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    if text.contains("\r\n") {
        text = text.replace("\r\n", "\n");
    }
    text.into_bytes()
}

/// Whether comments alone are the whole answer: they describe every column that was asked for, or, where VizieR describes no table of which it has
/// no row, HTTP said that they end here. Without either they are what is left of an answer that was cut off after the empty line before its table.
fn is_empty(query: &ConeQuery, bytes: &[u8], body: &Body<'_>) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let described = |name: &String| {
        let mut columns = text.lines().filter_map(|line| line.strip_prefix("#Column\t"));
        columns.any(|column| column.split('\t').next() == Some(name.as_str()))
    };
    let is_begun = text.contains("#RESOURCE");
    query.columns.iter().all(described) || (!is_begun && body.is_delimited)
}

/// No row; cut off where the comments say so.
fn empty(query: &ConeQuery, bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let truncated = text.lines().any(|line| line.starts_with("#info") && line.contains("truncated"));
    Answer { units: vec![String::new(); query.columns.len()], truncated, ..Answer::default() }
}

/// The kind of a failure to read a table.
pub(crate) fn failure(error: TableFileError) -> FailureKind {
    match error {
        TableFileError::Io { source, .. } => FailureKind::from(source),
        TableFileError::Service { message, .. } if is_busy(&message) => FailureKind::Busy,
        TableFileError::Service { message, .. } => FailureKind::ServiceError { message },
        TableFileError::Truncated { what, .. } => FailureKind::Truncated { what },
        TableFileError::TooLarge { limit, .. } => FailureKind::Oversize { limit_bytes: limit },
        TableFileError::NotATable { found, .. } => FailureKind::Garbled { what: format!("no table: {found:?}") },
        TableFileError::Malformed { place, found, expected, .. } => {
            FailureKind::Garbled { what: format!("{place}: found {found}, expected {expected}") }
        }
        other => FailureKind::Garbled { what: other.to_string() },
    }
}

/// Whether the words of a service ask for patience.
fn is_busy(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["too many jobs", "try later", "try again later", "busy"].iter().any(|phrase| message.contains(phrase))
}
