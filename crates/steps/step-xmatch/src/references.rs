//! The references of one tile at the epoch of the plate.

use products::reference_catalog::{ReferenceRow, read_rows};
use products::{ReferenceCatalog, ReferenceMatch};
use sky_coords::SkyPos;
use step_contract::{DoneUnit, MemberUnit, Status};

use crate::XmatchError;

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
    /// Their positions at the epoch of the plate.
    pub(crate) positions: Vec<SkyPos>,
}

/// Reads a catalogue and carries it by proper motion to the epoch of the plate; unmoved where that is not known.
pub(crate) fn read(
    member: &MemberUnit<'_, ReferenceCatalog>,
    done: &DoneUnit<'_, ReferenceCatalog>,
    epoch_yr: Option<f64>,
) -> Result<Reference, XmatchError> {
    let rows = read_rows(&done.file("table"))?;
    let positions = rows.iter().map(|row| row.position_at(epoch_yr.unwrap_or(f64::NAN))).collect();
    Ok(Reference {
        name: done.facts().catalog_name.clone(),
        label: member.label.to_owned(),
        table: done.facts().table.clone(),
        rows,
        positions,
    })
}

/// What the facts say of a reference that is not done: nothing was matched with it, and nothing is "unmatched" because of it.
pub(crate) fn not_done(member: &MemberUnit<'_, ReferenceCatalog>) -> ReferenceMatch {
    ReferenceMatch {
        reference: name_of_label(member.label).to_owned(),
        label: member.label.to_owned(),
        status: status_name(member.status).to_owned(),
        reason: member.reason.map(|reason| reason.kind.clone()),
        rows: 0,
        rows_invalid: 0,
        pairs: 0,
        detections_matched: 0,
        detections_unmatched: 0,
        references_matched: 0,
        references_unmatched: 0,
        chance_fraction_expected: None,
        chance_fraction_measured: None,
    }
}

/// `gaia` of `catalog-gaia`.
fn name_of_label(label: &str) -> &str {
    label.strip_prefix("catalog-").unwrap_or(label)
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::NoWork => "no-work",
        Status::Unprocessable => "unprocessable",
        Status::Blocked => "blocked",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
    }
}
