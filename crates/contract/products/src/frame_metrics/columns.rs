//! Columns of a frame's table of stars.

use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{Bool, F64, I32};

/// `<frame>_stars.csv`: stars in the order of their light within 3 x 3 pixels, the brightest first.
pub const STARS: &[ColumnSpec] = &[
    ColumnSpec::new("number", I32, "", "meta.id", "number of the star in this table, from 1"),
    ColumnSpec::new("x_image", F64, "pixel", "pos.cartesian.x;instr.det", "column; the centre of the first pixel is 1")
        .with_decimals(3),
    ColumnSpec::new("y_image", F64, "pixel", "pos.cartesian.y;instr.det", "row; the centre of the first pixel is 1")
        .with_decimals(3),
    ColumnSpec::new("flux_adu", F64, "adu", "phot.count", "light above the sky within the aperture").with_decimals(1),
    ColumnSpec::new("peak_adu", F64, "adu", "phot.count;stat.max", "largest pixel above the sky").with_decimals(1),
    ColumnSpec::new("fwhm_px", F64, "pixel", "phys.angSize", "FWHM of the Gaussian with the star's windowed moments")
        .with_decimals(3),
    ColumnSpec::new(
        "half_flux_radius_px",
        F64,
        "pixel",
        "phys.angSize",
        "radius of the circle that holds half of the light",
    )
    .with_decimals(3),
    ColumnSpec::new(
        "hfr_nina_px",
        F64,
        "pixel",
        "phys.angSize",
        "mean distance of the light from the centre (HFR of NINA)",
    )
    .with_decimals(3),
    ColumnSpec::new("eccentricity", F64, "", "src.ellipticity", "sqrt(1 - (b / a)^2) of the windowed moments")
        .with_decimals(3),
    ColumnSpec::new("angle_deg", F64, "deg", "pos.posAng", "direction of the long axis, -90 to 90, from x towards y")
        .with_decimals(1),
    ColumnSpec::new("saturated", Bool, "", "meta.code.qual", "a pixel reaches the saturation"),
];
