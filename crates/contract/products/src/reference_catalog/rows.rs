//! Rows of a reference catalogue as steps use them.

use std::path::Path;

use sky_catalog::ColumnSpec;
use sky_coords::SkyPos;
use sky_table::{ReadOptions, TableFileError, check_columns, read_table_bytes};

use super::columns::COLUMNS;

/// Columns that every use needs.
const NEEDED: [&str; 7] = ["id", "ra_deg", "dec_deg", "epoch_yr", "pm_ra_mas_yr", "pm_dec_mas_yr", "mag"];

/// One source of a reference catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceRow {
    /// Identifier, exact.
    pub id: String,
    /// Position at `epoch_yr`; may be invalid where the catalogue has none.
    pub position: SkyPos,
    /// Julian epoch of the position; NaN where it is not known.
    pub epoch_yr: f64,
    /// Proper motion in right ascension times cos Dec, mas/yr; NaN where it was not measured.
    pub pm_ra_mas_yr: f64,
    /// Proper motion in declination, mas/yr; NaN where it was not measured.
    pub pm_dec_mas_yr: f64,
    /// Magnitude nearest to the red plate; NaN where there is none.
    pub mag: f64,
}

impl ReferenceRow {
    /// The position at a Julian epoch; unmoved where epoch or proper motion is missing, or the position is none.
    pub fn position_at(&self, epoch_yr: f64) -> SkyPos {
        let known = [self.epoch_yr, self.pm_ra_mas_yr, self.pm_dec_mas_yr, epoch_yr].iter().all(|v| v.is_finite());
        if known && self.position.is_valid() {
            self.position.moved(self.pm_ra_mas_yr, self.pm_dec_mas_yr, self.epoch_yr, epoch_yr)
        } else {
            self.position
        }
    }
}

/// Reads the table of a reference catalogue, sorted by id (then position), so that nothing depends on the order of a service's answer.
///
/// Fails where the file is no table, or a needed column is missing or of another type or unit. Messages name the file without its folder.
pub fn read_rows(path: &Path) -> Result<Vec<ReferenceRow>, TableFileError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path).map_err(|source| TableFileError::Io { file: name.clone(), source })?;
    let table = read_table_bytes(&name, &bytes, &ReadOptions::with_text(["id"]))?.table;
    let needed: Vec<ColumnSpec> = COLUMNS.iter().filter(|spec| NEEDED.contains(&spec.name)).copied().collect();
    check_columns(&table, &needed)?;
    let broken = |error: sky_catalog::TableError| TableFileError::Columns { problems: vec![error.to_string()] };
    let numbers = |column: &str| table.numbers(column).map_err(broken);
    let ids = table.texts("id").map_err(broken)?;
    let (ra, dec) = (numbers("ra_deg")?, numbers("dec_deg")?);
    let (epoch, mag) = (numbers("epoch_yr")?, numbers("mag")?);
    let (pm_ra, pm_dec) = (numbers("pm_ra_mas_yr")?, numbers("pm_dec_mas_yr")?);
    let mut rows: Vec<ReferenceRow> = ids
        .into_iter()
        .enumerate()
        .map(|(i, id)| ReferenceRow {
            id,
            position: SkyPos { ra_deg: ra[i], dec_deg: dec[i] },
            epoch_yr: epoch[i],
            pm_ra_mas_yr: pm_ra[i],
            pm_dec_mas_yr: pm_dec[i],
            mag: mag[i],
        })
        .collect();
    rows.sort_by(|a, b| {
        a.id.cmp(&b.id)
            .then(a.position.ra_deg.total_cmp(&b.position.ra_deg))
            .then(a.position.dec_deg.total_cmp(&b.position.dec_deg))
    });
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use test_sky::assert_close;

    use super::*;

    #[test]
    fn a_fast_star_is_carried_and_a_star_without_motion_stays() {
        let row = ReferenceRow {
            id: "1".to_owned(),
            position: SkyPos::new(150.0, 20.0),
            epoch_yr: 2016.0,
            pm_ra_mas_yr: 0.0,
            pm_dec_mas_yr: 214.0,
            mag: 15.0,
        };
        // 214 mas/yr over 62.7 years.
        let moved = row.position_at(1953.3).separation_arcsec(row.position);
        assert_close!(moved, 13.42, abs = 0.01, "the drift that lets a star through a 5 arcsec veto");
        let unknown = ReferenceRow { pm_ra_mas_yr: f64::NAN, ..row };
        assert_eq!(unknown.position_at(1953.3), unknown.position);
    }

    #[test]
    fn a_table_is_read_by_name_and_sorted_by_id() {
        let folder = std::env::temp_dir().join(format!("skyledger-reference-rows-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let path = folder.join("tile.csv");
        let text =
            "id,ra_deg,dec_deg,epoch_yr,pm_ra_mas_yr,pm_dec_mas_yr,mag\nb,1.5,2.0,2016,,,12.5\na,1,2,2016,3,4,\n";
        std::fs::write(&path, text).expect("the folder can be written");
        let rows = read_rows(&path).expect("a reference table");
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(rows[0].mag.is_nan() && rows[1].pm_ra_mas_yr.is_nan(), "blank is missing");
        std::fs::write(&path, "id,ra_deg\na,1\n").expect("the folder can be written");
        let error = read_rows(&path).expect_err("columns are missing").to_string();
        assert!(error.contains("dec_deg") && !error.contains("tmp"), "names the column, not the folder: {error}");
        std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    }
}
