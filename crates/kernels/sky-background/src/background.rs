//! The background of one image.

use ndarray::Array2;
use rayon::prelude::*;
use sky_image::Image;
use sky_stats::median_f32;

use crate::cell::{CellStatistics, Scratch, statistics};
use crate::floor::{NoiseOrigin, counted_noise};
use crate::mesh::{Mesh, fill_bad, median_filter};
use crate::params::{BackgroundParams, EXCLUDED_FROM_BACKGROUND};

/// Smallest share of good pixels that a cell needs.
const MIN_GOOD_SHARE: f64 = 0.5;
/// Rows that one task of a parallel loop takes; results do not depend on it.
const ROWS_PER_TASK: usize = 32;

/// Level and noise of the sky over an image, ADU.
#[derive(Clone, Debug, PartialEq)]
pub struct Background {
    /// Level.
    pub level: Mesh,
    /// Noise.
    pub rms: Mesh,
    /// Median of the cells' levels (SExtractor's "Background").
    pub level_adu: f64,
    /// Median of the cells' noises (SExtractor's "RMS", in units of which DETECT_THRESH is). 0 where nothing says what it is.
    pub rms_adu: f64,
    /// Where the noise comes from.
    pub noise: NoiseOrigin,
    /// Cells of the mesh.
    pub n_cells: usize,
    /// Cells with too few good pixels, which took their neighbours' values.
    pub n_bad_cells: usize,
}

/// The image has no background.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BackgroundError {
    /// Too few good pixels everywhere.
    #[error(
        "no cell of the background mesh has enough good pixels: {width} x {height} pixels, cells of {mesh_px}, all with more than half of their pixels masked or not finite"
    )]
    NoGoodCell {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Side of a cell.
        mesh_px: u32,
    },
    /// No pixel at all.
    #[error("the image has {width} x {height} pixels; the background needs at least one")]
    Empty {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// The mask belongs to another image.
    #[error("the mask has {mask_width} x {mask_height} pixels, the image {width} x {height}; they must be equal")]
    MaskShape {
        /// Columns of the mask.
        mask_width: usize,
        /// Rows of the mask.
        mask_height: usize,
        /// Columns of the image.
        width: usize,
        /// Rows of the image.
        height: usize,
    },
}

impl Background {
    /// Estimates the background of `image`; pixels that are not finite or carry a bit of
    /// [`EXCLUDED_FROM_BACKGROUND`] take no part.
    pub fn estimate(image: &Image, params: &BackgroundParams) -> Result<Self, BackgroundError> {
        let (height, width) = image.pixels.dim();
        if width == 0 || height == 0 {
            return Err(BackgroundError::Empty { width, height });
        }
        if let Some(mask) = image.mask.as_ref().filter(|mask| mask.dim() != image.pixels.dim()) {
            let (mask_height, mask_width) = mask.dim();
            return Err(BackgroundError::MaskShape { mask_width, mask_height, width, height });
        }
        let cell_px = params.mesh_px.max(1) as usize;
        let (n_rows, n_columns) = (height.div_ceil(cell_px), width.div_ceil(cell_px));
        let cells: Vec<Option<CellStatistics>> = (0..n_rows)
            .into_par_iter()
            .map(|row| row_of_cells(image, row, cell_px, n_columns, params.pearson_factor))
            .collect::<Vec<_>>()
            .concat();
        let cells = Array2::from_shape_fn((n_rows, n_columns), |(row, column)| cells[row * n_columns + column]);

        let n_bad_cells = cells.iter().filter(|cell| cell.is_none()).count();
        let filled = fill_bad(&cells, mean_of_cells).ok_or(BackgroundError::NoGoodCell {
            width,
            height,
            mesh_px: params.mesh_px,
        })?;
        let mut level = filled.map(|cell| cell.level_adu);
        let mut rms = filled.map(|cell| cell.rms_adu);
        median_filter(&mut level, &mut rms, params.filter_cells as usize, params.filter_threshold_adu as f32);
        let (mut rms_adu, mut noise) = (global_rms(&rms), NoiseOrigin::Measured);
        if rms_adu <= 0.0 {
            (rms_adu, noise) = counted_noise(&mut good_pixels(image));
            rms.fill(rms_adu as f32);
        }
        Ok(Self {
            level_adu: f64::from(median_f32(&mut level.iter().copied().collect::<Vec<_>>()).unwrap_or(0.0)),
            rms_adu,
            noise,
            level: Mesh::new(level, cell_px, width),
            rms: Mesh::new(rms, cell_px, width),
            n_cells: n_rows * n_columns,
            n_bad_cells,
        })
    }

    /// Subtracts the level from `pixels`, which have the shape of the image that it was estimated on.
    pub fn subtract_from(&self, pixels: &mut Array2<f32>) {
        let width = pixels.ncols();
        let Some(slice) = pixels.as_slice_mut() else {
            for (y, mut row) in pixels.rows_mut().into_iter().enumerate() {
                let mut level = vec![0.0; width];
                self.level.row(y, &mut level);
                row.iter_mut().zip(&level).for_each(|(pixel, level)| *pixel -= level);
            }
            return;
        };
        slice.par_chunks_mut(ROWS_PER_TASK * width).enumerate().for_each(|(task, rows)| {
            let mut level = vec![0.0; width];
            for (offset, row) in rows.chunks_exact_mut(width).enumerate() {
                self.level.row(task * ROWS_PER_TASK + offset, &mut level);
                row.iter_mut().zip(&level).for_each(|(pixel, level)| *pixel -= level);
            }
        });
    }

    /// Takes this noise in place of one that is not known.
    pub fn assume_noise(&mut self, rms_adu: f64) {
        self.rms_adu = rms_adu;
        self.rms = self.rms.filled_with(rms_adu as f32);
    }

    /// The level at every pixel of an image of `height` rows.
    pub fn level_image(&self, height: usize) -> Array2<f32> {
        whole(&self.level, height)
    }

    /// The noise at every pixel of an image of `height` rows.
    pub fn rms_image(&self, height: usize) -> Array2<f32> {
        whole(&self.rms, height)
    }
}

fn whole(mesh: &Mesh, height: usize) -> Array2<f32> {
    let mut image = Array2::zeros((height, mesh.width()));
    for (y, mut row) in image.rows_mut().into_iter().enumerate() {
        if let Some(row) = row.as_slice_mut() {
            mesh.row(y, row);
        }
    }
    image
}

fn row_of_cells(
    image: &Image,
    row: usize,
    cell_px: usize,
    n_columns: usize,
    pearson_factor: f64,
) -> Vec<Option<CellStatistics>> {
    let (height, width) = image.pixels.dim();
    let rows = row * cell_px..((row + 1) * cell_px).min(height);
    let mut scratch = Scratch::default();
    let mut good = Vec::with_capacity(cell_px * cell_px);
    (0..n_columns)
        .map(|column| {
            let columns = column * cell_px..((column + 1) * cell_px).min(width);
            good.clear();
            for y in rows.clone() {
                let pixels = image.pixels.row(y);
                let pixels = pixels.as_slice().map(|pixels| &pixels[columns.clone()]);
                match (pixels, &image.mask) {
                    (Some(pixels), None) if pixels.iter().all(|pixel| pixel.is_finite()) => {
                        good.extend_from_slice(pixels);
                    }
                    _ => good.extend(columns.clone().filter_map(|x| {
                        let masked =
                            image.mask.as_ref().is_some_and(|mask| mask[[y, x]] & EXCLUDED_FROM_BACKGROUND != 0);
                        Some(image.pixels[[y, x]]).filter(|pixel| pixel.is_finite() && !masked)
                    })),
                }
            }
            let enough = good.len() as f64 >= MIN_GOOD_SHARE * (rows.len() * columns.len()) as f64;
            if enough { statistics(&good, pearson_factor, &mut scratch) } else { None }
        })
        .collect()
}

/// The pixels that say something about the sky.
fn good_pixels(image: &Image) -> Vec<f32> {
    let is_masked =
        |at: (usize, usize)| image.mask.as_ref().is_some_and(|mask| mask[at] & EXCLUDED_FROM_BACKGROUND != 0);
    image
        .pixels
        .indexed_iter()
        .filter(|(at, pixel)| pixel.is_finite() && !is_masked(*at))
        .map(|(_, pixel)| *pixel)
        .collect()
}

fn mean_of_cells(cells: &[CellStatistics]) -> CellStatistics {
    let n = cells.len() as f32;
    CellStatistics {
        level_adu: cells.iter().map(|cell| cell.level_adu).sum::<f32>() / n,
        rms_adu: cells.iter().map(|cell| cell.rms_adu).sum::<f32>() / n,
    }
}

/// Median of the cells' noises, or of those that have any where the median is zero.
fn global_rms(rms: &Array2<f32>) -> f64 {
    let mut all: Vec<f32> = rms.iter().copied().collect();
    let median = median_f32(&mut all).unwrap_or(0.0);
    if median > 0.0 {
        return f64::from(median);
    }
    all.retain(|value| *value > 0.0);
    f64::from(median_f32(&mut all).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_sky::{assert_close, white_noise};

    #[test]
    fn a_gradient_is_followed_and_the_noise_found() {
        let mut pixels = white_noise(256, 256, 5.0, 3);
        for ((y, x), pixel) in pixels.indexed_iter_mut() {
            *pixel += 1000.0 + 0.5 * x as f32 + 0.2 * y as f32;
        }
        let background =
            Background::estimate(&Image::new(pixels.clone()), &BackgroundParams::default()).expect("good pixels");
        assert_close!(background.level_adu, 1000.0 + 0.7 * 127.5, abs = 3.0, "the median cell lies in the middle");
        background.subtract_from(&mut pixels);
        let mean = pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / pixels.len() as f64;
        assert_close!(mean, 0.0, abs = 1.0, "nothing is left but noise");
    }

    #[test]
    fn masked_and_missing_pixels_take_no_part() {
        let mut pixels = white_noise(128, 128, 5.0, 4);
        pixels.mapv_inplace(|v| v + 100.0);
        let mut mask = Array2::zeros((128, 128));
        for y in 0..64 {
            for x in 0..64 {
                pixels[[y, x]] = f32::NAN;
                pixels[[y + 64, x]] = 9000.0;
                mask[[y + 64, x]] = sky_image::mask_bits::BRIGHT_STAR;
            }
        }
        let image = Image { pixels, mask: Some(mask) };
        let background = Background::estimate(&image, &BackgroundParams::default()).expect("half of it is good");
        assert_eq!((background.n_cells, background.n_bad_cells), (4, 2));
        assert_close!(background.level_adu, 100.0, abs = 1.0, "bad cells took their good neighbours' level");
    }

    #[test]
    fn images_without_sky_are_refused_by_type() {
        let none =
            Background::estimate(&Image::new(Array2::from_elem((10, 10), f32::NAN)), &BackgroundParams::default());
        assert!(matches!(none, Err(BackgroundError::NoGoodCell { .. })), "{none:?}");
        let empty = Background::estimate(&Image::new(Array2::zeros((0, 5))), &BackgroundParams::default());
        assert!(matches!(empty, Err(BackgroundError::Empty { .. })), "{empty:?}");
        let constant = Background::estimate(&Image::new(Array2::from_elem((1, 1), 5.0)), &BackgroundParams::default());
        let constant = constant.expect("one pixel has a level");
        assert_eq!((constant.level_adu, constant.rms_adu), (5.0, 0.0));
    }
}
