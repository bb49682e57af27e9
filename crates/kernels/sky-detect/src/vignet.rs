//! The pixels around a source.

use ndarray::Array2;
use sky_catalog::Source;
use sky_photometry::Segmentation;

/// What stands where there is no pixel or a neighbour's (as SExtractor writes it).
const NO_PIXEL: f32 = -1.0e30;

/// `size` x `size` pixels above the background around the pixel next to the source's isophotal position, row by row;
/// -1e30 beyond the image, without data, and where the pixel belongs to another source.
pub fn vignet(pixels: &Array2<f32>, owners: &Segmentation, source: &Source, size: usize) -> Vec<f32> {
    let mut cut = Vec::with_capacity(size * size);
    vignet_rows(pixels, owners, source, size, &mut |line| cut.extend_from_slice(line));
    cut
}

/// The same, each row handed to `take`.
pub fn vignet_rows(
    pixels: &Array2<f32>,
    owners: &Segmentation,
    source: &Source,
    size: usize,
    take: &mut dyn FnMut(&[f32]),
) {
    let half = (size / 2) as i64;
    let (height, width) = pixels.dim();
    let (centre_x, centre_y) = ((source.x_px + 0.5).floor() as i64, (source.y_px + 0.5).floor() as i64);
    let x_first = centre_x - half;
    let columns = x_first.clamp(0, width as i64) as usize..(x_first + size as i64).clamp(0, width as i64) as usize;
    let place = |x: usize| (x as i64 - x_first) as usize;
    let mut line = vec![NO_PIXEL; size];
    for y in (centre_y - half..).take(size) {
        if !(0..height as i64).contains(&y) || columns.is_empty() {
            line.fill(NO_PIXEL);
            take(&line);
            continue;
        }
        let row = pixels.row(y as usize);
        let inside = &mut line[place(columns.start)..place(columns.end)];
        match row.as_slice() {
            Some(row) => inside.copy_from_slice(&row[columns.clone()]),
            None => inside.iter_mut().zip(row.iter().skip(columns.start)).for_each(|(value, pixel)| *value = *pixel),
        }
        for span in owners.between(y as usize, &columns).iter().filter(|span| span.owner != source.number) {
            let (first, end) = ((span.x0 as usize).max(columns.start), (span.x1 as usize).min(columns.end));
            line[place(first)..place(end)].fill(NO_PIXEL);
        }
        take(&line);
    }
}
