//! Columns of kept and dropped detections.

use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{Bool, F64, I32, Text};

/// One judged detection. `_kept.csv` and `_dropped.csv` share these; in the first `reasons` is empty.
pub const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::new("unit", Text, "", "meta.id;meta.main", "tile"),
    ColumnSpec::new("number", I32, "", "meta.id", "NUMBER of the detection in its source catalogue"),
    ColumnSpec::new(
        "is_candidate",
        Bool,
        "",
        "meta.code",
        "kept, every veto that the verdict needs was there, and no catalogue has it elsewhere",
    ),
    ColumnSpec::new(
        "veto_status",
        Text,
        "",
        "meta.code",
        "complete, or unknown where evidence was allowed to be missing",
    ),
    ColumnSpec::new(
        "reasons",
        Text,
        "",
        "meta.note",
        "ordered reasons `rule(value;threshold)` joined by `|`; empty if kept",
    ),
    ColumnSpec::new("ra_deg", F64, "deg", "pos.eq.ra;meta.main", "right ascension, tied where the tie is ok")
        .with_decimals(9),
    ColumnSpec::new("dec_deg", F64, "deg", "pos.eq.dec;meta.main", "declination, tied where the tie is ok")
        .with_decimals(9),
    ColumnSpec::new("astrometric_solution", Text, "", "meta.code", "plate or tan, `+tie` where tied"),
    ColumnSpec::new("x_image", F64, "pix", "pos.cartesian.x;instr.det", "column, centre of the first pixel is 1")
        .with_decimals(3),
    ColumnSpec::new("y_image", F64, "pix", "pos.cartesian.y;instr.det", "row, centre of the first pixel is 1")
        .with_decimals(3),
    ColumnSpec::new("plate_id", Text, "", "meta.id;obs.image", "plate: XE486"),
    ColumnSpec::new("plate_x_mm", F64, "mm", "pos.cartesian.x", "column on the plate from its centre").with_decimals(4),
    ColumnSpec::new("plate_y_mm", F64, "mm", "pos.cartesian.y", "row on the plate from its centre").with_decimals(4),
    ColumnSpec::new("mjd_mid", F64, "d", "time.epoch", "modified Julian date of mid-exposure").with_decimals(5),
    ColumnSpec::new(
        "mag_auto_instrumental",
        F64,
        "mag",
        "phot.mag;instr",
        "MAG_AUTO, instrumental density magnitude, not calibrated",
    )
    .with_decimals(4),
    // Columns that rules decide by keep all digits: the ledger must give the same verdict from what is stored.
    ColumnSpec::new("snr_win", F64, "", "stat.snr", "signal to noise in the Gaussian window"),
    ColumnSpec::new("fwhm_image_px", F64, "pix", "phys.angSize", "FWHM_IMAGE"),
    ColumnSpec::new("elongation", F64, "", "src.ellipticity", "A_IMAGE / B_IMAGE"),
    ColumnSpec::new("spread_model", F64, "", "src.class.starGalaxy", "SPREAD_MODEL"),
    ColumnSpec::new("spread_model_err", F64, "", "stat.error;src.class.starGalaxy", "SPREADERR_MODEL").with_decimals(6),
    ColumnSpec::new("flags", I32, "", "meta.code.qual", "FLAGS"),
    ColumnSpec::new("mask_bits", I32, "", "meta.code.qual", "IMAFLAGS_ISO: bits of the mask under the detection"),
    ColumnSpec::new("masked", Bool, "", "meta.code.qual", "a bit of the mask that drops detections is set under it"),
    ColumnSpec::new("x_extent_px", F64, "pix", "phys.angSize", "XMAX_IMAGE - XMIN_IMAGE"),
    ColumnSpec::new("y_extent_px", F64, "pix", "phys.angSize", "YMAX_IMAGE - YMIN_IMAGE"),
    ColumnSpec::new("edge_distance_px", F64, "pix", "pos.angDistance", "distance to the nearest edge of the tile")
        .with_decimals(2),
    ColumnSpec::new("edge_distance_arcsec", F64, "arcsec", "pos.angDistance", "the same in arc seconds")
        .with_decimals(2),
    ColumnSpec::new("is_core", Bool, "", "meta.code", "at least 60 arcsec and 200 px from the edge"),
    ColumnSpec::new(
        "fwhm_ratio",
        F64,
        "",
        "phys.angSize;arith.ratio",
        "FWHM_IMAGE over the median of the 15 nearest stars of the tile",
    )
    .with_decimals(4),
    ColumnSpec::new("spread_z", F64, "", "stat.value", "SPREAD_MODEL in standard deviations of the tile's stars")
        .with_decimals(3),
    ColumnSpec::new("is_star", Bool, "", "src.class", "one of the stars that the tile's shapes are calibrated with"),
    ColumnSpec::new("hires", Bool, "", "meta.code", "the plate was scanned finer than 1.2 arcsec a pixel"),
    ColumnSpec::new(
        "spike_star_mag",
        F64,
        "mag",
        "phot.mag",
        "star that comes closest to breaking the rule of the line",
    ),
    ColumnSpec::new("spike_separation_arcsec", F64, "arcsec", "pos.angDistance", "its distance"),
    ColumnSpec::new("bright_star_mag", F64, "mag", "phot.mag", "nearest star as bright as the constant rule asks for"),
    ColumnSpec::new("bright_star_separation_arcsec", F64, "arcsec", "pos.angDistance", "its distance"),
    ColumnSpec::new(
        "gaia_separation_arcsec",
        F64,
        "arcsec",
        "pos.angDistance",
        "nearest Gaia source within the radius",
    ),
    ColumnSpec::new("ps1_separation_arcsec", F64, "arcsec", "pos.angDistance", "nearest PS1 source within the radius"),
    ColumnSpec::new(
        "usnob_separation_arcsec",
        F64,
        "arcsec",
        "pos.angDistance",
        "nearest USNO-B1.0 source within the radius",
    ),
    ColumnSpec::new(
        "chance_of_veto",
        F64,
        "",
        "stat.probability",
        "probability that chance alone puts a source of a veto catalogue within the radius",
    )
    .with_decimals(5),
    ColumnSpec::new(
        "class",
        Text,
        "",
        "meta.code.class",
        "what a kept row counts as: candidate, moved (a star that a catalogue has elsewhere today), unconfirmed (a catalogue is missing by permission)",
    ),
    ColumnSpec::new(
        "usnob_separation_by_motion_arcsec",
        F64,
        "arcsec",
        "pos.angDistance",
        "nearest USNO-B1.0 source that only its proper motion brings within the radius; counts nowhere",
    ),
    ColumnSpec::new("moved_catalog", Text, "", "meta.id;meta.table", "catalogue that has the source today"),
    ColumnSpec::new("moved_id", Text, "", "meta.id.cross", "its identifier there"),
    ColumnSpec::new(
        "moved_separation_arcsec",
        F64,
        "arcsec",
        "pos.angDistance",
        "its distance from the place on the plate",
    )
    .with_decimals(3),
    ColumnSpec::new("moved_motion_mas_yr", F64, "mas/yr", "pos.pm", "the motion that bridges it").with_decimals(1),
    ColumnSpec::new(
        "moved_chance",
        F64,
        "",
        "stat.probability",
        "probability that an unrelated source of like brightness lies so near",
    )
    .with_decimals(5),
];
