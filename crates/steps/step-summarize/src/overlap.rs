//! Duplicates in overlaps of tiles and repeats on other plates.

use sky_candidates::{LinkedRow, duplicates, repeats};

use crate::config::SummarizeParams;
use crate::error::SummarizeError;
use crate::rows::KeptRow;

/// How the kept rows are linked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overlap {
    /// For each row the row that stands for it.
    pub(crate) representative: Vec<usize>,
    /// For each row the rows of other plates at its place.
    pub(crate) repeats: Vec<Vec<usize>>,
}

impl Overlap {
    pub(crate) fn of(rows: &[KeptRow], params: &SummarizeParams) -> Result<Self, SummarizeError> {
        let broken =
            |error: &dyn std::fmt::Display| SummarizeError::Page { what: "overlaps", message: error.to_string() };
        let linked: Vec<LinkedRow> = rows
            .iter()
            .map(|row| LinkedRow {
                source_id: row.source_id(),
                position: row.position,
                plate_id: row.plate_id.clone(),
                is_core: row.is_core,
            })
            .collect();
        let representative = duplicates(&linked, params.duplicate_radius_arcsec).map_err(|error| broken(&error))?;
        let alone: Vec<usize> = (0..rows.len()).filter(|row| representative[*row] == *row).collect();
        let of_alone: Vec<LinkedRow> = alone.iter().map(|row| linked[*row].clone()).collect();
        let mut seen_again = vec![Vec::new(); rows.len()];
        for group in repeats(&of_alone, params.repeat_radius_arcsec).map_err(|error| broken(&error))? {
            for &member in &group {
                seen_again[alone[member]] =
                    group.iter().filter(|other| **other != member).map(|other| alone[*other]).collect();
            }
        }
        Ok(Self { representative, repeats: seen_again })
    }

    /// Whether the row stands for another one.
    pub(crate) fn is_duplicate(&self, row: usize) -> bool {
        self.representative[row] != row
    }

    pub(crate) fn duplicates_count(&self) -> u64 {
        (0..self.representative.len()).filter(|row| self.is_duplicate(*row)).count() as u64
    }

    pub(crate) fn repeats_count(&self) -> u64 {
        self.repeats.iter().filter(|others| !others.is_empty()).count() as u64
    }
}
