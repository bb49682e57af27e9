//! Rows of any catalogue in the columns that all catalogues share.

use products::reference_catalog::columns::COLUMNS;
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::SkyPos;
use sky_services::Cone;

use crate::definition::{ColumnMap, band_of};
use crate::error::CatalogError;
use crate::units::Quantity;

/// How a table is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) columns: &'a ColumnMap,
    pub(crate) epoch_yr: f64,
    pub(crate) zero_motion_is_missing: bool,
    pub(crate) sentinels: &'a [f64],
    pub(crate) brighter_than_mag: Option<f64>,
    pub(crate) cone: Cone,
}

/// What cannot be used of a table, or not as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Unused {
    /// Rows without a valid position, which are left out.
    pub(crate) without_position: u64,
    /// The first of them: its row, 0-based, and what stands there.
    pub(crate) first: Option<(u64, f64, f64)>,
    /// Rows in the cone whose identifier another one has too; all of them are kept.
    pub(crate) same_id: u64,
    /// The first such identifier.
    pub(crate) first_id: String,
}

/// The rows of a table that lie in the cone, in our columns, sorted by declination, right ascension and name; and what of it cannot be used.
pub(crate) fn convert(table: &Table, reading: &Reading<'_>) -> Result<(Table, Unused), CatalogError> {
    let map = reading.columns;
    let need = |what: &'static str, names: &[String], quantity| {
        column(table, names, quantity, reading)?.ok_or_else(|| CatalogError::NoColumn {
            what,
            names: names.join(", "),
            found: found_in(table),
        })
    };
    let (ra, dec) =
        (need("right ascension", &map.ra, Quantity::Degrees)?, need("declination", &map.dec, Quantity::Degrees)?);
    let optional = |names: &[String], quantity| -> Result<Vec<f64>, CatalogError> {
        Ok(column(table, names, quantity, reading)?.unwrap_or_else(|| vec![f64::NAN; table.n_rows()]))
    };
    let epoch = optional(&map.epoch, Quantity::AsIs)?;
    let (ra_err, dec_err) = (optional(&map.ra_err, Quantity::Mas)?, optional(&map.dec_err, Quantity::Mas)?);
    let (mut pm_ra, mut pm_dec) =
        (optional(&map.pm_ra, Quantity::MasPerYear)?, optional(&map.pm_dec, Quantity::MasPerYear)?);
    if reading.zero_motion_is_missing {
        for (ra, dec) in pm_ra.iter_mut().zip(&mut pm_dec) {
            if *ra == 0.0 && *dec == 0.0 {
                (*ra, *dec) = (f64::NAN, f64::NAN);
            }
        }
    }
    let parallax = optional(&map.parallax, Quantity::Mas)?;
    let (mag, mag_band) = first_value(table, &map.mag, reading)?;
    let (mag_blue, _) = first_value(table, &map.mag_blue, reading)?;
    let n_detections = optional(&map.n_detections, Quantity::AsIs)?;
    let ids = identifiers(table, &map.id)?;
    let flags = match map.flags.iter().find(|name| table.column(name).is_some()) {
        Some(name) => table.texts(name).map_err(CatalogError::Table)?,
        None => vec![String::new(); table.n_rows()],
    };
    let mut unused = Unused::default();
    let mut order: Vec<usize> = Vec::new();
    for row in 0..table.n_rows() {
        let position = SkyPos::new(ra[row], dec[row]);
        if !position.is_valid() {
            unused.without_position += 1;
            unused.first = unused.first.or(Some((row as u64, ra[row], dec[row])));
        // mark: cone-cut
        } else if reading.cone.centre.separation_arcsec(position) <= reading.cone.radius_arcmin * 60.0
            && reading.brighter_than_mag.is_none_or(|limit| mag[row] < limit)
        {
            order.push(row);
        }
    }
    order.sort_by(|&a, &b| {
        dec[a].total_cmp(&dec[b]).then(ra[a].total_cmp(&ra[b])).then_with(|| ids[a].cmp(&ids[b])).then(a.cmp(&b))
    });
    let floats = |values: &[f64]| ColumnData::F64(order.iter().map(|&row| values[row]).collect());
    let texts = |values: &[String]| ColumnData::Text(order.iter().map(|&row| values[row].clone()).collect());
    let whole = |value: f64| (value.fract() == 0.0 && value.abs() < 1e9).then_some(value as i64);
    let data = [
        texts(&ids),
        ColumnData::F64(order.iter().map(|&row| sky_coords::wrap_ra_deg(ra[row])).collect()),
        floats(&dec),
        ColumnData::F64(
            order.iter().map(|&row| if epoch[row].is_nan() { reading.epoch_yr } else { epoch[row] }).collect(),
        ),
        floats(&ra_err),
        floats(&dec_err),
        floats(&pm_ra),
        floats(&pm_dec),
        floats(&parallax),
        floats(&mag),
        texts(&mag_band),
        floats(&mag_blue),
        ColumnData::I64(order.iter().map(|&row| whole(n_detections[row])).collect()),
        texts(&flags),
    ];
    let mut rows = Table::new();
    for (spec, data) in COLUMNS.iter().zip(data) {
        let column = Column { name: spec.name.to_owned(), unit: spec.unit.to_owned(), ucd: spec.ucd.to_owned(), data };
        rows.push(column).map_err(CatalogError::Table)?;
    }
    unused.count_ids(order.iter().map(|&row| ids[row].as_str()));
    Ok((rows, unused))
}

impl Unused {
    /// Counts identifiers that several rows have.
    fn count_ids<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        let mut sorted: Vec<&str> = ids.filter(|id| !id.is_empty()).collect();
        sorted.sort_unstable();
        for twins in sorted.chunk_by(|left, right| left == right).filter(|twins| twins.len() > 1) {
            self.same_id += twins.len() as u64;
            if self.first_id.is_empty() {
                twins[0].clone_into(&mut self.first_id);
            }
        }
    }

    /// Kinds and texts of warnings; `place` says where a row stands.
    pub(crate) fn warnings(&self, n_rows: usize, place: impl Fn(u64) -> String) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::new();
        if let Some((row, ra_deg, dec_deg)) = self.first {
            let shown = |value: f64| if value.is_nan() { "missing".to_owned() } else { value.to_string() };
            warnings.push((
                "rows_without_position",
                format!(
                    "{} of {n_rows} rows have no valid position and are left out; the first is {}: right ascension {}, \
                     declination {}",
                    self.without_position,
                    place(row),
                    shown(ra_deg),
                    shown(dec_deg)
                ),
            ));
        }
        if self.same_id > 0 {
            warnings.push((
                "same_id",
                format!(
                    "{} rows have an identifier that another one has too, the first is {:?}; they are kept as different rows",
                    self.same_id, self.first_id
                ),
            ));
        }
        warnings
    }
}

/// The first of the named columns that is there, in our unit; sentinels are missing values.
fn column(
    table: &Table,
    names: &[String],
    quantity: Quantity,
    reading: &Reading<'_>,
) -> Result<Option<Vec<f64>>, CatalogError> {
    let Some(column) = names.iter().find_map(|name| table.column(name)) else { return Ok(None) };
    let factor = quantity.factor(&column.name, &column.unit)?;
    let mut values = table.numbers(&column.name).map_err(CatalogError::Table)?;
    for value in &mut values {
        *value = if reading.sentinels.contains(value) || !value.is_finite() { f64::NAN } else { *value * factor };
    }
    Ok(Some(values))
}

/// For each row the first of the named columns that has a value, and its band.
fn first_value(
    table: &Table,
    names: &[String],
    reading: &Reading<'_>,
) -> Result<(Vec<f64>, Vec<String>), CatalogError> {
    let mut values = vec![f64::NAN; table.n_rows()];
    let mut bands = vec![String::new(); table.n_rows()];
    for name in names {
        let Some(column) = column(table, std::slice::from_ref(name), Quantity::AsIs, reading)? else { continue };
        for (row, value) in column.into_iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            if values[row].is_nan() {
                values[row] = value;
                band_of(name).clone_into(&mut bands[row]);
            }
        }
    }
    Ok((values, bands))
}

/// Names of the rows; a table without any is numbered from 1.
fn identifiers(table: &Table, names: &[String]) -> Result<Vec<String>, CatalogError> {
    let columns = names
        .iter()
        .filter(|name| table.column(name).is_some())
        .map(|name| table.texts(name).map_err(CatalogError::Table))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((0..table.n_rows())
        .map(|row| match columns.as_slice() {
            [] => (row + 1).to_string(),
            // mark: reference-ids
            columns => columns.iter().map(|column| column[row].trim()).collect::<Vec<_>>().join("-"),
        })
        .collect())
}

fn found_in(table: &Table) -> String {
    table.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}
