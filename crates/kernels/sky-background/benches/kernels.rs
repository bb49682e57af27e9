//! Times of the background on 2048 x 2048 pixels of noise: best of several runs.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::time::Instant;

use sky_background::{Background, BackgroundParams, cell_statistics};
use sky_image::Image;

const SIDE_PX: usize = 2048;
const RUNS: usize = 7;

fn main() {
    let mut pixels = test_sky::white_noise(SIDE_PX, SIDE_PX, 10.0, 5);
    pixels.mapv_inplace(|value| value + 1000.0);
    let cell: Vec<f32> = pixels.iter().take(64 * 64).copied().collect();
    let image = Image::new(pixels);
    let params = BackgroundParams::default();
    let background = Background::estimate(&image, &params).expect("an image with a sky");
    let mut row = vec![0.0; SIDE_PX];
    let mut target = image.pixels.clone();
    let pixels = image.pixels.len() as f64;
    println!("{} threads", rayon::current_num_threads());
    print("estimate", || Background::estimate(&image, &params), pixels);
    print("subtract", || background.subtract_from(&mut target), pixels);
    print("one cell of 64 x 64", || cell_statistics(&cell, 2.5), cell.len() as f64);
    print("one row of the spline", || background.level.row(777, &mut row), SIDE_PX as f64);
}

fn print<T>(what: &str, mut run: impl FnMut() -> T, pixels: f64) {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what:<30} {:9.3} ms, {:9.3} ns a pixel", best * 1e3, best * 1e9 / pixels);
}
