//! The same detection in two tiles of one plate, and the same place on two plates.

use std::collections::BTreeMap;

use sky_coords::SkyPos;
use sky_match::{RadiusError, group_within};

/// A row of any tile of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedRow {
    /// `<unit>:<NUMBER>`.
    pub source_id: String,
    /// Position.
    pub position: SkyPos,
    /// Plate: `XE486`.
    pub plate_id: String,
    /// Whether it is far from the edges of its tile.
    pub is_core: bool,
}

/// For each row the index of the row that stands for it: itself, or the representative of its duplicates within `radius_arcsec` on the same plate
/// (default of the field 0.25 arcsec). The representative is one of a tile's core before one near an edge, then the smallest source id.
///
/// # Errors
/// If the radius is not one that can be matched with.
pub fn duplicates(rows: &[LinkedRow], radius_arcsec: f64) -> Result<Vec<usize>, RadiusError> {
    let mut plates: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        plates.entry(&row.plate_id).or_default().push(i);
    }
    let mut representatives: Vec<usize> = (0..rows.len()).collect();
    for members in plates.values() {
        for group in groups_of(rows, members, radius_arcsec)? {
            let best = group.iter().copied().min_by_key(|&i| (!rows[i].is_core, &rows[i].source_id, i));
            for &i in &group {
                representatives[i] = best.unwrap_or(i);
            }
        }
    }
    Ok(representatives)
}

/// Groups of rows within `radius_arcsec` of each other that come from two or more plates, each ascending, in the order of their first members.
///
/// They are confirmations, linked and never dropped. Give representatives only, else duplicates of one plate are in the groups as well.
///
/// # Errors
/// If the radius is not one that can be matched with.
pub fn repeats(rows: &[LinkedRow], radius_arcsec: f64) -> Result<Vec<Vec<usize>>, RadiusError> {
    let all: Vec<usize> = (0..rows.len()).collect();
    let several_plates = |group: &Vec<usize>| group.iter().any(|&i| rows[i].plate_id != rows[group[0]].plate_id);
    Ok(groups_of(rows, &all, radius_arcsec)?.into_iter().filter(several_plates).collect())
}

fn groups_of(rows: &[LinkedRow], members: &[usize], radius_arcsec: f64) -> Result<Vec<Vec<usize>>, RadiusError> {
    let positions: Vec<SkyPos> = members.iter().map(|&i| rows[i].position).collect();
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, group) in group_within(&positions, radius_arcsec)?.into_iter().enumerate() {
        groups.entry(group).or_default().push(members[at]);
    }
    Ok(groups.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source_id: &str, plate_id: &str, dec_arcsec: f64, is_core: bool) -> LinkedRow {
        LinkedRow {
            source_id: source_id.to_owned(),
            position: SkyPos::new(150.0, 20.0 + dec_arcsec / 3600.0),
            plate_id: plate_id.to_owned(),
            is_core,
        }
    }

    #[test]
    fn the_core_row_stands_for_its_duplicates_then_the_smallest_id() {
        let rows = [
            row("a:1", "XE486", 0.0, false),
            row("b:1", "XE486", 0.1, true),
            row("c:1", "XE486", 0.2, true),
            row("d:1", "XE486", 1.0, true),
            row("e:1", "XE487", 0.0, true),
        ];
        assert_eq!(duplicates(&rows, 0.25).expect("a radius"), [1, 1, 1, 3, 4], "only rows of one plate are joined");
    }

    #[test]
    fn repeats_need_two_plates() {
        let rows = [
            row("a:1", "XE486", 0.0, true),
            row("b:1", "XE486", 0.5, true),
            row("c:1", "XE999", 30.0, true),
            row("d:1", "XE486", 30.4, true),
        ];
        assert_eq!(repeats(&rows, 1.0).expect("a radius"), [vec![2, 3]]);
    }
}
