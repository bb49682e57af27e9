//! The pixels around a source.

use ndarray::Array2;
use sky_catalog::Source;
use sky_photometry::Segmentation;

/// What stands where there is no pixel or a neighbour's (as SExtractor writes it).
const NO_PIXEL: f32 = -1.0e30;

/// `size` x `size` pixels above the background around the pixel next to the source's isophotal position, row by row;
/// -1e30 beyond the image, without data, and where the pixel belongs to another source.
pub fn vignet(pixels: &Array2<f32>, owners: &Segmentation, source: &Source, size: usize) -> Vec<f32> {
    let half = (size / 2) as i64;
    let (height, width) = pixels.dim();
    let (centre_x, centre_y) = ((source.x_px + 0.5).floor() as i64, (source.y_px + 0.5).floor() as i64);
    let x_first = centre_x - half;
    let columns = x_first.clamp(0, width as i64) as usize..(x_first + size as i64).clamp(0, width as i64) as usize;
    let mut cut = vec![NO_PIXEL; size * size];
    for (y, line) in (centre_y - half..).zip(cut.chunks_exact_mut(size)) {
        if !(0..height as i64).contains(&y) || columns.is_empty() {
            continue;
        }
        let place = |x: usize| (x as i64 - x_first) as usize;
        let row = pixels.row(y as usize);
        for (value, pixel) in line[place(columns.start)..].iter_mut().zip(row.slice(ndarray::s![columns.clone()])) {
            *value = *pixel;
        }
        for span in owners.between(y as usize, &columns).iter().filter(|span| span.owner != source.number) {
            let (first, end) = ((span.x0 as usize).max(columns.start), (span.x1 as usize).min(columns.end));
            line[place(first)..place(end)].fill(NO_PIXEL);
        }
    }
    cut
}
