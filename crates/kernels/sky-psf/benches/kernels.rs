//! Seconds of the PSF kernels on a field of 2118 x 2118 pixels: `cargo bench -p sky-psf`.
#![allow(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
#[path = "../tests/scene/mod.rs"]
mod scene;

use std::time::Instant;

use scene::{stars, varying_fwhm_px};
use sky_psf::{FitParams, FitTarget, PsfParams, build_psf, fit_sources, select_stars};

const SIZE: usize = 2118;
/// Stars on a side: 4,624 in all, as the standard tile has detections.
const SIDE: usize = 68;
const RUNS: usize = 7;

/// Smallest seconds of the runs.
fn best(mut run: impl FnMut()) -> f64 {
    (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() {
    let scene = stars(SIZE, SIDE, varying_fwhm_px(SIZE), 31);
    let (image, candidates) = (scene.image(), &scene.candidates);
    let quadratic = PsfParams::default();
    let model = build_psf(&image, candidates, &quadratic).expect("good stars").model;
    let targets: Vec<FitTarget> =
        candidates.iter().map(|c| FitTarget { position: c.position, flux_adu: c.flux_adu }).collect();
    println!("{} stars on {SIZE} x {SIZE} pixels, smallest of {RUNS} runs", candidates.len());
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let select = best(|| drop(select_stars(&image, candidates, &quadratic)));
            let second = best(|| drop(build_psf(&image, candidates, &quadratic).expect("good stars")));
            let cubic = best(|| drop(build_psf(&image, candidates, &PsfParams { degree: 3, ..PsfParams::default() }).expect("good stars")));
            let fits = best(|| drop(fit_sources(&image, &model, &targets, &FitParams::default()).expect("valid")));
            println!(
                "{threads} threads: selection {:.1} ms, model of degree 2 {:.1} ms, of degree 3 {:.1} ms, {} fits {:.1} ms ({:.1} us a fit)",
                1e3 * select,
                1e3 * second,
                1e3 * cubic,
                targets.len(),
                1e3 * fits,
                1e6 * fits / targets.len() as f64
            );
        });
    }
}
