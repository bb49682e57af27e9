//! Saturation of a photographic emulsion: a plateau at a density that differs from plate to plate.

use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_coords::PixelPos;
use sky_image::{Mask, mask_bits};
use sky_stats::{MAD_TO_SIGMA, median};

/// How the plateau is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlateauParams {
    /// Magnitude of the faintest star that is surely saturated (unit mag; default 11.5: on plate XE486 central densities no longer grow above G 12.5).
    #[schemars(range(min = -2.0, max = 25.0))]
    pub saturated_mag: f64,
    /// Fewest such stars in the frame (default 3); with fewer no plateau is named.
    #[schemars(range(min = 1, max = 1000))]
    pub min_stars: usize,
    /// Largest scatter of their central densities, as share of the plateau (default 0.05); on a detector that still responds it is far larger.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_scatter_share: f64,
    /// Share of the plateau from which a pixel counts as saturated (default 0.97: below the scatter of the central densities, 1.5 % on plate XE486).
    #[schemars(range(min = 0.5, max = 1.0))]
    pub saturated_share: f64,
}

impl Default for PlateauParams {
    fn default() -> Self {
        Self { saturated_mag: 11.5, min_stars: 3, max_scatter_share: 0.05, saturated_share: 0.97 }
    }
}

/// The density of the plateau in ADU: the median of the central densities of stars that must be saturated.
///
/// `stars`: pixel and magnitude. A central density is the median of 3 x 3 pixels, above `sky_adu`. `None` where too few stars are bright enough or where
/// their densities differ by more than `max_scatter_share` (robust standard deviation): then the emulsion or detector has no plateau there.
pub fn saturation_plateau_adu(
    pixels: &Array2<f32>,
    sky_adu: f64,
    stars: impl IntoIterator<Item = (PixelPos, f64)>,
    params: &PlateauParams,
) -> Option<f64> {
    let bright = stars.into_iter().filter(|(_, mag)| *mag <= params.saturated_mag);
    let mut densities: Vec<f64> = bright.filter_map(|(centre, _)| central_density(pixels, centre)).collect();
    if densities.len() < params.min_stars.max(1) {
        return None;
    }
    let plateau = median(&mut densities)?;
    let mut deviations: Vec<f64> = densities.iter().map(|density| (density - plateau).abs()).collect();
    let scatter = MAD_TO_SIGMA * median(&mut deviations)?;
    (plateau > sky_adu && scatter <= params.max_scatter_share * (plateau - sky_adu)).then_some(plateau)
}

/// Flags the pixels at or above `params.saturated_share` of the plateau (counted from the sky) as saturated; how many.
pub fn mark_saturated(
    mask: &mut Mask,
    pixels: &Array2<f32>,
    sky_adu: f64,
    plateau_adu: f64,
    params: &PlateauParams,
) -> usize {
    let level = sky_adu + params.saturated_share * (plateau_adu - sky_adu);
    let mut n = 0;
    ndarray::Zip::from(mask).and(pixels).for_each(|bits, &value| {
        if f64::from(value) >= level {
            *bits |= mask_bits::SATURATED;
            n += 1;
        }
    });
    n
}

fn central_density(pixels: &Array2<f32>, centre: PixelPos) -> Option<f64> {
    let (height, width) = pixels.dim();
    let (x, y) = (centre.x_px.round(), centre.y_px.round());
    if !(1.0..width as f64 - 1.0).contains(&x) || !(1.0..height as f64 - 1.0).contains(&y) {
        return None;
    }
    let (x, y) = (x as usize, y as usize);
    let core = pixels.slice(s![y - 1..=y + 1, x - 1..=x + 1]);
    let mut values: Vec<f64> = core.iter().map(|&value| f64::from(value)).filter(|value| value.is_finite()).collect();
    (values.len() >= 5).then(|| median(&mut values)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKY_ADU: f64 = 4_000.0;

    fn plate(densities: &[f32]) -> (Array2<f32>, Vec<(PixelPos, f64)>) {
        let mut pixels = Array2::from_elem((20, 20 * densities.len()), SKY_ADU as f32);
        let mut stars = Vec::new();
        for (i, &density) in densities.iter().enumerate() {
            pixels.slice_mut(s![8..13, 20 * i + 8..20 * i + 13]).fill(density);
            stars.push((PixelPos::new(20.0 * i as f64 + 10.0, 10.0), 9.0));
        }
        (pixels, stars)
    }

    #[test]
    fn equal_cores_are_a_plateau_and_its_pixels_are_flagged() {
        let (pixels, stars) = plate(&[12_800.0, 12_900.0, 12_700.0, 12_850.0]);
        let params = PlateauParams::default();
        let plateau = saturation_plateau_adu(&pixels, SKY_ADU, stars, &params).expect("four equal cores");
        let mut mask = Mask::zeros(pixels.dim());
        let n = mark_saturated(&mut mask, &pixels, SKY_ADU, plateau, &params);
        assert_eq!(n, 100, "four cores of 25 pixels");
        assert_eq!(mask[(10, 10)], mask_bits::SATURATED);
    }

    #[test]
    fn cores_that_grow_with_the_star_are_no_plateau() {
        let (pixels, stars) = plate(&[9_000.0, 12_000.0, 20_000.0, 40_000.0]);
        assert_eq!(saturation_plateau_adu(&pixels, SKY_ADU, stars, &PlateauParams::default()), None);
    }

    #[test]
    fn two_stars_are_not_enough() {
        let (pixels, stars) = plate(&[12_800.0, 12_800.0]);
        assert_eq!(saturation_plateau_adu(&pixels, SKY_ADU, stars, &PlateauParams::default()), None);
    }
}
