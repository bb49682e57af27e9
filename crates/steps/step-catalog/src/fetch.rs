//! Rows from a service.

use products::ReferenceFacts;
use sky_catalog::Table;
use sky_services::{Cone, ConeQuery, ServiceClient};
use step_harness::UnitFiles;

use crate::columns::{Reading, convert};
use crate::config::CatalogConfig;
use crate::definition::Definition;
use crate::error::CatalogError;

/// The rows of the cone and what the manifest says of them.
pub(crate) fn rows(
    archive: &ServiceClient,
    config: &CatalogConfig,
    definition: &Definition,
    cone: Cone,
    files: &mut UnitFiles,
) -> Result<(Table, ReferenceFacts), CatalogError> {
    let map = &definition.columns;
    // A limit of magnitude goes to the service only where one column decides; of two, a row may lack the first.
    let below = match (
        config.brighter_than_mag,
        map.mag.iter().filter(|name| is_requested(definition, name)).collect::<Vec<_>>().as_slice(),
    ) {
        (Some(limit), [only]) => Some(((*only).clone(), limit)),
        _ => None,
    };
    let first =
        |names: &[String]| names.iter().find(|name| is_requested(definition, name)).cloned().unwrap_or_default();
    let query = ConeQuery {
        protocol: config.protocol,
        table: definition.table.to_owned(),
        columns: definition.request.iter().map(|name| (*name).to_owned()).collect(),
        ra_column: first(&map.ra),
        dec_column: first(&map.dec),
        id_columns: map.id.iter().filter(|name| is_requested(definition, name)).cloned().collect(),
        cone,
        below,
        max_rows: config.max_rows,
    };
    let answer = archive.cone(&query).inspect_err(|error| service_harness::note_failure(files, error))?;
    service_harness::note(files, answer.effort);
    let reading = Reading {
        columns: map,
        epoch_yr: definition.epoch_yr,
        zero_motion_is_missing: definition.zero_motion_is_missing,
        sentinels: definition.sentinels,
        brighter_than_mag: config.brighter_than_mag,
        cone,
    };
    let (rows, unused) = convert(&answer.table, &reading)?;
    for (kind, warning) in unused.warnings(answer.table.n_rows(), |row| format!("row {} of the answer", row + 1)) {
        files.warn(kind, warning);
    }
    if answer.without_position > 0 {
        files.warn(
            "rows_without_position",
            format!("{} rows have no position and are left out", answer.without_position),
        );
    }
    let facts = ReferenceFacts {
        catalog_name: definition.name.to_owned(),
        rows_fetched: Some(rows.n_rows() as u64),
        service: Some(config.protocol.service().name().to_owned()),
        table: Some(definition.table.to_owned()),
        protocol: Some(config.protocol.name().to_owned()),
        local_file: None,
        epoch_yr: Some(definition.epoch_yr),
        ra_deg: Some(cone.centre.ra_deg),
        dec_deg: Some(cone.centre.dec_deg),
        radius_arcmin: Some(cone.radius_arcmin),
        query_splits: Some(answer.splits),
        responses_sha256: answer.responses_sha256,
    };
    Ok((rows, facts))
}

fn is_requested(definition: &Definition, name: &str) -> bool {
    definition.request.contains(&name)
}
