//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_services::{Protocol, TransferSettings};

use crate::definition::{CatalogName, ColumnMap};

/// Which catalogue, from where, how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogConfig {
    /// Whether this catalogue is fetched at all; otherwise every unit is skipped.
    pub enabled: bool,
    /// The catalogue.
    #[schemars(extend("x-flag" = "--catalog"))]
    pub catalog: CatalogName,
    /// How the service is asked.
    pub protocol: Protocol,
    /// Only rows brighter than this in the catalogue's main magnitude, mag; rows without one are left out then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -5.0, max = 40.0))]
    pub brighter_than_mag: Option<f64>,
    /// Radius of the match that the rows are for, arcsec; it enters the radius of the cone. Source: the survey plan.
    #[schemars(range(min = 0.0, max = 600.0))]
    pub match_radius_arcsec: f64,
    /// Added to the radius of the cone for stars that moved between plate and catalogue, arcmin: 3' are 2.7"/yr over 66 years.
    #[schemars(range(min = 0.0, max = 60.0))]
    pub margin_arcmin: f64,
    /// Rows that one answer may have; a cone that has as many is split.
    #[schemars(range(min = 51, max = 1_000_000))]
    pub max_rows: u64,
    /// A table of our own instead of a service.
    pub local: LocalConfig,
    /// Tries, waits and limits of time.
    pub transfer: TransferSettings,
}

/// A local table: CSV, TSV, VizieR asu-tsv, VOTable, ECSV, FITS or Parquet, also as `.gz`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LocalConfig {
    /// The file below the folder of `--input local=DIR`; without it the service is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Which of several tables in the file, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Epoch of the positions, Julian year; by default that of the catalogue as VizieR has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1800.0, max = 2200.0))]
    pub epoch_yr: Option<f64>,
    /// Names of the columns; what is left empty keeps the catalogue's own names.
    pub columns: ColumnMap,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            catalog: CatalogName::default(),
            protocol: Protocol::default(),
            brighter_than_mag: None,
            match_radius_arcsec: 5.0,
            margin_arcmin: 3.0,
            max_rows: 200_000,
            local: LocalConfig::default(),
            transfer: TransferSettings::default(),
        }
    }
}
