//! Every column that both measure.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use std::path::Path;

use products::source_catalog::columns::{PSF_COLUMNS, SOURCE_COLUMNS};

use crate::both::{Measure, Plan, known_to};

/// Where source-extractor is installed with its network.
const NETWORK: &str = "/usr/share/source-extractor/default.nnw";

/// Columns that mean nothing across two catalogues, or that another test compares.
const LEFT_OUT: &[&str] =
    &["NUMBER", "ID_PARENT", "EXT_NUMBER", "VIGNET", "IMAFLAGS_ISO", "NIMAFLAGS_ISO", "NITER_WIN"];

const LOST_DIGITS: &str =
    "per squared degree theirs lose their digits; ours follow from A_WORLD, B_WORLD and THETA_WORLD, which agree";
const CONVERGENCE: &str = "ours count from north at the source; theirs differ by the convergence of the meridians";

/// What 90 % of the sources that are no part of a blend must agree to, where it is not one part in a thousand, and why.
const OTHERWISE: &[(&str, f64, &str)] = &[
    ("FLUX_APER", 0.02, "our apertures are exact, theirs cut pixels into 5 x 5"),
    ("FLUXERR_APER", 0.02, "as FLUX_APER"),
    ("MAG_APER", 0.02, "as FLUX_APER"),
    ("MAGERR_APER", 0.02, "as FLUX_APER"),
    (
        "FLUXERR_ISOCOR",
        f64::INFINITY,
        "by design: ours is the isophotal error through the correction, theirs an estimate",
    ),
    ("MAGERR_ISOCOR", f64::INFINITY, "as FLUXERR_ISOCOR"),
    ("FLUX_PETRO", 0.01, "the Petrosian radius lies on a grid: a step more or less takes in other light"),
    ("FLUXERR_PETRO", 0.01, "as FLUX_PETRO"),
    ("MAG_PETRO", 0.01, "as FLUX_PETRO"),
    ("MAGERR_PETRO", 0.01, "as FLUX_PETRO"),
    ("PETRO_RADIUS", 0.01, "as FLUX_PETRO"),
    ("ERRTHETA_IMAGE", 1.0, "an error ellipse that is nearly round has no axis"),
    ("ERRTHETA_WORLD", 1.0, "as ERRTHETA_IMAGE"),
    ("ERRTHETA_J2000", 1.0, "as ERRTHETA_IMAGE"),
    ("ERRTHETAWIN_IMAGE", 5.0, "as ERRTHETA_IMAGE"),
    ("ERRTHETAWIN_WORLD", 5.0, "as ERRTHETA_IMAGE"),
    ("ERRTHETAWIN_J2000", 5.0, "as ERRTHETA_IMAGE"),
    ("THETAWIN_IMAGE", 1.0, "a window that is nearly round has no axis"),
    ("THETAWIN_WORLD", 1.0, "as THETAWIN_IMAGE"),
    ("THETAWIN_J2000", 1.0, "as THETAWIN_IMAGE"),
    ("XYWIN_IMAGE", 5e-3, "pixels squared; the edge of the window"),
    ("POLARWIN_IMAGE", 5e-3, "of nearly round windows"),
    ("CLASS_STAR", 5e-3, "a difference, not a ratio"),
    ("CXX_WORLD", f64::INFINITY, LOST_DIGITS),
    ("CYY_WORLD", f64::INFINITY, LOST_DIGITS),
    ("CXY_WORLD", f64::INFINITY, LOST_DIGITS),
    ("CXXWIN_WORLD", f64::INFINITY, LOST_DIGITS),
    ("CYYWIN_WORLD", f64::INFINITY, LOST_DIGITS),
    ("CXYWIN_WORLD", f64::INFINITY, LOST_DIGITS),
    ("ERRCXX_WORLD", f64::INFINITY, LOST_DIGITS),
    ("ERRCYY_WORLD", f64::INFINITY, LOST_DIGITS),
    ("ERRCXY_WORLD", f64::INFINITY, LOST_DIGITS),
    ("ERRCXXWIN_WORLD", f64::INFINITY, LOST_DIGITS),
    ("ERRCYYWIN_WORLD", f64::INFINITY, LOST_DIGITS),
    ("ERRCXYWIN_WORLD", f64::INFINITY, LOST_DIGITS),
    ("CXYWIN_IMAGE", 0.005, CONVERGENCE),
    ("XYWIN_WORLD", 0.005, CONVERGENCE),
    ("ERRXYWIN_IMAGE", 0.05, CONVERGENCE),
    ("ERRXYWIN_WORLD", 0.05, CONVERGENCE),
    ("ERRX2_WORLD", 0.005, CONVERGENCE),
    ("ERRY2_WORLD", 0.005, CONVERGENCE),
    ("ERRXY_WORLD", 0.01, CONVERGENCE),
    ("X2_WORLD", 0.005, CONVERGENCE),
    ("Y2_WORLD", 0.005, CONVERGENCE),
    ("XY_WORLD", 0.01, CONVERGENCE),
    ("THETA_WORLD", 0.5, CONVERGENCE),
    ("THETA_J2000", 0.5, CONVERGENCE),
];

fn measure(name: &str) -> Measure {
    if name.contains("THETA") {
        Measure::Axis
    } else if ["MAG", "MU_", "POLAR"].iter().any(|start| name.starts_with(start))
        || ["CLASS_STAR", "FLAGS", "FLAGS_WIN", "XYWIN_IMAGE"].contains(&name)
        || name.ends_with("_J2000")
        || ["X_WORLD", "Y_WORLD", "XWIN_WORLD", "YWIN_WORLD"].contains(&name)
    {
        Measure::Difference
    } else {
        Measure::Ratio
    }
}

/// Degrees that two positions on the sky may differ: a hundredth of an arc second.
const SKY_DEG: f64 = 0.01 / 3600.0;

#[test]
fn every_column_of_one_sex_file_agrees_with_source_extractor() {
    let Some(plan) = Plan::new("every_column_of_one_sex_file_agrees_with_source_extractor", "i_sim/std/tile.fits.gz")
    else {
        return;
    };
    let known = known_to(plan.tool());
    let network = Path::new(NETWORK).is_file();
    let columns: Vec<&str> = SOURCE_COLUMNS
        .iter()
        .map(|column| column.spec.name)
        .filter(|name| known.iter().any(|known| known == name))
        .filter(|name| !LEFT_OUT.contains(name) && !PSF_COLUMNS.contains(name) && (network || *name != "CLASS_STAR"))
        .collect();
    let sex = format!(
        "STARNNW_NAME {NETWORK}\nSEEING_FWHM 4.5\nPHOT_APERTURES 5,8\nPHOT_FLUXFRAC 0.2,0.5,0.8\nMAG_ZEROPOINT 21.1\n"
    );
    let both = plan.run(&sex, &columns, "image.fits", &[("frames", "image.fits")]);
    assert!(both.pairs.len() > 3500, "{} pairs", both.pairs.len());
    let mut worse = Vec::new();
    for name in &columns {
        let kind = measure(name);
        let differences = both.differences(name, kind);
        let at = |share: f64| differences[((differences.len() - 1) as f64 * share) as usize];
        let is_place = kind == Measure::Difference && (name.ends_with("J2000") || name.ends_with("_WORLD"));
        let stated = OTHERWISE.iter().find(|(other, ..)| other == name).map(|(_, tolerance, _)| *tolerance);
        let tolerance = stated.unwrap_or(match kind {
            _ if is_place => SKY_DEG,
            Measure::Axis => 0.1,
            _ => 1e-3,
        });
        eprintln!(
            "  {name:<18} {:>5} {kind:?}: half within {:.1e}, 90 % within {:.1e}, 98 % within {:.1e}; allowed {tolerance:.1e}",
            differences.len(),
            at(0.5),
            at(0.9),
            at(0.98)
        );
        if at(0.9) > tolerance {
            worse.push(*name);
        }
    }
    assert!(columns.len() > 120, "{} columns are compared", columns.len());
    assert!(worse.is_empty(), "columns that differ by more than allowed: {worse:?}");
}
