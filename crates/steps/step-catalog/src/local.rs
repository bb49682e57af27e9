//! Rows from a table of our own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use products::{ReferenceCatalog, ReferenceFacts};
use sky_catalog::Table;
use sky_services::Cone;
use sky_table::{ReadOptions, ReadTable, TableChoice, read_table};
use step_contract::{FileSet as _, Input};

use crate::columns::{Reading, convert};
use crate::config::CatalogConfig;
use crate::definition::Definition;
use crate::error::CatalogError;

/// A table that is read once for all frames.
#[derive(Debug, Default)]
pub(crate) struct LocalTable {
    table: Mutex<Option<Arc<ReadTable>>>,
}

/// The unit of the input `local` that holds the configured file; `None` where no file is configured.
pub(crate) fn unit_of(
    config: &CatalogConfig,
    local: Option<&Input<ReferenceCatalog>>,
) -> Result<Option<String>, CatalogError> {
    let Some(file) = &config.local.file else { return Ok(None) };
    let local = local.ok_or_else(|| CatalogError::NoLocalFolder { file: file.clone() })?;
    let mut there = Vec::new();
    for unit in local.units() {
        let entry = local.unit(unit.id()).and_then(|unit| unit.files.as_ref()?.entry("table"));
        let name = entry.map(|entry| entry.path.split_once('/').map_or(entry.path.as_str(), |(_, name)| name));
        if name == Some(file) {
            return Ok(Some(unit.id().to_owned()));
        }
        there.extend(name.map(str::to_owned));
    }
    Err(CatalogError::NoSuchLocalFile { file: file.clone(), there: there.join(", ") })
}

impl LocalTable {
    /// The rows of the cone, what the manifest says of them, and what the reader of the file left out or guessed.
    pub(crate) fn rows(
        &self,
        path: &Path,
        config: &CatalogConfig,
        definition: &Definition,
        cone: Cone,
    ) -> Result<(Table, ReferenceFacts, Vec<(&'static str, String)>), CatalogError> {
        let columns = config.local.columns.or(&definition.columns);
        let read = self.read(path, config, &columns.id)?;
        let table = &read.table;
        let epoch_yr = config.local.epoch_yr.unwrap_or(definition.epoch_yr);
        let reading = Reading {
            columns: &columns,
            epoch_yr,
            zero_motion_is_missing: definition.zero_motion_is_missing,
            sentinels: definition.sentinels,
            brighter_than_mag: config.brighter_than_mag,
            cone,
        };
        let file = config.local.file.clone().unwrap_or_default();
        let place = |row: u64| read.meta.lines.place(row);
        let (rows, unused) = convert(table, &reading).map_err(|error| error.in_local_file(&file, place))?;
        let has_own_epochs = columns.epoch.iter().any(|name| table.column(name).is_some());
        let facts = ReferenceFacts {
            catalog_name: definition.name.to_owned(),
            rows_fetched: Some(rows.n_rows() as u64),
            service: None,
            table: config.local.table.clone(),
            protocol: Some("local".to_owned()),
            local_file: config.local.file.clone(),
            epoch_yr: (!has_own_epochs).then_some(epoch_yr),
            ra_deg: Some(cone.centre.ra_deg),
            dec_deg: Some(cone.centre.dec_deg),
            radius_arcmin: Some(cone.radius_arcmin),
            query_splits: None,
            responses_sha256: Vec::new(),
        };
        let notes = read.meta.notes.iter().map(|note| ("local_table", note.clone()));
        Ok((rows, facts, notes.chain(unused.warnings(table.n_rows(), place)).collect()))
    }

    fn read(&self, path: &Path, config: &CatalogConfig, ids: &[String]) -> Result<Arc<ReadTable>, CatalogError> {
        let mut kept = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = kept.as_ref() {
            return Ok(Arc::clone(table));
        }
        let choice = config.local.table.clone().map_or(TableChoice::Only, TableChoice::Named);
        let options = ReadOptions { choice, ..ReadOptions::with_text(ids.iter().map(String::as_str)) };
        let read = read_table(path, &options)?;
        if read.meta.truncated {
            let file = config.local.file.clone().unwrap_or_default();
            return Err(CatalogError::LocalTruncated { file, notes: read.meta.notes.join(", ") });
        }
        let table = Arc::new(read);
        *kept = Some(Arc::clone(&table));
        Ok(table)
    }
}
