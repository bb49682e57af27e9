//! What is asked of a catalogue around a position, and one answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_catalog::Table;
use sky_coords::SkyPos;

use crate::error::FailureKind;
use crate::service::Service;

/// An answer whose every row lies farther than this outside the cone is about another place, arc minutes. A star of 10" a year is 11' from where
/// the service looked for it after 66 years.
const ELSEWHERE_ARCMIN: f64 = 15.0;

/// How a catalogue is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Protocol {
    /// VizieR's tab-separated answers.
    #[default]
    #[serde(rename = "asu-tsv")]
    AsuTsv,
    /// TAP: ADQL, answered as a VOTable.
    #[serde(rename = "tap")]
    Tap,
}

/// A circle on the sky.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cone {
    /// Centre.
    pub centre: SkyPos,
    /// Radius, arc minutes.
    pub radius_arcmin: f64,
}

/// What is asked of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct ConeQuery {
    /// How.
    pub protocol: Protocol,
    /// Table as VizieR names it: `I/355/gaiadr3`.
    pub table: String,
    /// Columns.
    pub columns: Vec<String>,
    /// Column of right ascension, degrees; one of `columns`.
    pub ra_column: String,
    /// Column of declination, degrees; one of `columns`.
    pub dec_column: String,
    /// Columns that together name a row; of `columns`.
    pub id_columns: Vec<String>,
    /// Where.
    pub cone: Cone,
    /// Only rows whose number in this column is below the limit.
    pub below: Option<(String, f64)>,
    /// Rows of one answer.
    pub max_rows: u64,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// Units of the columns that were asked for.
    pub(crate) units: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) truncated: bool,
}

impl Protocol {
    /// The service that speaks it.
    pub const fn service(self) -> Service {
        match self {
            Self::AsuTsv => Service::Vizier,
            Self::Tap => Service::VizierTap,
        }
    }

    /// The name in configuration and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsuTsv => "asu-tsv",
            Self::Tap => "tap",
        }
    }
}

/// The columns that were asked for, as text, out of an answer that may hold more or have them in another order.
///
/// An answer is refused if none of its rows has a position in degrees, or if all of them lie elsewhere: it would become an empty table.
pub(crate) fn requested(query: &ConeQuery, cone: Cone, table: &Table, truncated: bool) -> Result<Answer, FailureKind> {
    let missing: Vec<&str> =
        query.columns.iter().filter(|name| table.column(name).is_none()).map(String::as_str).collect();
    if missing.len() == query.columns.len() {
        return Err(FailureKind::Garbled { what: "none of its columns was asked for".to_owned() });
    }
    if !missing.is_empty() {
        return Err(FailureKind::ColumnsMissing { columns: missing.join(", ") });
    }
    let columns = query
        .columns
        .iter()
        .map(|name| table.texts(name).map_err(|error| FailureKind::Garbled { what: error.to_string() }))
        .collect::<Result<Vec<_>, _>>()?;
    let units = query.columns.iter().filter_map(|name| table.column(name)).map(|column| column.unit.clone()).collect();
    let rows: Vec<Vec<String>> =
        (0..table.n_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect();
    let place = |name: &String| query.columns.iter().position(|column| column == name);
    if let (Some(ra), Some(dec), false) = (place(&query.ra_column), place(&query.dec_column), rows.is_empty()) {
        let nearest_arcmin = rows
            .iter()
            .filter_map(|row| position(row, ra, dec))
            .map(|position| cone.centre.separation_arcsec(position) / 60.0)
            .min_by(f64::total_cmp)
            .ok_or_else(|| FailureKind::Garbled { what: "no row has a position in degrees".to_owned() })?;
        if nearest_arcmin > cone.radius_arcmin + ELSEWHERE_ARCMIN {
            let what = format!("no row is nearer than {nearest_arcmin:.1} arcmin to the centre of the cone");
            return Err(FailureKind::WrongPlace { what });
        }
    }
    Ok(Answer { units, rows, truncated })
}

/// The position of a row, where it has one.
pub(crate) fn position(row: &[String], ra: usize, dec: usize) -> Option<SkyPos> {
    let number = |column: usize| row[column].parse::<f64>().ok().filter(|value| value.is_finite());
    number(ra).zip(number(dec)).map(|(ra, dec)| SkyPos::new(ra, dec)).filter(|position| position.is_valid())
}
