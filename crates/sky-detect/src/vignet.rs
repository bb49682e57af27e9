//! The pixels around a source.

use ndarray::Array2;
use sky_catalog::Source;

/// What stands where there is no pixel or a neighbour's (as SExtractor writes it).
const NO_PIXEL: f32 = -1.0e30;

/// `size` x `size` pixels above the background around the pixel next to the source's isophotal position, row by row;
/// -1e30 beyond the image, without data, and where the pixel belongs to another source.
pub fn vignet(pixels: &Array2<f32>, owners: &Array2<u32>, source: &Source, size: usize) -> Vec<f32> {
    let half = (size / 2) as i64;
    let (height, width) = pixels.dim();
    let (centre_x, centre_y) = ((source.x_px + 0.5).floor() as i64, (source.y_px + 0.5).floor() as i64);
    let mut cut = Vec::with_capacity(size * size);
    for y in centre_y - half..centre_y - half + size as i64 {
        for x in centre_x - half..centre_x - half + size as i64 {
            let inside = (0..width as i64).contains(&x) && (0..height as i64).contains(&y);
            let value = if inside { pixels[[y as usize, x as usize]] } else { f32::NAN };
            let owner = if inside { owners[[y as usize, x as usize]] } else { 0 };
            let good = value.is_finite() && (owner == 0 || owner == source.number);
            cut.push(if good { value } else { NO_PIXEL });
        }
    }
    cut
}
