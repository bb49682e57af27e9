//! Times of the kernels of detection on a field of 1024 x 1024 pixels with 1500 stars: best of several runs.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::time::Instant;

use ndarray::Array2;
use sky_background::BackgroundParams;
use sky_catalog::Isophotal;
use sky_detect::{DetectParams, Filter, Segmentation, detect};
use sky_image::Image;
use sky_photometry::{Field, Noise, PhotometryParams, aperture_flux, half_light_radius, kron_flux, windowed};

const SIDE_PX: usize = 1024;
const STARS: usize = 1500;
const RUNS: usize = 7;

/// A measurement of one source: its number, its place, its isophote.
type Measure<'a> = dyn Fn(u32, (f64, f64), &Isophotal) -> f64 + 'a;

fn main() {
    let scene = scene();
    let detection = DetectParams::default();
    let photometry = PhotometryParams::default();
    let whole = |detection: &DetectParams| {
        let image = Image::new(scene.clone());
        detect(image, detection, &BackgroundParams::default(), &photometry).expect("an image with a sky")
    };
    let found = whole(&detection);
    let sources = found.sources.len() as f64;
    println!("{} sources, {} threads", found.sources.len(), rayon::current_num_threads());
    print("detect and measure all", || whole(&detection), sources, "source");

    let filter = Filter::new(&detection.filter_kernel).expect("a kernel");
    let mut filtered = Array2::zeros(scene.dim());
    let pixels = scene.len() as f64;
    print("filter 3 x 3", || filter.apply(scene.view(), 0, &mut filtered), pixels, "pixel");
    print("owners from the segmentation", || Segmentation::new(&found.pixels, Vec::new()), pixels, "pixel");

    let field = Field::new(&found.pixels, &found.segmentation).expect("one shape");
    let noise = Noise { sky_adu: found.background.rms_adu, gain_e_per_adu: 1.0 };
    let each = |measure: &Measure| {
        let of = |s: &sky_catalog::Source| measure(s.number, (s.x_px, s.y_px), &s.isophotal);
        found.sources.iter().map(of).sum::<f64>()
    };
    let aperture = |number, at, _: &Isophotal| aperture_flux(&field, number, at, 2.5, noise).flux.adu;
    print("aperture of 5 px", || each(&aperture), sources, "source");
    let kron = |number, at, shape: &Isophotal| {
        kron_flux(&field, number, at, shape.moments.coefficients(), &photometry, noise).radius
    };
    print("Kron ellipse", || each(&kron), sources, "source");
    let radius =
        |number, at, shape: &Isophotal| half_light_radius(&field, number, at, shape.ellipse.major_px, shape.flux.adu);
    print("half-light radius", || each(&radius), sources, "source");
    let window = |number, at, shape: &Isophotal| windowed(&field, number, at, shape, 1.8, noise).0.x_px;
    print("windowed position", || each(&window), sources, "source");
}

/// Stars of FWHM 3 px on a sky of 1000 ADU with noise of 10 ADU; always the same.
fn scene() -> Array2<f32> {
    let mut scene = test_sky::white_noise(SIDE_PX, SIDE_PX, 10.0, 5);
    scene.mapv_inplace(|value| value + 1000.0);
    for star in 0..STARS {
        let (x, y) = ((star * 7919) % SIDE_PX, (star * 104_729 / 7) % SIDE_PX);
        let peak = 100.0 * (1 + star % 40) as f32;
        for (dy, dx) in (-8..=8_i64).flat_map(|dy| (-8..=8_i64).map(move |dx| (dy, dx))) {
            let (px, py) = (x as i64 + dx, y as i64 + dy);
            if (0..SIDE_PX as i64).contains(&px) && (0..SIDE_PX as i64).contains(&py) {
                let radius2 = (dx * dx + dy * dy) as f64;
                scene[[py as usize, px as usize]] += peak * libm::exp(-radius2 / 3.25) as f32;
            }
        }
    }
    scene
}

fn print<T>(what: &str, mut run: impl FnMut() -> T, number: f64, unit: &str) {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what:<30} {:9.3} ms, {:9.2} ns a {unit}", best * 1e3, best * 1e9 / number);
}
