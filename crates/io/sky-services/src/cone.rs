//! The rows of a catalogue around a position, complete: an answer that is cut off is asked for again in four smaller cones, and so on.

use std::collections::BTreeSet;

use sky_catalog::{Column, ColumnData, Table};
use sky_coords::{StandardPos, TangentPlane};

use crate::body::Fetched;
use crate::client::ServiceClient;
use crate::cone_query::{Answer, Cone, ConeQuery, Protocol, position};
use crate::effort::Effort;
use crate::error::{FailureKind, FetchError};
use crate::{tap, vizier};

/// Splits of a cone before it is given up: cells of 1/64 of its diameter (docs/gates.md, 6.6).
const DEPTH_MAX: u32 = 6;
/// Limits that services were seen to apply without a word: so many rows exactly count as cut off.
const SILENT_CAPS: [usize; 2] = [50, 50_000];

/// The rows, and how they were had.
#[derive(Clone, Debug, PartialEq)]
pub struct ConeRows {
    /// The columns that were asked for, in that order, as text as the service wrote it (numbers in their shortest form); sorted by
    /// declination, right ascension and name; no row twice, none outside the cone, none without a position.
    pub table: Table,
    /// Rows that have no position.
    pub without_position: u64,
    /// Sums of the answers, in the order in which they were asked for.
    pub responses_sha256: Vec<String>,
    /// Cones that were split.
    pub splits: u64,
    /// What it took.
    pub effort: Effort,
}

/// A square of the tangent plane at the centre of the cone, arc minutes.
#[derive(Clone, Copy, Debug)]
struct Cell {
    xi: f64,
    eta: f64,
    half: f64,
    depth: u32,
}

impl ServiceClient {
    /// All rows of a catalogue in a cone.
    ///
    /// Fails as [`FailureKind::RowsTruncated`] where even cones of 1/64 of the size are cut off. A cone without rows is no failure.
    pub fn cone(&self, query: &ConeQuery) -> Result<ConeRows, FetchError> {
        let plane = TangentPlane::new(query.cone.centre);
        let root = Cell { xi: 0.0, eta: 0.0, half: query.cone.radius_arcmin, depth: 0 };
        let mut cells = vec![root];
        let mut collected = ConeRows {
            table: Table::new(),
            without_position: 0,
            responses_sha256: Vec::new(),
            splits: 0,
            effort: Effort::default(),
        };
        let (mut rows, mut units) = (Vec::new(), Vec::new());
        while let Some(cell) = cells.pop() {
            let cone = cell.cone(query, &plane);
            let (answer, fetched) = self.ask(query, cone).map_err(|error| collected.effort.of_failure(error))?;
            collected.effort += fetched.effort;
            collected.responses_sha256.push(fetched.sha256);
            if answer.truncated || SILENT_CAPS.contains(&answer.rows.len()) {
                if cell.depth == DEPTH_MAX {
                    let kind = FailureKind::RowsTruncated { rows: answer.rows.len() as u64, depth: DEPTH_MAX };
                    return Err(self.failure(query, kind, collected.effort));
                }
                collected.splits += 1;
                cells.extend(cell.quarters().into_iter().rev().filter(|part| part.touches(query.cone.radius_arcmin)));
                continue;
            }
            if units.is_empty() {
                units = answer.units;
            }
            rows.extend(answer.rows);
        }
        collected.without_position = assemble(query, rows, &units, &mut collected.table)
            .map_err(|kind| self.failure(query, kind, collected.effort))?;
        Ok(collected)
    }

    fn ask(&self, query: &ConeQuery, cone: Cone) -> Result<(Answer, Fetched), FetchError> {
        match query.protocol {
            Protocol::AsuTsv => vizier::ask(self, query, cone),
            Protocol::Tap => tap::ask(self, query, cone),
        }
    }

    fn failure(&self, query: &ConeQuery, kind: FailureKind, effort: Effort) -> FetchError {
        FetchError {
            service: query.protocol.service(),
            kind,
            attempts: effort.attempts,
            waits_s: effort.waits_s,
            body_prefix: String::new(),
            body_sha256: None,
        }
    }
}

impl Effort {
    /// The error with the tries and waits of the requests before it.
    pub(crate) fn of_failure(self, error: FetchError) -> FetchError {
        FetchError { attempts: self.attempts + error.attempts, waits_s: self.waits_s + error.waits_s, ..error }
    }
}

impl Cell {
    /// The cone to ask for: the whole one, or one around the square. Angles are never larger than distances on the tangent plane.
    fn cone(self, query: &ConeQuery, plane: &TangentPlane) -> Cone {
        if self.depth == 0 {
            return query.cone;
        }
        let centre = plane.deproject(StandardPos::new(self.xi * 60.0, self.eta * 60.0));
        Cone { centre, radius_arcmin: self.half * std::f64::consts::SQRT_2 }
    }

    fn quarters(self) -> [Self; 4] {
        let half = self.half / 2.0;
        [(-half, -half), (half, -half), (-half, half), (half, half)].map(|(xi, eta)| Self {
            xi: self.xi + xi,
            eta: self.eta + eta,
            half,
            depth: self.depth + 1,
        })
    }

    /// Whether the square has a point within a radius; a hundredth is added for the curvature of the sky.
    fn touches(self, radius: f64) -> bool {
        let nearest = |at: f64| (at.abs() - self.half).max(0.0);
        libm::hypot(nearest(self.xi), nearest(self.eta)) <= radius * 1.01
    }
}

/// Puts the rows into a table: sorted, once each, those inside. Answers how many have no position.
fn assemble(
    query: &ConeQuery,
    rows: Vec<Vec<String>>,
    units: &[String],
    table: &mut Table,
) -> Result<u64, FailureKind> {
    let place = |name: &String| query.columns.iter().position(|column| column == name);
    let missing = |name: &str| FailureKind::ColumnsMissing { columns: name.to_owned() };
    let ra = place(&query.ra_column).ok_or_else(|| missing(&query.ra_column))?;
    let dec = place(&query.dec_column).ok_or_else(|| missing(&query.dec_column))?;
    let ids: Vec<usize> =
        query.id_columns.iter().map(|name| place(name).ok_or_else(|| missing(name))).collect::<Result<_, _>>()?;
    let mut without_position = 0;
    let mut placed = Vec::with_capacity(rows.len());
    let mut seen = BTreeSet::new();
    for row in rows {
        let name: Vec<String> = ids.iter().map(|&column| row[column].clone()).collect();
        // Rows without a name are told apart by all that they say.
        let name = if name.iter().all(String::is_empty) { row.clone() } else { name };
        if !seen.insert(name.clone()) {
            continue;
        }
        match position(&row, ra, dec) {
            None => without_position += 1,
            Some(position) => {
                if query.cone.centre.separation_arcsec(position) <= query.cone.radius_arcmin * 60.0 {
                    placed.push((position, name, row));
                }
            }
        }
    }
    placed.sort_by(|(a, a_name, _), (b, b_name, _)| {
        a.dec_deg.total_cmp(&b.dec_deg).then(a.ra_deg.total_cmp(&b.ra_deg)).then_with(|| a_name.cmp(b_name))
    });
    for (index, name) in query.columns.iter().enumerate() {
        let data = ColumnData::Text(placed.iter().map(|(_, _, row)| row[index].clone()).collect());
        let unit = units.get(index).cloned().unwrap_or_default();
        table
            .push(Column { name: name.clone(), unit, ucd: String::new(), data })
            .map_err(|error| FailureKind::Garbled { what: error.to_string() })?;
    }
    Ok(without_position)
}

#[cfg(test)]
mod tests {
    use sky_coords::SkyPos;

    use super::*;

    #[test]
    fn the_quarters_of_a_cell_cover_it() {
        let root = Cell { xi: 0.0, eta: 0.0, half: 45.5, depth: 0 };
        for part in root.quarters() {
            assert_eq!((part.half, part.depth), (22.75, 1));
            assert_eq!((part.xi.abs(), part.eta.abs()), (22.75, 22.75), "the quarters meet in the centre");
        }
        let query = ConeQuery {
            protocol: Protocol::AsuTsv,
            table: String::new(),
            columns: Vec::new(),
            ra_column: String::new(),
            dec_column: String::new(),
            id_columns: Vec::new(),
            cone: Cone { centre: SkyPos::new(0.0, 89.5), radius_arcmin: 45.5 },
            below: None,
            max_rows: 1,
        };
        let plane = TangentPlane::new(query.cone.centre);
        let cones = root.quarters().map(|part| part.cone(&query, &plane));
        for angle in 0..36 {
            for radius_arcmin in [0.0, 20.0, 45.5] {
                let (sin, cos) = (f64::from(angle) * 10.0).to_radians().sin_cos();
                let distance = (radius_arcmin / 60.0_f64).to_radians().tan() * sky_coords::ARCSEC_PER_RAD;
                let point = plane.deproject(StandardPos::new(distance * cos, distance * sin));
                let inside = cones.iter().any(|cone| cone.centre.separation_arcsec(point) <= cone.radius_arcmin * 60.0);
                assert!(
                    inside,
                    "{point:?}, {radius_arcmin}' from the centre near the pole, is in none of the four cones"
                );
            }
        }
    }
}
