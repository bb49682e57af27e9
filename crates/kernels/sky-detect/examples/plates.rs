//! Time and memory of detection against the area: plates of 1, 4, 16 and 44 tiles, made of mirrored copies of one.
//!
//! `cargo run --release -p sky-detect --example plates -- tile.fits scratch.fits [tiles ...]`: each plate is written as a
//! 16-bit FITS file, read, and searched with the survey plan's configuration. Peak memory is that of the process so far.
#![allow(clippy::print_stdout, reason = "a measurement prints what it measured")]

use std::error::Error;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use ndarray::Array2;
use sky_background::BackgroundParams;
use sky_detect::{DetectParams, detect};
use sky_image::Image;
use sky_photometry::PhotometryParams;

/// Tiles of the plates. 44 tiles of 2118 pixels cover a plate of 14,000 x 14,000.
const TILES: &[f64] = &[1.0, 4.0, 16.0, 44.0];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tile, scratch, tiles @ ..] = arguments.as_slice() else {
        return Err("expected: tile.fits scratch.fits [tiles ...]".into());
    };
    let tiles: Vec<f64> = tiles.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    for &tiles in if tiles.is_empty() { TILES } else { &tiles } {
        measure(Path::new(tile), Path::new(scratch), tiles)?;
    }
    Ok(())
}

fn measure(tile: &Path, scratch: &Path, tiles: f64) -> Result<(), Box<dyn Error>> {
    write_plate(tile, scratch, tiles)?;
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let image = sky_fits::ImageReader::open(scratch)?.read()?;
    let (height, width) = image.pixels.dim();
    let photometry = PhotometryParams { gain_e_per_adu: 1.0, ..PhotometryParams::default() };
    let found = detect(Image::new(image.pixels), &DetectParams::default(), &BackgroundParams::default(), &photometry)?;
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        "{tiles:>4} tiles, {width} x {height}: {:>6} sources, {wall:6.2} s wall, {cpu:6.2} s processor ({:.3} s a tile), peak {} MiB",
        found.sources.len(),
        cpu / tiles,
        peak_kib() / 1024
    );
    Ok(())
}

/// A square plate with the area of so many tiles.
fn write_plate(tile: &Path, path: &Path, tiles: f64) -> Result<(), Box<dyn Error>> {
    let tile = sky_fits::ImageReader::open(tile)?.read()?;
    let (height, width) = tile.pixels.dim();
    let side = |size: usize| (size as f64 * tiles.sqrt()) as usize;
    let mirrored = |place: usize, size: usize| {
        let (copy, rest) = (place / size, place % size);
        if copy % 2 == 0 { rest } else { size - 1 - rest }
    };
    let plate = Array2::from_shape_fn((side(height), side(width)), |(y, x)| {
        tile.pixels[[mirrored(y, height), mirrored(x, width)]] as i16
    });
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    sky_fits::write_image(&mut file, &sky_image::Header::new(), sky_fits::PixelData::I16(&plate))?;
    file.into_inner()?;
    Ok(())
}

/// Processor seconds of this process (Linux; 0 elsewhere).
fn cpu_seconds() -> f64 {
    /// Ticks a second of /proc, the same on all Linux systems.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    // Fields 14 and 15 of the line: user and system time.
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
    ticks / TICKS
}

/// Peak memory of this process so far (Linux; 0 elsewhere).
fn peak_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}
