//! Fits against what was put into the scene.
#![allow(clippy::print_stderr, reason = "a test says what it measured")]

#[allow(dead_code, unreachable_pub, reason = "shared by several test programs")]
mod scene;

use ndarray::Array2;
use scene::{Scene, median, moffat, stars, varying_fwhm_px};
use sky_catalog::PsfMeasurement;
use sky_coords::PixelPos;
use sky_psf::{FitParams, FitTarget, Noise, PsfImage, PsfModel, PsfParams, build_psf, fit_flags, fit_sources};
use sky_stats::NoiseCorrelation;
use test_sky::assert_close;

const SIZE: usize = 900;

fn model_of(scene: &Scene) -> PsfModel {
    build_psf(&scene.image(), &scene.candidates, &PsfParams::default()).expect("many good stars").model
}

fn targets(scene: &Scene) -> Vec<FitTarget> {
    scene.candidates.iter().map(|c| FitTarget { position: c.position, flux_adu: c.flux_adu }).collect()
}

fn fit(image: &PsfImage<'_>, model: &PsfModel, targets: &[FitTarget]) -> Vec<PsfMeasurement> {
    fit_sources(image, model, targets, &FitParams::default()).expect("valid parameters")
}

#[test]
fn point_sources_have_no_spread_and_no_trend() {
    let scene = stars(SIZE, 24, varying_fwhm_px(SIZE), 21);
    let found = fit(&scene.image(), &model_of(&scene), &targets(&scene));
    let middle = median(found.iter().map(|m| m.spread_model).collect());
    let scatter = 1.4826 * median(found.iter().map(|m| (m.spread_model - middle).abs()).collect());
    let error = median(found.iter().map(|m| m.spread_model_err).collect());
    let half = SIZE as f64 / 2.0;
    let side = |high: bool| {
        median(found.iter().filter(|m| (m.x_px + m.y_px > 2.0 * half) == high).map(|m| m.spread_model).collect())
    };
    let trend = side(true) - side(false);
    eprintln!("SPREAD_MODEL median {middle:.6}, scatter {scatter:.6}, error {error:.6}, trend {trend:.6}");
    assert!(middle.abs() <= 0.001, "median SPREAD_MODEL of stars {middle:.6}");
    assert!(trend.abs() <= 0.001, "SPREAD_MODEL differs by {trend:.6} between the halves of the field");
    assert!(scatter <= 1.5 * error, "scatter {scatter:.6} against a quoted error of {error:.6}");
}

#[test]
fn flux_and_position_scatter_as_their_errors_say() {
    let scene = stars(SIZE, 24, varying_fwhm_px(SIZE), 22);
    let found = fit(&scene.image(), &model_of(&scene), &targets(&scene));
    let faint: Vec<usize> = (0..found.len()).filter(|&k| scene.candidates[k].snr < 200.0).collect();
    assert!(faint.len() >= 150, "{} stars of SNR below 200", faint.len());
    let pull = |of: &dyn Fn(usize) -> f64| {
        let pulls: Vec<f64> = faint.iter().map(|&k| of(k)).collect();
        let middle = median(pulls.clone());
        (middle, 1.4826 * median(pulls.into_iter().map(|p| (p - middle).abs()).collect()))
    };
    let (x_bias, x_pull) = pull(&|k| (found[k].x_px - scene.positions[k].x_px) / found[k].x_err_px);
    let (_, y_pull) = pull(&|k| (found[k].y_px - scene.positions[k].y_px) / found[k].y_err_px);
    let (_, flux_pull) = pull(&|k| (found[k].flux_adu - scene.fluxes[k]) / found[k].flux_err_adu);
    eprintln!("pulls: x {x_bias:.2} {x_pull:.2}, y {y_pull:.2}, flux {flux_pull:.2}");
    for (name, found) in [("x", x_pull), ("y", y_pull), ("flux", flux_pull)] {
        assert_close!(found, 1.0, abs = 0.25, "scatter of {name} in units of its error");
    }
    let ratio = median((0..found.len()).map(|k| found[k].flux_adu / scene.fluxes[k]).collect());
    assert_close!(ratio, 1.0, abs = 0.04, "the flux is that of the whole PSF but for its wings beyond the grid");
    let bias = median((0..found.len()).map(|k| found[k].x_px - scene.positions[k].x_px).collect());
    assert_close!(bias, 0.0, abs = 0.005, "columns are not shifted");
}

#[test]
fn chi_square_is_one_on_white_noise() {
    let scene = stars(SIZE, 24, varying_fwhm_px(SIZE), 23);
    let found = fit(&scene.image(), &model_of(&scene), &targets(&scene));
    // Brighter ones have less: the accuracy of the model is part of the noise that is allowed for.
    let faint = found.iter().zip(&scene.candidates).filter(|(_, candidate)| candidate.snr < 200.0);
    assert_close!(median(faint.map(|(m, _)| m.reduced_chi2).collect()), 1.0, abs = 0.1, "stars of SNR below 200");
}

/// White noise smeared by a Gaussian of standard deviation 0.75 px: its correlation is exp(-r^2 / 2.25), as that of grain.
fn grain(size: usize, sigma_adu: f64, seed: u64) -> (Array2<f32>, NoiseCorrelation) {
    const HALF: i64 = 4;
    let white = test_sky::white_noise(size + 2 * HALF as usize, size + 2 * HALF as usize, 1.0, seed);
    let weight = |d: i64| libm::exp(-((d * d) as f64) / 1.125);
    let norm: f64 = (-HALF..=HALF).map(|d| weight(d) * weight(d)).sum();
    let smeared = Array2::from_shape_fn((size, size), |(y, x)| {
        let of_row = |dy: i64| -> f64 {
            let row = (y as i64 + HALF + dy) as usize;
            (-HALF..=HALF).map(|dx| weight(dx) * f64::from(white[(row, (x as i64 + HALF + dx) as usize)])).sum()
        };
        (sigma_adu * (-HALF..=HALF).map(|dy| weight(dy) * of_row(dy)).sum::<f64>() / norm) as f32
    });
    (smeared, NoiseCorrelation::from_fn(6, |dx, dy| libm::exp(-((dx * dx + dy * dy) as f64) / 2.25)))
}

#[test]
fn on_grain_errors_hold_and_positions_are_better_than_those_of_independent_pixels() {
    const SIDE: usize = 36;
    let model = model_of(&stars(SIZE, 24, |_| 2.8, 25));
    let (mut pixels, correlation) = grain(SIZE, 10.0, 26);
    let spacing = SIZE as f64 / SIDE as f64;
    let turn = |k: usize, step: f64| (k as f64 * step).fract() - 0.5;
    let truth: Vec<(PixelPos, f64)> = (0..SIDE * SIDE)
        .map(|k| {
            let x = ((k % SIDE) as f64 + 0.5) * spacing + turn(k, 0.754_877_67);
            let y = ((k / SIDE) as f64 + 0.5) * spacing + turn(k, 0.569_840_29);
            (PixelPos::new(x, y), 2000.0 + 2000.0 * (turn(k, 0.618_033_99) + 0.5))
        })
        .collect();
    for (place, flux_adu) in &truth {
        scene::add(&mut pixels, *place, *flux_adu, |dx, dy| moffat(dx, dy, 2.8));
    }
    let targets: Vec<FitTarget> =
        truth.iter().map(|(position, flux_adu)| FitTarget { position: *position, flux_adu: *flux_adu }).collect();
    let image = PsfImage::new(pixels.view(), None, Noise::Uniform(10.0), 0.0).expect("a valid image");
    let independent = fit(&image, &model, &targets);
    let found = fit(&image.with_correlation(Some(&correlation)), &model, &targets);
    let scatter = |values: Vec<f64>| {
        let middle = median(values.clone());
        1.4826 * median(values.into_iter().map(|value| (value - middle).abs()).collect())
    };
    let x_error = |found: &[PsfMeasurement]| {
        scatter(found.iter().zip(&truth).map(|(m, (place, _))| m.x_px - place.x_px).collect())
    };
    let pulls = |found: &[PsfMeasurement]| {
        let of = |pull: &dyn Fn(&PsfMeasurement, &(PixelPos, f64)) -> f64| {
            scatter(found.iter().zip(&truth).map(|(m, t)| pull(m, t)).collect())
        };
        [of(&|m, t| (m.x_px - t.0.x_px) / m.x_err_px), of(&|m, t| (m.flux_adu - t.1) / m.flux_err_adu)]
    };
    let ratio = x_error(&found) / x_error(&independent);
    let chi2 = median(found.iter().map(|m| m.reduced_chi2).collect());
    let (before, after) = (pulls(&independent), pulls(&found));
    eprintln!("{} stars: scatter of x {ratio:.2}, pulls {before:.2?} and {after:.2?}, chi2 {chi2:.2}", truth.len());
    assert!(before.iter().all(|pull| *pull > 1.5), "errors of independent pixels are too small on grain: {before:.2?}");
    assert!(ratio < 0.85, "the inverse covariance of this noise promises 0.75: {ratio:.2}");
    for (name, pull) in ["x", "flux"].iter().zip(after) {
        assert_close!(pull, 1.0, abs = 0.2, "scatter of {name} in units of its error");
    }
    assert_close!(chi2, 1.0, abs = 0.15, "behind the filter the noise is as large as before");
}

#[test]
fn wide_sources_are_positive_and_hot_pixels_negative() {
    let fwhm_px = varying_fwhm_px(SIZE);
    let scene = stars(SIZE, 24, &fwhm_px, 24);
    let model = model_of(&scene);
    let place = PixelPos::new(50.3, 50.6);
    let measure = |profile: &dyn Fn(f64, f64) -> f64| {
        let mut pixels = test_sky::white_noise(101, 101, 10.0, 5);
        scene::add(&mut pixels, place, 20_000.0, profile);
        let image = PsfImage::new(pixels.view(), None, Noise::Uniform(10.0), 0.0).expect("valid");
        fit(&image, &model, &[FitTarget { position: place, flux_adu: 20_000.0 }])[0]
    };
    let width = fwhm_px(place);
    let wide = measure(&|dx, dy| moffat(dx, dy, 1.5 * width));
    let sharp = measure(&|dx, dy| moffat(dx, dy, 0.4 * width));
    assert!(wide.spread_model > 5.0 * wide.spread_model_err, "1.5 times the PSF: {wide:?}");
    assert!(sharp.spread_model < -5.0 * sharp.spread_model_err, "0.4 times the PSF: {sharp:?}");
}

#[test]
fn blended_pairs_are_told_apart() {
    let fwhm_px = varying_fwhm_px(SIZE);
    let scene = stars(SIZE, 24, &fwhm_px, 25);
    let model = model_of(&scene);
    let mut pixels = test_sky::white_noise(400, 400, 10.0, 6);
    let (mut truth, mut pairs) = (Vec::new(), Vec::new());
    for k in 0..49_usize {
        let place = PixelPos::new(40.0 + 50.0 * (k % 7) as f64 + 0.13 * k as f64, 40.0 + 50.0 * (k / 7) as f64);
        let second = PixelPos::new(place.x_px + 4.2, place.y_px + 1.0);
        for (place, flux) in [(place, 30_000.0), (second, 15_000.0)] {
            scene::add(&mut pixels, place, flux, |dx, dy| moffat(dx, dy, fwhm_px(place)));
            truth.push((place, flux));
            // As a detection would have it: pulled to the other one, flux shared wrongly.
            pairs.push(FitTarget { position: PixelPos::new(place.x_px + 0.2, place.y_px - 0.1), flux_adu: 22_000.0 });
        }
    }
    let image = PsfImage::new(pixels.view(), None, Noise::Uniform(10.0), 0.0).expect("valid");
    let found = fit(&image, &model, &pairs);
    let worst = |of: &dyn Fn(usize) -> f64| median((0..found.len()).map(of).collect());
    let distance_px = worst(&|k| (found[k].x_px - truth[k].0.x_px).abs());
    let flux_error = worst(&|k| (found[k].flux_adu / truth[k].1 - 1.0).abs());
    eprintln!("pairs 4.3 px apart: median distance {distance_px:.4} px, flux off by {flux_error:.4}");
    assert!(distance_px <= 0.03, "positions of blended stars off by {distance_px:.4} px");
    assert!(flux_error <= 0.03, "fluxes of blended stars off by {flux_error:.4}");
    assert!(found.iter().all(|m| m.flags & fit_flags::NOT_CONVERGED == 0), "all converge");
}

#[test]
fn a_shifted_scene_shifts_the_centroids() {
    let scene = stars(300, 8, |_| 2.8, 26);
    let model = model_of(&scene);
    let shifted = Array2::from_shape_fn((300, 300), |(y, x)| if x >= 7 { scene.pixels[(y, x - 7)] } else { 0.0 });
    let image = PsfImage::new(shifted.view(), None, Noise::Uniform(scene.sigma_adu), 0.0).expect("valid");
    let before = fit(&scene.image(), &model, &targets(&scene));
    let moved: Vec<FitTarget> = targets(&scene)
        .into_iter()
        .map(|t| FitTarget { position: PixelPos::new(t.position.x_px + 7.0, t.position.y_px), ..t })
        .collect();
    let after = fit(&image, &model, &moved);
    let inside = (0..before.len()).filter(|&k| scene.positions[k].x_px < 270.0);
    for k in inside {
        assert_close!(after[k].x_px - before[k].x_px, 7.0, abs = 2e-2, "star {k} moves with the scene");
    }
}

#[test]
fn sources_that_cannot_be_fitted_are_flagged_not_dropped() {
    let scene = stars(300, 8, |_| 2.8, 27);
    let model = model_of(&scene);
    let mut mask = Array2::<u16>::zeros((300, 300));
    mask.slice_mut(ndarray::s![100..130, 100..130]).fill(sky_image::mask_bits::NO_DATA);
    let noise = Noise::Uniform(scene.sigma_adu);
    let image = PsfImage::new(scene.pixels.view(), Some(mask.view()), noise, 0.0).expect("valid");
    let at = |x_px: f64, y_px: f64| FitTarget { position: PixelPos::new(x_px, y_px), flux_adu: 1000.0 };
    let found = fit(&image, &model, &[at(115.0, 115.0), at(0.5, 150.0), at(f64::NAN, 10.0), at(-50.0, 10.0)]);
    assert_eq!(found.len(), 4, "one measurement a target");
    assert!(found[0].flags & fit_flags::FEW_PIXELS != 0 && found[0].flux_adu.is_nan(), "masked: {:?}", found[0]);
    assert!(found[1].flags & fit_flags::EDGE != 0, "at the edge: {:?}", found[1]);
    assert!(found[2].flags & fit_flags::FEW_PIXELS != 0, "without a position: {:?}", found[2]);
    assert!(found[3].flags & fit_flags::FEW_PIXELS != 0, "outside: {:?}", found[3]);
}

#[test]
fn any_number_of_threads_gives_the_same_numbers() {
    let scene = stars(SIZE, 24, varying_fwhm_px(SIZE), 28);
    let model = model_of(&scene);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| format!("{:?}", fit(&scene.image(), &model, &targets(&scene))))
    };
    let one = with(1);
    assert_eq!(with(2), one, "two threads against one");
    assert_eq!(with(8), one, "eight threads against one");
}

#[test]
fn nothing_to_fit_is_nothing_found() {
    let scene = stars(300, 8, |_| 2.8, 29);
    assert!(fit(&scene.image(), &model_of(&scene), &[]).is_empty(), "no target, no measurement");
}
