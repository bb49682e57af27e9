//! Columns of a reference catalogue: the same for every catalogue, in this order.

use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{F64, I32, Text};

/// One row of a reference catalogue. Positions are those of the catalogue at `epoch_yr`; nobody has moved them yet.
pub const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::new("id", Text, "", "meta.id;meta.main", "identifier in the catalogue, exact"),
    ColumnSpec::new("ra_deg", F64, "deg", "pos.eq.ra;meta.main", "right ascension, ICRS, at epoch_yr").with_decimals(9),
    ColumnSpec::new("dec_deg", F64, "deg", "pos.eq.dec;meta.main", "declination, ICRS, at epoch_yr").with_decimals(9),
    ColumnSpec::new("epoch_yr", F64, "yr", "time.epoch", "Julian epoch of the position"),
    ColumnSpec::new(
        "ra_err_mas",
        F64,
        "mas",
        "stat.error;pos.eq.ra",
        "standard error of the right ascension (times cos Dec)",
    ),
    ColumnSpec::new("dec_err_mas", F64, "mas", "stat.error;pos.eq.dec", "standard error of the declination"),
    ColumnSpec::new(
        "pm_ra_mas_yr",
        F64,
        "mas/yr",
        "pos.pm;pos.eq.ra",
        "proper motion in right ascension, times cos Dec; missing if not measured",
    ),
    ColumnSpec::new(
        "pm_dec_mas_yr",
        F64,
        "mas/yr",
        "pos.pm;pos.eq.dec",
        "proper motion in declination; missing if not measured",
    ),
    ColumnSpec::new("parallax_mas", F64, "mas", "pos.parallax", "parallax"),
    ColumnSpec::new("mag", F64, "mag", "phot.mag", "magnitude nearest to the red plate; see mag_band"),
    ColumnSpec::new("mag_band", Text, "", "meta.id;instr.filter", "band of mag: G, r, R1, R2, VT ..."),
    ColumnSpec::new("mag_blue", F64, "mag", "phot.mag", "a bluer magnitude of the same catalogue: BP, g, B1, BT"),
    ColumnSpec::new("n_detections", I32, "", "meta.number", "detections that the entry rests on"),
    ColumnSpec::new("flags", Text, "", "meta.code", "flags of the catalogue as they stand there"),
];
