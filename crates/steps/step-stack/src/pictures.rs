//! Pictures of a stack and of what was left out of it.

use sky_plot::{ColourImage, GreyImage, autostretch};
use step_harness::{OutputError, UnitFiles};

use crate::config::StackConfig;
use crate::error::StackError;
use crate::members::Members;
use crate::scratch::{Map, Scratch};

/// Longest side of a picture, pixels; a larger stack is binned.
const LONGEST_PX: usize = 2000;

/// Writes both pictures.
pub(crate) fn write(
    config: &StackConfig,
    members: &Members,
    made: &mut Scratch,
    files: &mut UnitFiles,
) -> Result<(), StackError> {
    let (height, width) = made.shape;
    let binning = height.max(width).div_ceil(LONGEST_PX).max(1);
    let mut planes = Vec::new();
    for plane in 0..made.planes() {
        let mut bins = Bins::new(made.shape, binning);
        made.each_row::<StackError>(plane, |row| {
            bins.mean(row);
            Ok(())
        })?;
        planes.push(autostretch(&bins.means(), config.picture_background));
    }
    let (columns, rows) = (width.div_ceil(binning), height.div_ceil(binning));
    let png = match planes.as_slice() {
        [red, green, blue] => {
            let pixels = red.iter().zip(green).zip(blue).flat_map(|((r, g), b)| [*r, *g, *b]).collect();
            ColourImage { width: columns, height: rows, pixels }.to_png()?
        }
        _ => GreyImage { width: columns, height: rows, pixels: planes.swap_remove(0) }.to_png()?,
    };
    let put = |files: &mut UnitFiles, role: &str, suffix: &str, png: &[u8]| {
        files.write::<StackError>(role, suffix, None, |writer| {
            let at = |source| OutputError { path: suffix.into(), source };
            Ok(std::io::Write::write_all(writer, png).map_err(at)?)
        })
    };
    put(files, "picture", ".png", &png)?;
    let mut bins = Bins::new(made.shape, binning);
    for map in [Map::Low, Map::High] {
        bins.begin();
        made.each_map_row::<StackError>(map, |row| {
            bins.largest(row);
            Ok(())
        })?;
    }
    // A pixel that one frame of ten lost is a third of white; one that all lost would be white.
    let most = (members.frames.len() * members.planes) as f64;
    let grey = |lost: &f64| (255.0 * (lost / most).min(1.0).sqrt() + 0.5) as u8;
    let pixels = bins.sums.iter().map(grey).collect();
    let png = GreyImage { width: columns, height: rows, pixels }.to_png()?;
    put(files, "rejection_picture", "_rejection.png", &png)
}

/// An image in bins, made row by row.
struct Bins {
    binning: usize,
    columns: usize,
    row: usize,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Bins {
    fn new((height, width): (usize, usize), binning: usize) -> Self {
        let (columns, rows) = (width.div_ceil(binning), height.div_ceil(binning));
        Self { binning, columns, row: 0, sums: vec![0.0; columns * rows], counts: vec![0; columns * rows] }
    }

    /// Begins at the first row again.
    const fn begin(&mut self) {
        self.row = 0;
    }

    fn mean(&mut self, row: &[f32]) {
        let first = self.row / self.binning * self.columns;
        for (x, value) in row.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            self.sums[first + x / self.binning] += f64::from(*value);
            self.counts[first + x / self.binning] += 1;
        }
        self.row += 1;
    }

    fn largest(&mut self, row: &[u16]) {
        let first = self.row / self.binning * self.columns;
        for (x, value) in row.iter().enumerate() {
            let bin = &mut self.sums[first + x / self.binning];
            *bin = bin.max(f64::from(*value));
        }
        self.row += 1;
    }

    fn means(&self) -> Vec<f32> {
        let mean = |(sum, count): (&f64, &u32)| if *count == 0 { f32::NAN } else { (sum / f64::from(*count)) as f32 };
        self.sums.iter().zip(&self.counts).map(mean).collect()
    }
}
