//! The PSF model against truth and against PSFEx.

use std::path::Path;

use sky_coords::PixelPos;
use sky_psf::{PsfModel, PsfShape};
use sky_sim::SceneKind;

use crate::engines::{Pass, Workplace};
use crate::fields::Plate;
use crate::{Bench, Part, Row, Table, fields, kernels};

/// Largest error of the FWHM against truth.
const TRUTH_GOAL: f64 = 0.02;
/// Largest difference to PSFEx on real data.
const PSFEX_GOAL: f64 = 0.03;
/// Largest residual as a share of the peak.
const RESIDUAL_GOAL: f64 = 0.05;
/// Places on each side of the grid.
const PLACES: usize = 5;
/// Points on each side of a pixel over which the true profile is integrated.
const SUBPIXELS: usize = 8;

const SCENES: [(&str, SceneKind); 3] =
    [("standard", SceneKind::Standard), ("crowded", SceneKind::Crowded), ("varying-psf", SceneKind::VaryingPsf)];
/// The image of a simulated tile, beside its truth.
const SIMULATED_TILE: &str = "tile.fits.gz";
/// Real images with the lines that their `.sex` files get.
const IMAGES: [(&str, &str); 4] = [
    ("M67, POSS-I red XE486", "a_dss/dss1_red_M67_XE486.fits"),
    ("simulated standard tile", "i_sim/std/tile.fits.gz"),
    ("Seestar, NGC 7023", "c_camera/seestar_NGC7023/Light_NGC_7023_10.0s_IRCUT_20240730-224436.fit.gz"),
    ("DECam, z", "d_photometry/decam_testcase4/c4d_170316_062107_ooi_z_ls9.N2.fits"),
];

/// Runs it.
pub fn run(bench: &Bench) -> Result<Part, String> {
    let mut part = Part {
        title: "PSF model".into(),
        about: format!(
            "FWHM (pixel included) on a grid of {PLACES} x {PLACES} places, each side's model from its own first pass by the survey plan's configuration (degree 2). \
             The standard field varies from 2.5 to 3.2 px."
        ),
        ..Part::default()
    };
    for (name, kind) in SCENES.iter().take(if bench.quick { 1 } else { SCENES.len() }) {
        against_truth(bench, name, *kind, &mut part)?;
    }
    for (index, (name, file)) in IMAGES.iter().enumerate() {
        if let Err(why) = against_psfex(bench, index, name, file, &mut part) {
            part.rows.push(Row::not_measured(*name, "a model of both sides", why));
        }
    }
    Ok(part)
}

fn against_truth(bench: &Bench, name: &str, kind: SceneKind, part: &mut Part) -> Result<(), String> {
    let folder = bench.folder(&format!("psf-{name}"))?;
    let (params, render) = (kind.scene(bench.seed + 7), kind.render());
    let plate = fields::expose(&folder, &params, &render)?;
    let place = Workplace::new(bench, &plate.image, "")?;
    place.our_pass(Pass::First, Path::new(""), 2)?;
    place.their_pass(Pass::First, Path::new(""))?;
    place.their_psf(2)?;
    let theirs = kernels::read_model(&place.their_model())?;
    let mut config = kernels::psf_config(&place.folder.join("plan.psfex"))?;
    let build = kernels::build(&plate.image, &place.our_catalogue(Pass::First), &config)?;
    config.psf.degree = 3;
    let cubic = kernels::build(&plate.image, &place.our_catalogue(Pass::First), &config)?;
    let stars = stars(&plate);
    let errors = |model: &PsfModel| -> Vec<f64> {
        stars.iter().map(|(place, fwhm_px)| model.fwhm_px(*place) / effective_fwhm_px(*fwhm_px) - 1.0).collect()
    };
    let worst = |errors: &[f64]| errors.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN);
    let (ours, other) = (errors(&build.model), errors(&theirs));
    let percent = |value: f64| format!("{:+.1} %", 100.0 * value);
    let middle = |errors: &[f64]| sky_stats::median(&mut errors.to_vec()).unwrap_or(f64::NAN);
    let own = errors(&cubic.model);
    part.rows.push(Row::judged(
        format!("{name}: error of the model's FWHM at worst (median), ours (PSFEx's)"),
        format!("at most {:.0} %", 100.0 * TRUTH_GOAL),
        format!(
            "{} ({}); PSFEx's {} ({}); ours with degree 3 {}",
            percent(worst(&ours)),
            percent(middle(&ours)),
            percent(worst(&other)),
            percent(middle(&other)),
            percent(worst(&own))
        ),
        worst(&ours).abs() <= TRUTH_GOAL,
    ));
    residual(name, build.quality.residual_peak_fraction, part);
    part.rows.push(Row::shown(
        format!("{name}: stars of our model"),
        format!(
            "{} of {} selected, reduced chi-square {:.2}",
            build.quality.stars_used, build.quality.stars_loaded, build.quality.reduced_chi2
        ),
    ));
    Ok(())
}

fn against_psfex(bench: &Bench, index: usize, name: &str, file: &str, part: &mut Part) -> Result<(), String> {
    let folder = bench.folder(&format!("psf-real-{index}"))?;
    let image = bench.unpacked(file, &folder, "field.fits")?;
    let place = Workplace::new(bench, &image, "")?;
    place.our_pass(Pass::First, Path::new(""), 2)?;
    place.their_pass(Pass::First, Path::new(""))?;
    place.their_psf(2)?;
    let theirs = kernels::read_model(&place.their_model())?;
    let config = kernels::psf_config(&place.folder.join("plan.psfex"))?;
    let build = kernels::build(&image, &place.our_catalogue(Pass::First), &config)?;
    let size = sky_fits::ImageReader::open(&image)
        .and_then(|reader| reader.read())
        .map_err(|error| error.to_string())?
        .pixels
        .dim();
    let mut table = Table::new(
        format!("{name}: FWHM, ours / PSFEx (px), rows from the top"),
        &["y \\ x", "0", "1/4", "1/2", "3/4", "1"],
    );
    let mut ratios = Vec::new();
    for y in (0..PLACES).rev() {
        let mut cells = vec![format!("{y}/4")];
        for x in 0..PLACES {
            let at = |index: usize, size: usize| index as f64 / (PLACES - 1) as f64 * (size as f64 - 1.0);
            let place = PixelPos::new(at(x, size.1), at(y, size.0));
            let width = |model: &PsfModel| PsfShape::of(&model.at(place)).map_or(f64::NAN, |shape| shape.fwhm_px);
            let (ours, other) = (width(&build.model), width(&theirs));
            ratios.push(ours / other - 1.0);
            cells.push(format!("{ours:.2} / {other:.2}"));
        }
        table.rows.push(cells);
    }
    part.tables.push(table);
    let worst = ratios.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN);
    let middle = sky_stats::median(&mut ratios.clone()).unwrap_or(f64::NAN);
    let what = format!("{name}: FWHM of our model over PSFEx's");
    let measured = format!(
        "{:+.1} % at worst, {:+.1} % median; degree {} and {}",
        100.0 * worst,
        100.0 * middle,
        build.model.polynomial().degree(),
        theirs.polynomial().degree()
    );
    match file.strip_suffix(SIMULATED_TILE) {
        // The goal is one of real data; of a simulated tile the truth is known.
        Some(folder) => {
            part.rows.push(Row::shown(what, measured));
            let stars = tile_stars(bench, &format!("{folder}truth.fits.gz"), size)?;
            against_stars(name, &stars, &build.model, &theirs, part);
        }
        None => {
            let goal = format!("within {:.0} %", 100.0 * PSFEX_GOAL);
            part.rows.push(Row::judged(what, goal, measured, worst.abs() <= PSFEX_GOAL));
        }
    }
    residual(name, build.quality.residual_peak_fraction, part);
    // PSFEx keeps the stars near the plateau and nearly all others, and its polynomial follows no width.
    let mut alike = config.clone();
    alike.psf.follow_width = false;
    (alike.psf.plateau_fraction, alike.psf.chi2_clip_sigma, alike.psf.max_stars) = (1.0, 100.0, 1_000_000);
    if let Ok(alike) = kernels::build(&image, &place.our_catalogue(Pass::First), &alike) {
        let at = |index: usize, size: usize| index as f64 / (PLACES - 1) as f64 * (size as f64 - 1.0);
        let mut ratios: Vec<f64> = (0..PLACES * PLACES)
            .map(|k| PixelPos::new(at(k % PLACES, size.1), at(k / PLACES, size.0)))
            .map(|place| alike.model.fwhm_px(place) / theirs.fwhm_px(place) - 1.0)
            .collect();
        let worst = ratios.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN);
        let middle = sky_stats::median(&mut ratios).unwrap_or(f64::NAN);
        part.rows.push(Row::shown(
            format!("{name}: the same, with the stars near the plateau, no outlier rejected and a polynomial that follows no width, as PSFEx has it"),
            format!("{:+.1} % at worst, {:+.1} % median", 100.0 * worst, 100.0 * middle),
        ));
    }
    Ok(())
}

/// Both models against the widths that the stars of a simulated tile have.
fn against_stars(name: &str, stars: &[(PixelPos, f64)], ours: &PsfModel, theirs: &PsfModel, part: &mut Part) {
    let errors = |model: &PsfModel| -> Vec<f64> {
        stars.iter().map(|(place, fwhm_px)| model.fwhm_px(*place) / effective_fwhm_px(*fwhm_px) - 1.0).collect()
    };
    let worst = |errors: &[f64]| errors.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN);
    let middle = |errors: &[f64]| sky_stats::median(&mut errors.to_vec()).unwrap_or(f64::NAN);
    let (ours, theirs) = (errors(ours), errors(theirs));
    part.rows.push(Row::judged(
        format!("{name}: error of the model's FWHM at worst (median) of {} places, ours (PSFEx's)", stars.len()),
        format!("at most {:.0} %", 100.0 * TRUTH_GOAL),
        format!(
            "{:+.1} % ({:+.1} %); PSFEx's {:+.1} % ({:+.1} %)",
            100.0 * worst(&ours),
            100.0 * middle(&ours),
            100.0 * worst(&theirs),
            100.0 * middle(&theirs)
        ),
        worst(&ours).abs() <= TRUTH_GOAL,
    ));
}

/// The stars of a simulated tile nearest to the places of the grid, with the FWHM of their optical profile.
fn tile_stars(bench: &Bench, file: &str, (height, width): (usize, usize)) -> Result<Vec<(PixelPos, f64)>, String> {
    let truth = sky_fits::read_bintable(&bench.data(file)?, None).map_err(|error| error.to_string())?;
    let numbers = |name: &str| truth.numbers(name).map_err(|error| error.to_string());
    let (x, y, fwhm_px) = (numbers("X")?, numbers("Y")?, numbers("FWHM")?);
    let kinds = truth.texts("KIND").map_err(|error| error.to_string())?;
    let stars: Vec<(PixelPos, f64)> = (0..x.len())
        .filter(|&row| kinds[row].trim() == "star")
        .map(|row| (PixelPos::from_fits(x[row], y[row]), fwhm_px[row]))
        .collect();
    Ok(nearest_to_grid(&stars, (height, width)))
}

fn nearest_to_grid(stars: &[(PixelPos, f64)], (height, width): (usize, usize)) -> Vec<(PixelPos, f64)> {
    let at = |index: usize, size: usize| index as f64 / (PLACES - 1) as f64 * (size as f64 - 1.0);
    (0..PLACES * PLACES)
        .filter_map(|k| {
            let place = PixelPos::new(at(k % PLACES, width), at(k / PLACES, height));
            let squared = |star: &PixelPos| (star.x_px - place.x_px).powi(2) + (star.y_px - place.y_px).powi(2);
            stars.iter().min_by(|a, b| squared(&a.0).total_cmp(&squared(&b.0))).copied()
        })
        .collect()
}

fn residual(name: &str, fraction: f64, part: &mut Part) {
    part.rows.push(Row::judged(
        format!("{name}: largest mean residual over the peak"),
        format!("below {:.0} %", 100.0 * RESIDUAL_GOAL),
        format!("{:.1} %", 100.0 * fraction),
        fraction < RESIDUAL_GOAL,
    ));
}

/// The stars nearest to the places of the grid, with the FWHM of their optical profile.
fn stars(plate: &Plate) -> Vec<(PixelPos, f64)> {
    let stars = plate.truth.iter().filter(|truth| truth.is_star);
    let stars: Vec<(PixelPos, f64)> =
        stars.map(|truth| (PixelPos::from_fits(truth.x, truth.y), truth.fwhm_px)).collect();
    nearest_to_grid(&stars, plate.mask.dim())
}

/// FWHM of a Moffat profile of exponent 3 with its pixel: sqrt of the product along the rows and along the diagonal.
fn effective_fwhm_px(fwhm_px: f64) -> f64 {
    let alpha2 = 0.25 * fwhm_px * fwhm_px / (libm::cbrt(2.0) - 1.0);
    let offset = |k: usize| (k as f64 + 0.5) / SUBPIXELS as f64 - 0.5;
    let pixel = |x: f64, y: f64| -> f64 {
        let point = |k: usize| {
            let (dx, dy) = (x + offset(k % SUBPIXELS), y + offset(k / SUBPIXELS));
            let base = 1.0 + (dx * dx + dy * dy) / alpha2;
            1.0 / (base * base * base)
        };
        (0..SUBPIXELS * SUBPIXELS).map(point).sum()
    };
    let width = |cos: f64, sin: f64| {
        let (mut inner, mut outer) = (0.0, 3.0 * fwhm_px);
        for _ in 0..40 {
            let middle = 0.5 * (inner + outer);
            if pixel(middle * cos, middle * sin) > 0.5 * pixel(0.0, 0.0) { inner = middle } else { outer = middle }
        }
        inner + outer
    };
    let half = std::f64::consts::FRAC_1_SQRT_2;
    (width(1.0, 0.0) * width(half, half)).sqrt()
}
