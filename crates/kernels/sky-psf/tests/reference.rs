//! Model and fits against truth, PSFEx and source-extractor, on a simulated tile and on the M67 plate.
#![allow(clippy::print_stderr, reason = "a comparison says what it compared")]

#[allow(dead_code, unreachable_pub, reason = "shared by several test programs")]
mod peer;
#[allow(dead_code, unreachable_pub, reason = "shared by several test programs")]
mod scene;

use std::path::Path;

use peer::{Field, matches};
use scene::{effective_fwhm_px, median};
use sky_catalog::PsfMeasurement;
use sky_coords::PixelPos;
use sky_psf::{FitParams, FitTarget, PsfModel, PsfParams, PsfShape, build_psf, fit_sources};
use test_sky::assert_close;

/// What is known of the stars of the simulated tile.
struct Truth {
    /// Isolated, unmasked and unsaturated stars.
    positions: Vec<PixelPos>,
    fluxes: Vec<f64>,
    fwhm_px: Vec<f64>,
}

fn truth(path: &Path) -> Truth {
    let table = sky_fits::read_bintable(path, None).expect("the truth can be read");
    let number = |name: &str| table.numbers(name).expect("a column of the truth");
    let kinds = table.texts("KIND").expect("a column of the truth");
    let (x, y, flux, fwhm) = (number("X"), number("Y"), number("FLUX"), number("FWHM"));
    let logical = |name: &str| match &table.column(name).expect("a column of the truth").values {
        sky_fits::Values::Logical(values) => values.iter().map(|value| *value == Some(true)).collect::<Vec<bool>>(),
        other => panic!("{name} holds {other:?}, expected logicals"),
    };
    let (saturated, isolated, mask) = (logical("SATURATED"), logical("ISOLATED"), number("MASK"));
    let plain = |k: &usize| kinds[*k].trim() == "star" && !saturated[*k] && isolated[*k] && mask[*k] == 0.0;
    let stars: Vec<usize> = (0..x.len()).filter(plain).collect();
    Truth {
        positions: stars.iter().map(|&k| PixelPos::from_fits(x[k], y[k])).collect(),
        fluxes: stars.iter().map(|&k| flux[k]).collect(),
        fwhm_px: stars.iter().map(|&k| fwhm[k]).collect(),
    }
}

fn fit(field: &Field, model: &PsfModel) -> Vec<PsfMeasurement> {
    let target = |c: &sky_psf::PsfCandidate| FitTarget { position: c.position, flux_adu: c.flux_adu };
    let targets: Vec<FitTarget> = field.candidates.iter().map(target).collect();
    fit_sources(&field.image(), model, &targets, &FitParams::default()).expect("valid parameters")
}

fn places(found: &[PsfMeasurement]) -> Vec<PixelPos> {
    found.iter().map(|m| PixelPos::new(m.x_px, m.y_px)).collect()
}

fn grid(field: &Field) -> Vec<PixelPos> {
    let (height, width) = field.pixels.dim();
    let place = |index: usize, size: usize| 0.25 * index as f64 * (size as f64 - 1.0);
    (0..25).map(|k| PixelPos::new(place(k % 5, width), place(k / 5, height))).collect()
}

#[test]
fn width_and_spread_are_those_of_the_simulated_tile() {
    let Some(data) = test_sky::real_data("psf_width_and_spread_are_those_of_the_simulated_tile") else { return };
    let Some(field) = Field::detect(&data.join("i_sim/std/tile.fits.gz")) else { return };
    let truth = truth(&data.join("i_sim/std/truth.fits.gz"));
    let build = build_psf(&field.image(), &field.candidates, &PsfParams::default()).expect("many good stars");
    let params = PsfParams { degree: 3, ..PsfParams::default() };
    let cubic = build_psf(&field.image(), &field.candidates, &params).expect("many good stars");
    let psfex = field.psfex();
    let (mut worst, mut worst_cubic, mut worst_psfex) = (0.0_f64, 0.0_f64, 0.0_f64);
    for place in grid(&field) {
        let squared = |k: &usize| {
            (truth.positions[*k].x_px - place.x_px).powi(2) + (truth.positions[*k].y_px - place.y_px).powi(2)
        };
        let nearest = (0..truth.positions.len()).min_by(|a, b| squared(a).total_cmp(&squared(b))).expect("stars");
        let star = truth.positions[nearest];
        let expected = effective_fwhm_px(truth.fwhm_px[nearest]);
        worst = worst.max((build.model.fwhm_px(star) / expected - 1.0).abs());
        worst_cubic = worst_cubic.max((cubic.model.fwhm_px(star) / expected - 1.0).abs());
        worst_psfex = psfex.iter().fold(worst_psfex, |worst, m| worst.max((m.fwhm_px(star) / expected - 1.0).abs()));
    }
    let found = fit(&field, &build.model);
    let pairs: Vec<(usize, usize)> = matches(&truth.positions, &places(&found), 2.0)
        .into_iter()
        .filter(|&(_, k)| field.candidates[k].snr > 20.0)
        .collect();
    let spread = median(pairs.iter().map(|&(_, k)| found[k].spread_model).collect());
    let flux = median(pairs.iter().map(|&(t, k)| found[k].flux_adu / truth.fluxes[t]).collect());
    let shift = median(pairs.iter().map(|&(t, k)| found[k].x_px - truth.positions[t].x_px).collect());
    eprintln!(
        "i_sim/std: {} detections, {} true stars, {} matched; stars of the model {} of {}; FWHM off by at most {worst:.4}, with degree 3 {worst_cubic:.4} (PSFEx {worst_psfex:.4}); \
         SPREAD_MODEL median {spread:.5}; flux over truth {flux:.4}; column minus truth {shift:.4} px",
        found.len(),
        truth.positions.len(),
        pairs.len(),
        build.quality.stars_used,
        build.quality.stars_loaded,
    );
    assert!(pairs.len() >= 1000, "{} stars compared, expected 1000", pairs.len());
    assert!(worst <= 0.05, "FWHM off by {worst:.4} of the truth on a 5 x 5 grid");
    assert!(worst_cubic <= 0.03, "FWHM off by {worst_cubic:.4} of the truth with degree 3");
    assert!(spread.abs() <= 0.001, "median SPREAD_MODEL of stars {spread:.5}");
    assert_close!(flux, 1.0, abs = 0.03, "PSF flux over true flux");
    assert_close!(shift, 0.0, abs = 0.02, "PSF positions have no bias");
}

#[test]
fn source_extractor_accepts_the_model_and_measures_the_same() {
    let Some(data) = test_sky::real_data("psf_source_extractor_accepts_the_model_and_measures_the_same") else {
        return;
    };
    let Some(field) = Field::detect(&data.join("a_dss/dss1_red_M67_XE486.fits")) else { return };
    let build = build_psf(&field.image(), &field.candidates, &PsfParams::default()).expect("many good stars");
    let theirs = field.fit_with(&build);
    let found = fit(&field, &build.model);
    let column = |name: &str| theirs.numbers(name).expect("a column of pass 2");
    let (x, y, snr, flags) = (column("X_IMAGE"), column("Y_IMAGE"), column("SNR_WIN"), column("FLAGS"));
    let (spread, flux, magnitude) = (column("SPREAD_MODEL"), column("FLUX_PSF"), column("MAG_PSF"));
    let (x_psf, y_psf) = (column("XPSF_IMAGE"), column("YPSF_IMAGE"));
    let positions: Vec<PixelPos> = x.iter().zip(&y).map(|(x, y)| PixelPos::from_fits(*x, *y)).collect();
    let given: Vec<PixelPos> = field.candidates.iter().map(|c| c.position).collect();
    let matched = matches(&positions, &given, 1.0);
    let good = |&&(t, k): &&(usize, usize)| snr[t] > 30.0 && flags[t] == 0.0 && found[k].flags == 0 && flux[t] > 0.0;
    let compared: Vec<(usize, usize)> = matched.iter().filter(good).copied().collect();
    // Bright stars of this plate are nothing like its PSF: both say so, with numbers that depend on the pixels taken.
    let like_stars: Vec<(usize, usize)> = compared.iter().copied().filter(|&(t, _)| spread[t].abs() < 0.01).collect();
    let difference = median(like_stars.iter().map(|&(t, k)| (found[k].spread_model - spread[t]).abs()).collect());
    let ratio = median(like_stars.iter().map(|&(t, k)| found[k].flux_adu / flux[t]).collect());
    let distance_px = median(
        like_stars
            .iter()
            .map(|&(t, k)| (found[k].x_px + 1.0 - x_psf[t]).hypot(found[k].y_px + 1.0 - y_psf[t]))
            .collect(),
    );
    let magnitudes = magnitude.iter().filter(|mag| **mag < 90.0).count();
    eprintln!(
        "M67: {} rows of ours, {} of source-extractor, {} matched, {} compared, {} of them like stars: SPREAD_MODEL differs by {difference:.5} (median), \
         flux ratio {ratio:.4}, distance {distance_px:.4} px; {magnitudes} rows with MAG_PSF",
        found.len(),
        x.len(),
        matched.len(),
        compared.len(),
        like_stars.len(),
    );
    assert!(like_stars.len() >= 200, "{} sources compared, expected 200", like_stars.len());
    assert!(difference <= 0.001, "SPREAD_MODEL with the same model differs by {difference:.5}");
    assert_close!(ratio, 1.0, abs = 0.03, "FLUX_PSF with the same model");
    // Measured 0.053 px: stars of two pixels FWHM, down to SNR 30, weighted differently (ours allow for the model's accuracy).
    assert!(distance_px <= 0.08, "positions with the same model differ by {distance_px:.4} px");
    assert!(magnitudes * 10 >= x.len() * 8, "{magnitudes} of {} rows have a MAG_PSF", x.len());
}

#[test]
fn psfex_models_are_read_and_fitted() {
    let Some(data) = test_sky::real_data("psf_psfex_models_are_read_and_fitted") else { return };
    let Some(field) = Field::detect(&data.join("a_dss/dss1_red_M67_XE486.fits")) else { return };
    let Some(psfex) = field.psfex() else { return };
    let ours = build_psf(&field.image(), &field.candidates, &PsfParams::default()).expect("many good stars").model;
    let widths = |model: &PsfModel| {
        let width = |place: &PixelPos| PsfShape::of(&model.at(*place)).expect("a peak").fwhm_px;
        grid(&field).iter().map(width).collect::<Vec<f64>>()
    };
    let (mine, theirs) = (widths(&ours), widths(&psfex));
    let fitted = fit(&field, &psfex);
    let good = fitted.iter().filter(|m| m.flags == 0 && m.spread_model.is_finite()).count();
    eprintln!(
        "M67: median FWHM on a 5 x 5 grid {:.3} px (ours), {:.3} px (PSFEx); {good} of {} sources fitted with PSFEx's model",
        median(mine.clone()),
        median(theirs.clone()),
        fitted.len()
    );
    assert!(good * 10 >= fitted.len() * 9, "{good} of {} sources fitted with PSFEx's model", fitted.len());
    assert!(mine.iter().all(|fwhm| (1.5..=4.0).contains(fwhm)), "widths of a plate at 1.7 arcsec a pixel: {mine:?}");
}
