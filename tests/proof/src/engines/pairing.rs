//! Two catalogues of one image, row by row.

use std::collections::BTreeMap;
use std::path::Path;

use sky_fits::{BinTable, ldac};

/// Rows of two catalogues that are one object.
pub(super) struct Paired {
    pub(super) ours: BinTable,
    pub(super) theirs: BinTable,
    /// (row of ours, row of theirs), by ours.
    pub(super) rows: Vec<(usize, usize)>,
}

impl Paired {
    /// Pairs each row of ours with the nearest of theirs within `radius_px`; a row of theirs that two want goes to none twice.
    pub(super) fn read(ours: &Path, theirs: &Path, radius_px: f64) -> Result<Self, String> {
        let read = |path: &Path| ldac::read(path).map(|(_, table)| table).map_err(|error| error.to_string());
        let (ours, theirs) = (read(ours)?, read(theirs)?);
        let places = |table: &BinTable| -> Result<Vec<(f64, f64)>, String> {
            let column = |name: &str| table.numbers(name).map_err(|error| error.to_string());
            Ok(column("X_IMAGE")?.into_iter().zip(column("Y_IMAGE")?).collect())
        };
        let (left, right) = (places(&ours)?, places(&theirs)?);
        let cell = |place: (f64, f64)| ((place.0 / radius_px).floor() as i64, (place.1 / radius_px).floor() as i64);
        let mut cells: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
        for (row, place) in right.iter().enumerate() {
            cells.entry(cell(*place)).or_default().push(row);
        }
        let mut taken = vec![false; right.len()];
        let mut rows = Vec::new();
        for (row, place) in left.iter().enumerate() {
            let (x, y) = cell(*place);
            let near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
            let nearest = near
                .filter_map(|cell| cells.get(&cell))
                .flatten()
                .map(|&other| (other, (right[other].0 - place.0).hypot(right[other].1 - place.1)))
                .filter(|(_, distance)| *distance <= radius_px)
                .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            if let Some((other, _)) = nearest.filter(|(other, _)| !std::mem::replace(&mut taken[*other], true)) {
                rows.push((row, other));
            }
        }
        Ok(Self { ours, theirs, rows })
    }

    /// The values of a column in the pairs whose row of theirs has SNR_WIN above a limit.
    pub(super) fn column(&self, name: &str, snr_above: f64) -> Result<Vec<(f64, f64)>, String> {
        let numbers = |table: &BinTable, name: &str| table.numbers(name).map_err(|error| error.to_string());
        let (ours, theirs, snr) =
            (numbers(&self.ours, name)?, numbers(&self.theirs, name)?, numbers(&self.theirs, "SNR_WIN")?);
        let chosen = self.rows.iter().filter(|(_, other)| snr[*other] > snr_above);
        Ok(chosen.map(|&(row, other)| (ours[row], theirs[other])).collect())
    }

    /// Of theirs above that SNR_WIN: how many there are, and which share has a row of ours.
    pub(super) fn found(&self, snr_above: f64) -> Result<(usize, f64), String> {
        let snr = self.theirs.numbers("SNR_WIN").map_err(|error| error.to_string())?;
        let all = snr.iter().filter(|snr| **snr > snr_above).count();
        let paired = self.rows.iter().filter(|(_, other)| snr[*other] > snr_above).count();
        Ok((all, paired as f64 / all.max(1) as f64))
    }
}

/// The median; NaN of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
