//! The background around one source.

use sky_background::cell_statistics;
use sky_catalog::Isophotal;

use crate::field::Field;

/// Share of the footprint's box that lies between it and the frame on each side.
const GAP: u32 = 4;

/// Level of the sky in a rectangular frame of `width_px` around a source, above the subtracted background, ADU
/// (SExtractor: BACKPHOTO_TYPE LOCAL, BACKPHOTO_THICK).
///
/// The frame begins a quarter of the footprint's width and height beyond it; pixels of any source take no part. 0 where the
/// frame reaches beyond the image.
pub fn local_background_adu(field: &Field<'_>, footprint: &Isophotal, width_px: u32, pearson_factor: f64) -> f64 {
    let (width, height) = field.size();
    let span = |low: u32, high: u32, size: usize| {
        let gap = (high - low + 1) / GAP;
        let outer = low.checked_sub(gap + width_px)? as usize..(high + 1 + gap + width_px) as usize;
        (outer.end <= size).then_some((outer, (low - gap) as usize..(high + 1 + gap) as usize))
    };
    let (Some((columns, inner_columns)), Some((rows, inner_rows))) =
        (span(footprint.x_min_px, footprint.x_max_px, width), span(footprint.y_min_px, footprint.y_max_px, height))
    else {
        return 0.0;
    };
    let mut pixels = Vec::with_capacity(columns.len() * rows.len());
    for y in rows {
        if inner_rows.contains(&y) {
            field.append_unowned(y, columns.start..inner_columns.start, &mut pixels);
            field.append_unowned(y, inner_columns.end..columns.end, &mut pixels);
        } else {
            field.append_unowned(y, columns.clone(), &mut pixels);
        }
    }
    cell_statistics(&pixels, pearson_factor).map_or(0.0, |sky| f64::from(sky.level_adu))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use test_sky::{assert_close, white_noise};

    #[test]
    fn a_step_of_the_background_around_a_source_is_seen_and_the_source_is_not() {
        let mut pixels = white_noise(100, 100, 1.0, 5);
        pixels.mapv_inplace(|value| value + 7.0);
        let mut owners = Array2::zeros((100, 100));
        for y in 48..53 {
            for x in 48..53 {
                pixels[[y, x]] = 500.0;
                owners[[y, x]] = 1;
            }
        }
        let footprint = Isophotal { x_min_px: 48, x_max_px: 52, y_min_px: 48, y_max_px: 52, ..Isophotal::default() };
        let owners = crate::Segmentation::from_owners(&pixels, &owners);
        let field = Field::new(&pixels, &owners).expect("one shape");
        let found = local_background_adu(&field, &footprint, 24, 2.5);
        assert_close!(found, 7.0, abs = 0.15, "4 standard errors of the mode of 2600 pixels");
        assert_eq!(local_background_adu(&field, &footprint, 60, 2.5), 0.0, "a frame beyond the image says nothing");
    }
}
