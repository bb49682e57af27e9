//! The references of one tile at the epoch of the plate.

use products::reference_catalog::{ReferenceRow, read_rows};
use products::{ReferenceCatalog, ReferenceMatch};
use sky_coords::SkyPos;
use step_contract::{DoneUnit, MemberUnit};

use crate::{XmatchConfig, XmatchError};

/// One reference catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// `gaia`, `ps1`, `usnob` ...
    pub(crate) name: String,
    /// Label of the step that fetched it.
    pub(crate) label: String,
    /// Table of VizieR that it was fetched from.
    pub(crate) table: Option<String>,
    /// Rows, sorted by id.
    pub(crate) rows: Vec<ReferenceRow>,
    /// Whether its proper motions are believed.
    pub(crate) motions_believed: bool,
    /// Their positions for the match: at the epoch of the plate, or as the catalogue has them where its motions are not believed.
    pub(crate) positions: Vec<SkyPos>,
    /// Their positions at the epoch of the plate.
    pub(crate) carried: Vec<SkyPos>,
}

/// Reads a catalogue and carries it by proper motion to the epoch of the plate; unmoved where that is not known or not believed.
pub(crate) fn read(
    config: &XmatchConfig,
    member: &MemberUnit<'_, ReferenceCatalog>,
    done: &DoneUnit<'_, ReferenceCatalog>,
    epoch_yr: Option<f64>,
) -> Result<Reference, XmatchError> {
    let rows = read_rows(&done.file("table"))?;
    let carried: Vec<SkyPos> = rows.iter().map(|row| row.position_at(epoch_yr.unwrap_or(f64::NAN))).collect();
    let motions_believed = !config.motions_not_believed.contains(&done.facts().catalog_name);
    let positions = if motions_believed { carried.clone() } else { rows.iter().map(|row| row.position).collect() };
    Ok(Reference {
        name: done.facts().catalog_name.clone(),
        label: member.label.to_owned(),
        table: done.facts().table.clone(),
        rows,
        motions_believed,
        positions,
        carried,
    })
}

/// What the facts say of a reference that is not done: nothing was matched with it, and nothing is "unmatched" because of it.
pub(crate) fn not_done(member: &MemberUnit<'_, ReferenceCatalog>) -> ReferenceMatch {
    ReferenceMatch {
        reference: name_of_label(member.label).to_owned(),
        label: member.label.to_owned(),
        status: member.status.name().to_owned(),
        reason: member.reason.map(|reason| reason.kind.clone()),
        rows: 0,
        rows_invalid: 0,
        pairs: 0,
        detections_matched: 0,
        detections_unmatched: 0,
        references_matched: 0,
        references_unmatched: 0,
        motions_believed: true,
        pairs_by_motion: None,
        chance_fraction_expected: None,
        chance_fraction_measured: None,
    }
}

/// `gaia` of `catalog-gaia`.
fn name_of_label(label: &str) -> &str {
    label.strip_prefix("catalog-").unwrap_or(label)
}
