//! A large frame, written row by row so that making it takes no memory that a test could mistake for a step's.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// Stars stand on a grid of this spacing, shifted a little.
const SPACING_PX: usize = 64;
/// Width of a star.
const FWHM_PX: f64 = 3.0;
/// Scatter of the sky, ADU.
const SIGMA_ADU: f64 = 10.0;
/// Level of the sky, ADU.
const SKY_ADU: f64 = 1000.0;
/// A FITS block.
const BLOCK_BYTES: usize = 2880;

/// A star of a large frame.
#[derive(Clone, Copy, Debug)]
pub struct LargeFrameStar {
    /// Column; the centre of the first pixel is 0.
    pub x_px: f64,
    /// Row.
    pub y_px: f64,
    /// Flux, ADU.
    pub flux_adu: f64,
}

/// Writes a square frame of 16-bit pixels with a star every 64 pixels; gives the stars.
///
/// # Errors
/// When the disk refuses.
pub fn write_large_frame(path: &Path, side_px: usize) -> io::Result<Vec<LargeFrameStar>> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let mut header = String::new();
    let side = side_px.to_string();
    for (name, value) in
        [("SIMPLE", "T"), ("BITPIX", "16"), ("NAXIS", "2"), ("NAXIS1", side.as_str()), ("NAXIS2", side.as_str())]
    {
        header.push_str(&format!("{name:<8}= {value:>20}{:50}", ""));
    }
    header.push_str(&format!("{:<80}", "END"));
    file.write_all(format!("{header:<BLOCK_BYTES$}").as_bytes())?;
    let cells = side_px / SPACING_PX;
    let stars: Vec<LargeFrameStar> = (0..cells * cells)
        .map(|star| {
            let jitter = (star as f64 * 0.618_033_99).fract();
            let place = |cell: usize| (cell as f64 + 0.5) * SPACING_PX as f64;
            LargeFrameStar {
                x_px: place(star % cells) + 4.0 * jitter,
                y_px: place(star / cells) - 4.0 * jitter,
                flux_adu: 8000.0 * (1.0 + 3.0 * jitter),
            }
        })
        .collect();
    let sigma_px = FWHM_PX / 2.354_820_045;
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut row_bytes = Vec::with_capacity(2 * side_px);
    for row in 0..side_px {
        let mut values: Vec<f64> = (0..side_px).map(|_| SKY_ADU + SIGMA_ADU * noise(&mut seed)).collect();
        let cell_row = row / SPACING_PX;
        if cell_row < cells {
            for star in &stars[cell_row * cells..(cell_row + 1) * cells] {
                let from = star.x_px as usize - 8;
                for (column, value) in values.iter_mut().enumerate().skip(from).take(17) {
                    let (dx, dy) = (column as f64 - star.x_px, row as f64 - star.y_px);
                    let peak = star.flux_adu / (2.0 * std::f64::consts::PI * sigma_px * sigma_px);
                    *value += peak * libm::exp(-(dx * dx + dy * dy) / (2.0 * sigma_px * sigma_px));
                }
            }
        }
        row_bytes.clear();
        values.iter().for_each(|value| row_bytes.extend_from_slice(&(value.round() as i16).to_be_bytes()));
        file.write_all(&row_bytes)?;
    }
    let rest = (2 * side_px * side_px).next_multiple_of(BLOCK_BYTES) - 2 * side_px * side_px;
    file.write_all(&vec![0; rest])?;
    file.into_inner()?.sync_all()?;
    Ok(stars)
}

/// Nearly Gaussian noise of scatter 1: the sum of twelve uniform numbers less six (xorshift64*).
fn noise(seed: &mut u64) -> f64 {
    let mut sum = -6.0;
    for _ in 0..12 {
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        sum += (seed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64;
    }
    sum
}
