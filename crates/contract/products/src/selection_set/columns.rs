//! Columns of a group's table of frames.

use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{Bool, F64, I32, Text};

/// `<group>_frames.csv`: every frame of the group in the order of its ids.
pub const FRAMES: &[ColumnSpec] = &[
    ColumnSpec::new("unit", Text, "", "meta.id", "the frame"),
    ColumnSpec::new("kept", Bool, "", "meta.code", "whether the frame is used"),
    ColumnSpec::new(
        "reasons",
        Text,
        "",
        "meta.note",
        "rules that it broke, joined by |, each as rule:value:limit; value or limit are blank where there is none",
    ),
    ColumnSpec::new("is_reference", Bool, "", "meta.code", "the frame that the others are laid on"),
    ColumnSpec::new("start_utc", Text, "", "time.start", "start of the exposure"),
    ColumnSpec::new("exposure_s", F64, "s", "time.duration;obs.exposure", "time that the shutter was open"),
    ColumnSpec::new("star_count", I32, "", "meta.number;src", "stars measured"),
    ColumnSpec::new("fwhm_px", F64, "pixel", "instr.obsty.seeing", "median FWHM").with_decimals(3),
    ColumnSpec::new("half_flux_radius_px", F64, "pixel", "phys.angSize", "median half-flux radius").with_decimals(3),
    ColumnSpec::new(
        "hfr_nina_px",
        F64,
        "pixel",
        "phys.angSize",
        "median of the flux-weighted mean radius (HFR of NINA)",
    )
    .with_decimals(3),
    ColumnSpec::new("eccentricity", F64, "", "src.ellipticity", "median eccentricity").with_decimals(3),
    ColumnSpec::new("background_adu", F64, "adu", "instr.background", "median level of the sky").with_decimals(2),
    ColumnSpec::new("noise_adu", F64, "adu", "stat.stdev;instr.background", "median scatter of a pixel of the sky")
        .with_decimals(3),
    ColumnSpec::new("trail_count", I32, "", "meta.number", "straight trails across the frame"),
    ColumnSpec::new(
        "transparency",
        F64,
        "",
        "phys.transmission",
        "median flux of the session's stars over their own median, on a scale on which the clearer quarter of the session begins at 1",
    )
    .with_decimals(4),
    ColumnSpec::new("matched_star_count", I32, "", "meta.number;src", "stars found again in the reference frame"),
    ColumnSpec::new(
        "occluded_fraction",
        F64,
        "",
        "stat.fraction",
        "share of the cells in which the session's stars are missing",
    )
    .with_decimals(3),
    ColumnSpec::new(
        "weighted_fwhm_px",
        F64,
        "pixel",
        "instr.obsty.seeing",
        "FWHM made larger by the stars of the reference that are missing: FWHM (1 + 2 (n_ref - n_matched) / n_ref)",
    )
    .with_decimals(3),
    ColumnSpec::new(
        "shift_x_px",
        F64,
        "pixel",
        "pos.cartesian.x",
        "where the centre of the reference lies on this frame",
    )
    .with_decimals(2),
    ColumnSpec::new("shift_y_px", F64, "pixel", "pos.cartesian.y", "the same along y").with_decimals(2),
    ColumnSpec::new("rotation_deg", F64, "deg", "pos.posAng", "turn against the reference, from x towards y")
        .with_decimals(4),
];
