//! The catalogues that are known: their tables, columns, epochs and signs of what is missing, as the ReadMe of each
//! table at VizieR (I/284, I/355, II/389 ...) and MAST say them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CatalogName {
    /// USNO-B1.0 (Monet et al. 2003): from the same plates among others, so no independent witness.
    #[default]
    UsnoB,
    /// Gaia DR3.
    Gaia,
    /// Pan-STARRS DR2, mean objects.
    Ps1,
    /// Tycho-2.
    Tycho2,
    /// The variable star index of the AAVSO.
    Vsx,
}

/// Names of the columns of a catalogue. Of several names the first that is there counts; of `mag` and `mag_blue`, for each row, the first that has a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnMap {
    /// Identifier; all that are there are joined by `-`.
    pub id: Vec<String>,
    /// Right ascension, degrees.
    pub ra: Vec<String>,
    /// Declination, degrees.
    pub dec: Vec<String>,
    /// Epoch of the position of a row, Julian year.
    pub epoch: Vec<String>,
    /// Standard error of the right ascension times cos Dec (mas, unless the file gives a unit).
    pub ra_err: Vec<String>,
    /// Standard error of the declination (mas, unless the file gives a unit).
    pub dec_err: Vec<String>,
    /// Proper motion in right ascension times cos Dec (mas/yr, unless the file gives a unit).
    pub pm_ra: Vec<String>,
    /// Proper motion in declination (mas/yr, unless the file gives a unit).
    pub pm_dec: Vec<String>,
    /// Parallax (mas, unless the file gives a unit).
    pub parallax: Vec<String>,
    /// Magnitude nearest to the red plate.
    pub mag: Vec<String>,
    /// A bluer magnitude.
    pub mag_blue: Vec<String>,
    /// Detections that an entry rests on.
    pub n_detections: Vec<String>,
    /// Flags.
    pub flags: Vec<String>,
}

/// What is known of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Name in configuration and manifests.
    pub name: &'static str,
    /// Table at VizieR.
    pub table: &'static str,
    /// Columns that are asked for there; at most 16, for more were seen to be dropped.
    pub request: &'static [&'static str],
    /// Which column is what: VizieR's names first, then those of the catalogue's own archive.
    pub columns: ColumnMap,
    /// Epoch of the positions, Julian year.
    pub epoch_yr: f64,
    /// Whether a proper motion of exactly zero in both coordinates means that none was measured.
    pub zero_motion_is_missing: bool,
    /// Numbers that stand for a missing value.
    pub sentinels: &'static [f64],
    /// Southern end of what the catalogue covers, degrees; `None` for all of the sky.
    pub dec_min_deg: Option<f64>,
}

/// Southern end of the 3 pi survey of Pan-STARRS, degrees (Chambers et al. 2016, arXiv:1612.05560).
const PS1_DEC_MIN_DEG: f64 = -30.0;

impl CatalogName {
    /// What is known of it.
    pub fn definition(self) -> Definition {
        match self {
            Self::UsnoB => Definition {
                name: "usnob",
                table: "I/284/out",
                request: &[
                    "USNO-B1.0",
                    "RAJ2000",
                    "DEJ2000",
                    "e_RAJ2000",
                    "e_DEJ2000",
                    "pmRA",
                    "pmDE",
                    "Ndet",
                    "Flags",
                    "B1mag",
                    "R1mag",
                    "B2mag",
                    "R2mag",
                ],
                columns: ColumnMap {
                    id: names(&["USNO-B1.0"]),
                    ra: names(&["RAJ2000"]),
                    dec: names(&["DEJ2000"]),
                    ra_err: names(&["e_RAJ2000"]),
                    dec_err: names(&["e_DEJ2000"]),
                    pm_ra: names(&["pmRA"]),
                    pm_dec: names(&["pmDE"]),
                    mag: names(&["R1mag", "R2mag"]),
                    mag_blue: names(&["B1mag", "B2mag"]),
                    n_detections: names(&["Ndet"]),
                    flags: names(&["Flags"]),
                    ..ColumnMap::default()
                },
                // Positions are given at J2000; the column Epoch is the mean epoch of the plates.
                epoch_yr: 2000.0,
                zero_motion_is_missing: true,
                sentinels: &[],
                dec_min_deg: None,
            },
            Self::Gaia => Definition {
                name: "gaia",
                table: "I/355/gaiadr3",
                request: &[
                    "Source",
                    "RA_ICRS",
                    "DE_ICRS",
                    "e_RA_ICRS",
                    "e_DE_ICRS",
                    "Plx",
                    "pmRA",
                    "pmDE",
                    "Gmag",
                    "BPmag",
                ],
                columns: ColumnMap {
                    id: names(&["Source", "source_id"]),
                    ra: names(&["RA_ICRS", "ra"]),
                    dec: names(&["DE_ICRS", "dec"]),
                    epoch: names(&["ref_epoch"]),
                    ra_err: names(&["e_RA_ICRS", "ra_error"]),
                    dec_err: names(&["e_DE_ICRS", "dec_error"]),
                    pm_ra: names(&["pmRA", "pmra"]),
                    pm_dec: names(&["pmDE", "pmdec"]),
                    parallax: names(&["Plx", "parallax"]),
                    mag: names(&["Gmag", "phot_g_mean_mag"]),
                    mag_blue: names(&["BPmag", "phot_bp_mean_mag"]),
                    ..ColumnMap::default()
                },
                epoch_yr: 2016.0,
                zero_motion_is_missing: false,
                sentinels: &[],
                dec_min_deg: None,
            },
            Self::Ps1 => Definition {
                name: "ps1",
                table: "II/389/ps1_dr2",
                request: &["objID", "RAJ2000", "DEJ2000", "Nd", "gmag", "rmag", "imag", "zmag"],
                columns: ColumnMap {
                    id: names(&["objID"]),
                    ra: names(&["RAJ2000", "raMean"]),
                    dec: names(&["DEJ2000", "decMean"]),
                    ra_err: names(&["e_RAJ2000"]),
                    dec_err: names(&["e_DEJ2000"]),
                    mag: names(&["rmag", "rMeanPSFMag", "imag", "iMeanPSFMag", "zmag", "gmag", "gMeanPSFMag"]),
                    mag_blue: names(&["gmag", "gMeanPSFMag"]),
                    n_detections: names(&["Nd", "nDetections"]),
                    ..ColumnMap::default()
                },
                epoch_yr: 2012.5,
                zero_motion_is_missing: false,
                sentinels: &[-999.0],
                dec_min_deg: Some(PS1_DEC_MIN_DEG),
            },
            Self::Tycho2 => Definition {
                name: "tycho2",
                table: "I/259/tyc2",
                // RAmdeg is blank for stars without a mean position; the observed position is always there.
                request: &["TYC1", "TYC2", "TYC3", "RA(ICRS)", "DE(ICRS)", "pmRA", "pmDE", "BTmag", "VTmag"],
                columns: ColumnMap {
                    id: names(&["TYC1", "TYC2", "TYC3"]),
                    ra: names(&["RA(ICRS)"]),
                    dec: names(&["DE(ICRS)"]),
                    pm_ra: names(&["pmRA"]),
                    pm_dec: names(&["pmDE"]),
                    mag: names(&["VTmag", "BTmag"]),
                    mag_blue: names(&["BTmag"]),
                    ..ColumnMap::default()
                },
                // Observed positions are of 1990.9 to 1992 (Hog et al. 2000, A&A 355, L27).
                epoch_yr: 1991.25,
                zero_motion_is_missing: false,
                sentinels: &[],
                dec_min_deg: None,
            },
            Self::Vsx => Definition {
                name: "vsx",
                table: "B/vsx/vsx",
                request: &["OID", "RAJ2000", "DEJ2000", "Type", "max"],
                columns: ColumnMap {
                    id: names(&["OID"]),
                    ra: names(&["RAJ2000"]),
                    dec: names(&["DEJ2000"]),
                    mag: names(&["max"]),
                    flags: names(&["Type"]),
                    ..ColumnMap::default()
                },
                epoch_yr: 2000.0,
                zero_motion_is_missing: false,
                sentinels: &[],
                dec_min_deg: None,
            },
        }
    }
}

impl ColumnMap {
    /// This map with every empty member taken from another.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let pick = |own: &[String], other: &[String]| if own.is_empty() { other.to_vec() } else { own.to_vec() };
        Self {
            id: pick(&self.id, &other.id),
            ra: pick(&self.ra, &other.ra),
            dec: pick(&self.dec, &other.dec),
            epoch: pick(&self.epoch, &other.epoch),
            ra_err: pick(&self.ra_err, &other.ra_err),
            dec_err: pick(&self.dec_err, &other.dec_err),
            pm_ra: pick(&self.pm_ra, &other.pm_ra),
            pm_dec: pick(&self.pm_dec, &other.pm_dec),
            parallax: pick(&self.parallax, &other.parallax),
            mag: pick(&self.mag, &other.mag),
            mag_blue: pick(&self.mag_blue, &other.mag_blue),
            n_detections: pick(&self.n_detections, &other.n_detections),
            flags: pick(&self.flags, &other.flags),
        }
    }
}

/// The photometric band that the name of a column tells.
pub(crate) fn band_of(column: &str) -> &str {
    match column {
        "phot_g_mean_mag" => "G",
        "phot_bp_mean_mag" => "BP",
        _ => column.strip_suffix("MeanPSFMag").or_else(|| column.strip_suffix("mag")).unwrap_or(column),
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalogue_asks_for_the_columns_that_it_maps() {
        for catalog in [CatalogName::UsnoB, CatalogName::Gaia, CatalogName::Ps1, CatalogName::Tycho2, CatalogName::Vsx]
        {
            let definition = catalog.definition();
            assert!(
                definition.request.len() <= 16,
                "{}: more than 16 columns were seen to be dropped",
                definition.name
            );
            let columns = &definition.columns;
            for member in [&columns.id, &columns.ra, &columns.dec, &columns.mag] {
                assert!(
                    definition.request.contains(&member[0].as_str()),
                    "{}: {} is not asked for",
                    definition.name,
                    member[0]
                );
            }
        }
    }

    #[test]
    fn the_band_is_in_the_name() {
        let bands = ["R1mag", "Gmag", "phot_g_mean_mag", "VTmag", "rmag", "rMeanPSFMag", "max"].map(band_of);
        assert_eq!(bands, ["R1", "G", "G", "VT", "r", "r", "max"]);
    }
}
