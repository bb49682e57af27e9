//! One frame in memory: its planes, its stars, its sky.

use products::facts::BayerFacts;
use sky_camera::mosaic::{Mosaic, green_filled, green_plane};
use sky_metrics::{FinderParams, FrameSummary, Sky, StarShape, find_stars, find_trails, measure_sky, summarise};

use crate::config::MeasureConfig;

/// Noise of the sum of 3 x 3 pixels of a filled green plane over that of nine green pixels. Each green pixel stands in the sum with the
/// weight of itself and of a quarter of its filled neighbours: sqrt(13.25) / 3 where the middle is green, sqrt(12.75) / 3 where it is not.
const SUM_OF_3_NOISE: f32 = 1.21;
/// The same of a large block: half of the pixels with twice the weight.
const BLOCK_NOISE: f32 = std::f32::consts::SQRT_2;

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) stars: Vec<StarShape>,
    pub(crate) summary: FrameSummary,
    pub(crate) n_candidates: usize,
    pub(crate) n_sharp: usize,
    pub(crate) n_trails: usize,
    pub(crate) is_green: bool,
    /// Share of pixels at or above the saturation, where it is known.
    pub(crate) saturated_fraction: Option<f64>,
}

/// Measures a frame; `None` where no part of it has a sky. `saturation_adu`: 0 where it is not known.
pub(crate) fn measure(
    pixels: &[f32],
    width: usize,
    bayer: Option<BayerFacts>,
    saturation_adu: f64,
    config: &MeasureConfig,
) -> Option<Measured> {
    let finder = FinderParams { saturation_adu, ..config.finder };
    let cell_px = finder.cell_px as usize;
    let saturated = pixels.iter().filter(|value| f64::from(**value) >= saturation_adu).count();
    let saturated_fraction = (saturation_adu > 0.0).then(|| saturated as f64 / pixels.len().max(1) as f64);
    let Some(bayer) = bayer else {
        let sky = measure_sky(pixels, width, cell_px)?;
        let found = find_stars(pixels, width, &sky, &finder);
        let n_trails = find_trails(pixels, width, &sky, &found.stars, &config.trails).len();
        let summary = summarise(&found, &sky);
        return Some(Measured {
            stars: found.stars,
            summary,
            n_candidates: found.n_candidates,
            n_sharp: found.n_sharp,
            n_trails,
            is_green: false,
            saturated_fraction,
        });
    };
    let mosaic = Mosaic { pixels, width, phase: bayer.pattern };
    // Level and noise of a pixel as the camera has it; filled places have less.
    let own = measure_sky(&green_plane(&mosaic), width, cell_px)?;
    let plane = green_filled(&mosaic);
    let filled = measure_sky(&plane, width, cell_px)?;
    let sky = with_noise(&filled, &own, SUM_OF_3_NOISE);
    let finder = FinderParams { max_sharpness: finder.max_sharpness.min(config.green_max_sharpness), ..finder };
    let found = find_stars(&plane, width, &sky, &finder);
    let n_trails =
        find_trails(&plane, width, &with_noise(&filled, &own, BLOCK_NOISE), &found.stars, &config.trails).len();
    let summary = FrameSummary {
        background_adu: own.median_level_adu,
        noise_adu: own.median_scatter_adu,
        ..summarise(&found, &sky)
    };
    Some(Measured {
        stars: found.stars,
        summary,
        n_candidates: found.n_candidates,
        n_sharp: found.n_sharp,
        n_trails,
        is_green: true,
        saturated_fraction,
    })
}

/// The sky of a filled plane with the noise of the green pixels times a factor: its own scatter says nothing, as its pixels hang together.
fn with_noise(filled: &Sky, own: &Sky, factor: f32) -> Sky {
    Sky { scatter_adu: own.scatter_adu.iter().map(|scatter| factor * scatter).collect(), ..filled.clone() }
}
