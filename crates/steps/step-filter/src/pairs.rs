//! The match table of a tile.

use std::path::Path;

use products::match_table::columns::{UNMATCHED, XMATCH};
use sky_candidates::StoredPair;
use sky_catalog::{Table, TableError};
use sky_coords::SkyPos;
use sky_table::{ReadOptions, TableFileError, check_columns, read_table_bytes};

use crate::FilterError;

/// All pairs of a tile.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    /// Positions and separation of each pair.
    pub(crate) stored: Vec<StoredPair>,
    /// Detection, reference and magnitude of each.
    pub(crate) links: Vec<Link>,
}

/// What a pair joins.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) number: i64,
    pub(crate) reference: String,
    /// Identifier in the reference catalogue.
    pub(crate) id: String,
    pub(crate) best1: bool,
    pub(crate) mag: f64,
    pub(crate) matched_at: String,
}

/// Reads `<tile>_xmatch.csv`.
pub(crate) fn read(path: &Path) -> Result<Pairs, FilterError> {
    let table = open(path, XMATCH)?;
    let numbers = |name: &str| table.numbers(name).map_err(broken);
    let detections = positions(&table, "det_ra_deg", "det_dec_deg")?;
    let references = positions(&table, "ref_ra_deg", "ref_dec_deg")?;
    let (separations, mags) = (numbers("separation_arcsec")?, numbers("ref_mag")?);
    let (names, best1) = (table.texts("reference").map_err(broken)?, table.texts("best1").map_err(broken)?);
    let matched_at = table.texts("matched_at").map_err(broken)?;
    let reference_ids = table.texts("reference_id").map_err(broken)?;
    let ids = whole_numbers(&table)?;
    let stored = (0..table.n_rows())
        .map(|i| StoredPair { detection: detections[i], reference: references[i], separation_arcsec: separations[i] })
        .collect();
    let links = (0..table.n_rows())
        .map(|i| Link {
            number: ids[i],
            reference: names[i].clone(),
            id: reference_ids[i].clone(),
            best1: best1[i] == "true",
            mag: mags[i],
            matched_at: matched_at[i].clone(),
        })
        .collect();
    Ok(Pairs { stored, links })
}

/// Reads detection and position of `<tile>_local.csv`.
pub(crate) fn read_unmatched(path: &Path) -> Result<Vec<(i64, SkyPos)>, FilterError> {
    let table = open(path, UNMATCHED)?;
    let places = positions(&table, "det_ra_deg", "det_dec_deg")?;
    Ok(whole_numbers(&table)?.into_iter().zip(places).collect())
}

fn open(path: &Path, columns: &[sky_catalog::ColumnSpec]) -> Result<Table, FilterError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path).map_err(|source| TableFileError::Io { file: name.clone(), source })?;
    let texts = columns.iter().filter(|spec| spec.kind == sky_catalog::ColumnType::Text).map(|spec| spec.name);
    let table = read_table_bytes(&name, &bytes, &ReadOptions::with_text(texts))?.table;
    // A table without rows has columns without types.
    if table.n_rows() > 0 {
        check_columns(&table, columns)?;
    }
    Ok(table)
}

fn positions(table: &Table, ra: &str, dec: &str) -> Result<Vec<SkyPos>, FilterError> {
    let (ra, dec) = (table.numbers(ra).map_err(broken)?, table.numbers(dec).map_err(broken)?);
    Ok(ra.into_iter().zip(dec).map(|(ra_deg, dec_deg)| SkyPos { ra_deg, dec_deg }).collect())
}

fn whole_numbers(table: &Table) -> Result<Vec<i64>, FilterError> {
    Ok(table.numbers("number").map_err(broken)?.into_iter().map(|number| number as i64).collect())
}

fn broken(error: TableError) -> FilterError {
    TableFileError::Columns { problems: vec![error.to_string()] }.into()
}
