//! The second backend: the CDS X-Match service.

use products::match_table::CdsFacts;
use sky_coords::SkyPos;
use sky_services::{CrossMatchQuery, Effort, ServiceClient, cross_match};
use step_harness::UnitFiles;

use crate::backend::Matched;
use crate::detections::Detections;
use crate::references::Reference;
use crate::{XmatchConfig, XmatchError};

/// For each reference the detections that the service leaves unmatched; `None` where the reference has no table there.
pub(crate) fn match_all(
    config: &XmatchConfig,
    archive: &ServiceClient,
    detections: &Detections,
    references: &[Reference],
    files: &mut UnitFiles,
) -> Result<Vec<Option<Vec<usize>>>, XmatchError> {
    let valid: Vec<usize> = (0..detections.len()).filter(|&i| detections.positions[i].is_valid()).collect();
    let positions: Vec<SkyPos> = valid.iter().map(|&i| detections.positions[i]).collect();
    let mut effort = Effort::default();
    let left = references
        .iter()
        .map(|reference| {
            let Some(table) = config.cds.tables.get(&reference.name).or(reference.table.as_ref()) else {
                files.warn("no_cds_table", format!("{} has no table at the CDS service", reference.name));
                return Ok(None);
            };
            let query = CrossMatchQuery {
                positions: &positions,
                table: table.clone(),
                radius_arcsec: config.match_radius_arcsec,
            };
            let found = cross_match(archive, &query).inspect_err(|error| effort += error.effort())?;
            effort += found.effort;
            let mut is_matched = vec![false; positions.len()];
            for &row in &found.rows {
                is_matched[row] = true;
            }
            let left = valid.iter().zip(is_matched).filter(|(_, matched)| !matched).map(|(&detection, _)| detection);
            Ok(Some(left.collect()))
        })
        .collect();
    service_harness::note(files, effort);
    left
}

/// Detections that only one of the two backends matched, over all references that both were asked for.
pub(crate) fn compare(second: &[Option<Vec<usize>>], matched: &[Matched]) -> CdsFacts {
    let (mut local_only, mut cds_only) = (0, 0);
    for (theirs, ours) in second.iter().zip(matched) {
        let (Some(theirs), ours) = (theirs, &ours.cross.detections.unmatched) else { continue };
        // Both lists are ascending.
        local_only += ours.iter().filter(|detection| theirs.binary_search(detection).is_err()).count() as u64;
        cds_only += theirs.iter().filter(|detection| ours.binary_search(detection).is_err()).count() as u64;
    }
    CdsFacts { backend: "cds-xmatch".to_owned(), local_only: Some(local_only), cds_only: Some(cds_only) }
}
