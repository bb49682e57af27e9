//! The CDS X-Match service: positions of ours against one of VizieR's tables.
//!
//! It matches with positions at epoch J2000, never at the epoch of a plate: a second opinion, not a veto: a star of
//! 214 mas/yr is 10 arcsec from its place on a plate of 1953.
//!
//! The answer is asked for as a VOTable: CSV has no end, so that an answer cut off between two rows without an announced length would pass
//! for a whole one.

use sky_coords::SkyPos;
use sky_table::{ReadOptions, TableFormat, read_table_bytes};

use crate::body::Body;
use crate::client::ServiceClient;
use crate::effort::Effort;
use crate::error::{FailureKind, FetchError};
use crate::request::{Request, Upload};
use crate::service::Service;
use crate::vizier::{TABLE_MAX_BYTES, failure};

/// Version of the reading below.
const PARSER_VERSION: u32 = 3;
/// Positions of one upload (astroquery issue 1900: 10,000 to 50,000).
const UPLOAD_ROWS: usize = 50_000;
/// Rows of one answer that the service never exceeds.
const ANSWER_ROWS_MAX: usize = 2_000_000;
/// Distances are written with few digits.
const SEPARATION_SLACK: f64 = 1.001;
/// Largest radius that the service takes, arc seconds.
const RADIUS_MAX_ARCSEC: f64 = 180.0;

/// What is matched.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossMatchQuery<'a> {
    /// Our positions.
    pub positions: &'a [SkyPos],
    /// Their table as VizieR names it: `I/355/gaiadr3`.
    pub table: String,
    /// Radius, arc seconds (at most 180).
    pub radius_arcsec: f64,
}

/// All pairs within the radius, ordered by our row, distance and what their row says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossMatchRows {
    /// Place of our position in the query, from 0.
    pub rows: Vec<usize>,
    /// Distance, arc seconds.
    pub separation_arcsec: Vec<f64>,
    /// Names of the columns of their table.
    pub columns: Vec<String>,
    /// Their cells as text, a row for each pair.
    pub cells: Vec<Vec<String>>,
    /// Sums of the answers.
    pub responses_sha256: Vec<String>,
    /// What it took.
    pub effort: Effort,
}

/// Matches positions against a table.
pub fn cross_match(archive: &ServiceClient, query: &CrossMatchQuery<'_>) -> Result<CrossMatchRows, FetchError> {
    let mut all = CrossMatchRows::default();
    for (number, chunk) in query.positions.chunks(UPLOAD_ROWS).enumerate() {
        let first = number * UPLOAD_ROWS;
        let request = request(query, chunk, first);
        let ((columns, mut pairs), fetched) = archive
            .fetch(&request, |body| read(body, first..first + chunk.len(), query.radius_arcsec))
            .map_err(|error| all.effort.of_failure(error))?;
        pairs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then_with(|| a.2.cmp(&b.2)));
        pairs.dedup();
        all.columns = columns;
        all.responses_sha256.push(fetched.sha256);
        all.effort += fetched.effort;
        for (row, separation_arcsec, cells) in pairs {
            all.rows.push(row);
            all.separation_arcsec.push(separation_arcsec);
            all.cells.push(cells);
        }
    }
    Ok(all)
}

pub(crate) fn request(query: &CrossMatchQuery<'_>, chunk: &[SkyPos], first: usize) -> Request {
    // Ten decimals: STILTS was seen to take short numbers for 32-bit floats.
    let mut content = String::from("skyledger_row,skyledger_ra,skyledger_dec\n");
    for (index, position) in chunk.iter().enumerate() {
        content.push_str(&format!("{},{:.10},{:.10}\n", first + index, position.ra_deg, position.dec_deg));
    }
    let parameters = [
        ("REQUEST", "xmatch".to_owned()),
        ("RESPONSEFORMAT", "votable".to_owned()),
        ("selection", "all".to_owned()),
        ("distMaxArcsec", format!("{}", query.radius_arcsec.min(RADIUS_MAX_ARCSEC))),
        ("colRA1", "skyledger_ra".to_owned()),
        ("colDec1", "skyledger_dec".to_owned()),
        ("cat2", format!("vizier:{}", query.table)),
        ("MAXREC", ANSWER_ROWS_MAX.to_string()),
    ];
    Request {
        service: Service::CdsXmatch,
        path: "xmatch/api/v1/sync".to_owned(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        upload: Some(Upload { field: "cat1".to_owned(), media_type: "text/csv", content: content.into_bytes() }),
        parser_version: PARSER_VERSION,
        max_bytes: TABLE_MAX_BYTES,
        first_bytes: None,
        large_bytes: 0,
    }
}

/// Our row, the distance and their cells.
pub(crate) type Pair = (usize, f64, Vec<String>);

pub(crate) fn read(
    body: &Body<'_>,
    ours: std::ops::Range<usize>,
    radius_arcsec: f64,
) -> Result<(Vec<String>, Vec<Pair>), FailureKind> {
    if body.looks_like_html() {
        return Err(FailureKind::Garbled { what: "it is a page of HTML".to_owned() });
    }
    let bytes = body.read()?;
    if bytes.is_empty() {
        return Err(FailureKind::Truncated { what: "there is no byte in it".to_owned() });
    }
    let read = read_table_bytes("answer", &bytes, &ReadOptions::default()).map_err(failure)?;
    if read.meta.format != TableFormat::VoTable {
        return Err(FailureKind::Garbled { what: "it is no VOTable".to_owned() });
    }
    let table = read.table;
    let garbled = |error: sky_catalog::TableError| FailureKind::Garbled { what: error.to_string() };
    let separations = table.numbers("angDist").map_err(garbled)?;
    let rows = table.numbers("skyledger_row").map_err(garbled)?;
    if read.meta.truncated || separations.len() >= ANSWER_ROWS_MAX {
        return Err(FailureKind::RowsTruncated { rows: separations.len() as u64, depth: 0 });
    }
    let columns: Vec<String> = table
        .columns()
        .iter()
        .map(|column| column.name.clone())
        .filter(|name| name != "angDist" && !name.starts_with("skyledger_"))
        .collect();
    let cells = columns.iter().map(|name| table.texts(name).map_err(garbled)).collect::<Result<Vec<_>, _>>()?;
    let pairs = rows
        .iter()
        .zip(&separations)
        .enumerate()
        .map(|(index, (&row, &separation))| {
            let place = row as usize;
            let sound = row.fract() == 0.0 && ours.contains(&place);
            let near = (0.0..=radius_arcsec * SEPARATION_SLACK).contains(&separation);
            let sound = sound && near;
            sound.then(|| (place, separation, cells.iter().map(|column| column[index].clone()).collect()))
        })
        .collect::<Option<Vec<Pair>>>()
        .ok_or_else(|| FailureKind::Garbled {
            what: "it names a row that was never sent, or a pair outside the radius".to_owned(),
        })?;
    Ok((columns, pairs))
}
