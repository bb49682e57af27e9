//! How honest the quoted errors are, and how deep the image is: empty apertures and injected stars.

use ndarray::Array2;
use products::facts::DepthFacts;
use rayon::prelude::*;
use sky_catalog::{Flux, Moments, Source};
use sky_coords::PixelPos;
use sky_detect::{Detection, InjectedStar, limiting_fluxes_adu};
use sky_photometry::{EmptyScatter, Field, Noise, aperture_scatter, empty_places, profile_scatter};
use sky_psf::PsfModel;
use sky_stats::{median, quantile};

use crate::{DetectConfig, DetectError};

/// The limits are stated for this many standard deviations.
const LIMIT_SIGMA: f64 = 5.0;
/// Half the side of an injected star, in full widths at half maximum of the PSF, and its bounds in pixels.
const STAR_HALF_SIDE_FWHM: f64 = 2.0;
const STAR_HALF_SIDE_PX: (usize, usize) = (4, 40);
/// Empty sky around an injected star, in full widths at half maximum of the PSF.
const CLEARANCE_FWHM: f64 = 1.5;
/// Stars of each cell of the limit map.
const STARS_PER_CELL: usize = 3;
/// Added to the seed, so that apertures, stars and cells have streams of their own.
const STAR_STREAM: u64 = 1 << 32;
const CELL_STREAM: u64 = 1 << 33;

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Depth {
    /// For the facts; `None` where there was no empty sky.
    pub(crate) facts: Option<DepthFacts>,
    /// Magnitude at which a star is detected in each cell `[row, column]`, NaN where there is no empty sky.
    pub(crate) limit_map_mag: Option<Array2<f32>>,
    ratios: Ratios,
    /// Whether the PSF fit's own errors hold for correlated noise already.
    fits_hold: bool,
}

/// Scatter over quoted error.
#[derive(Clone, Debug, Default)]
struct Ratios {
    apertures: Vec<f64>,
    psf: Option<f64>,
}

/// Measures noise and depth of what was found. `fits_hold`: whether the errors of the PSF fits hold for correlated noise already.
pub(crate) fn measure_depth(
    config: &DetectConfig,
    found: &Detection,
    model: Option<&PsfModel>,
    fits_hold: bool,
) -> Result<Depth, DetectError> {
    let params = &config.depth;
    let field = match Field::new(&found.pixels, &found.segmentation) {
        Some(field) if params.empty_apertures > 0 && found.background.rms_adu > 0.0 => field,
        _ => return Ok(Depth::default()),
    };
    let (height, width) = found.pixels.dim();
    let noise = Noise { sky_adu: found.background.rms_adu, gain_e_per_adu: config.photometry.gain_e_per_adu };
    let diameters = &config.photometry.aperture_diameters_px;
    let psf = model.and_then(|model| Star::new(model, width, height));
    let count = params.empty_apertures as usize;
    let scatters: Vec<Option<EmptyScatter>> = diameters
        .iter()
        .map(|diameter| {
            let radius_px = 0.5 * diameter;
            let places =
                empty_places(&field, found.mask.as_ref(), 0..width, 0..height, radius_px + 1.0, count, params.seed);
            aperture_scatter(&field, &places, radius_px, noise)
        })
        .collect();
    let Some(first) = scatters.first().copied().flatten() else { return Ok(Depth::default()) };
    let zero_point = config.photometry.zero_point_mag;
    let magnitude = |adu: f64| zero_point - 2.5 * libm::log10(adu);
    let mut facts = DepthFacts {
        empty_apertures: first.n_places as u64,
        aperture_diameter_px: diameters[0],
        aperture_scatter_adu: first.scatter_adu,
        aperture_median_adu: first.median_adu,
        aperture_error_ratio: first.ratio(),
        limit_5_sigma_aperture_mag: magnitude(LIMIT_SIGMA * first.scatter_adu),
        ..DepthFacts::default()
    };
    let mut depth = Depth { fits_hold, ..Depth::default() };
    if let Some(star) = &psf {
        let half = star.half_side as f64;
        let places = empty_places(&field, found.mask.as_ref(), 0..width, 0..height, half + 1.0, count, params.seed);
        let centre = PixelPos::new(0.5 * width as f64, 0.5 * height as f64);
        let profile = star.profile(centre, (0.0, 0.0));
        if let Some(scatter) = profile_scatter(&field, &places, &profile, noise) {
            facts.psf_error_ratio = Some(scatter.ratio());
            facts.limit_5_sigma_psf_mag = Some(magnitude(LIMIT_SIGMA * scatter.scatter_adu));
        }
        let stars = star.stars(&field, found, 0..width, 0..height, params.injected_stars, params.seed + STAR_STREAM);
        let mut limits = limits(config, found, &stars)?;
        if !limits.is_empty() {
            facts.injected_stars = Some(limits.len() as u64);
            facts.completeness_50_mag = median(&mut limits).map(magnitude);
            facts.completeness_90_mag = quantile(&mut limits, 0.9).map(magnitude);
        }
        if params.limit_map_cell_px > 0 {
            let map = star.limit_map(config, found, &field)?;
            depth.limit_map_mag = Some(map.mapv(|adu| magnitude(adu) as f32));
        }
    }
    let ratio = |scatter: &Option<EmptyScatter>| scatter.map_or(facts.aperture_error_ratio, |found| found.ratio());
    depth.ratios = Ratios { apertures: scatters.iter().map(ratio).collect(), psf: facts.psf_error_ratio };
    depth.facts = Some(facts);
    Ok(depth)
}

impl Depth {
    /// Multiplies the errors of a source by the measured ratios.
    pub(crate) fn scale_errors(&self, source: &mut Source) {
        let Some(&general) = self.ratios.apertures.first() else { return };
        let flux = |flux: &mut Flux, ratio: f64| flux.err_adu *= ratio;
        let variance = |moments: &mut Moments| {
            for value in [&mut moments.xx_px2, &mut moments.yy_px2, &mut moments.xy_px2] {
                *value *= general * general;
            }
        };
        flux(&mut source.isophotal.flux, general);
        flux(&mut source.auto, general);
        flux(&mut source.windowed.flux, general);
        variance(&mut source.isophotal.position_variance);
        variance(&mut source.windowed.position_variance);
        if let Some(petrosian) = &mut source.petrosian {
            flux(&mut petrosian.flux, general);
        }
        for (aperture, ratio) in source.apertures.iter_mut().zip(&self.ratios.apertures) {
            flux(aperture, *ratio);
        }
        if let (Some(psf), Some(ratio)) = (&mut source.psf, self.ratios.psf) {
            psf.spread_model_err *= ratio;
            if !self.fits_hold {
                psf.flux_err_adu *= ratio;
                psf.x_err_px *= ratio;
                psf.y_err_px *= ratio;
            }
        }
    }
}

/// The fluxes at which stars are detected, ADU.
fn limits(config: &DetectConfig, found: &Detection, stars: &[InjectedStar]) -> Result<Vec<f64>, DetectError> {
    let limits = limiting_fluxes_adu(found, &config.detect, stars).map_err(sky_detect::DetectError::from)?;
    Ok(limits.into_iter().flatten().collect())
}

/// Stars of a PSF model.
struct Star<'a> {
    model: &'a PsfModel,
    fwhm_px: f64,
    half_side: usize,
}

impl<'a> Star<'a> {
    /// `None` where the model is no peak.
    fn new(model: &'a PsfModel, width: usize, height: usize) -> Option<Self> {
        let fwhm_px = model.fwhm_px(PixelPos::new(0.5 * width as f64, 0.5 * height as f64));
        fwhm_px.is_finite().then(|| {
            let (least, most) = STAR_HALF_SIDE_PX;
            let half_side = ((STAR_HALF_SIDE_FWHM * fwhm_px).ceil() as usize).clamp(least, most);
            Self { model, fwhm_px, half_side }
        })
    }

    /// The PSF at `place` on pixels around its centre, shifted by `(dx, dy)` from the middle pixel.
    fn profile(&self, place: PixelPos, shift: (f64, f64)) -> Array2<f32> {
        let (local, side, half) = (self.model.at(place), 2 * self.half_side + 1, self.half_side as f64);
        Array2::from_shape_fn((side, side), |(y, x)| {
            local.value_at(x as f64 - half - shift.0, y as f64 - half - shift.1) as f32
        })
    }

    /// Up to `count` stars on empty sky within the columns and rows.
    fn stars(
        &self,
        field: &Field<'_>,
        found: &Detection,
        columns: std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
        count: u32,
        seed: u64,
    ) -> Vec<InjectedStar> {
        let radius_px = CLEARANCE_FWHM * self.fwhm_px;
        let (height, width) = found.pixels.dim();
        empty_places(field, found.mask.as_ref(), columns, rows, radius_px, count as usize, seed)
            .into_par_iter()
            .filter_map(|(x_px, y_px)| {
                let corner = |centre: f64, size: usize| {
                    let nearest = (centre + 0.5).floor();
                    let first = (nearest as usize).checked_sub(self.half_side)?;
                    (first + 2 * self.half_side < size).then_some((first, centre - nearest))
                };
                let ((x0, dx), (y0, dy)) = (corner(x_px, width)?, corner(y_px, height)?);
                let profile = self.profile(PixelPos::new(x_px, y_px), (dx, dy));
                Some(InjectedStar { x_px, y_px, corner_px: (x0, y0), profile })
            })
            .collect()
    }

    /// Median flux at which stars are detected in each cell, ADU; NaN where there is no empty sky.
    fn limit_map(
        &self,
        config: &DetectConfig,
        found: &Detection,
        field: &Field<'_>,
    ) -> Result<Array2<f64>, DetectError> {
        let cell = config.depth.limit_map_cell_px as usize;
        let (height, width) = found.pixels.dim();
        let (n_rows, n_columns) = (height.div_ceil(cell), width.div_ceil(cell));
        let cells: Vec<f64> = (0..n_rows * n_columns)
            .into_par_iter()
            .map(|index| {
                let (row, column) = (index / n_columns, index % n_columns);
                let columns = column * cell..((column + 1) * cell).min(width);
                let rows = row * cell..((row + 1) * cell).min(height);
                let seed = config.depth.seed + CELL_STREAM + index as u64;
                let stars = self.stars(field, found, columns, rows, STARS_PER_CELL as u32, seed);
                Ok(median(&mut limits(config, found, &stars)?).unwrap_or(f64::NAN))
            })
            .collect::<Result<_, DetectError>>()?;
        Ok(Array2::from_shape_fn((n_rows, n_columns), |(row, column)| cells[row * n_columns + column]))
    }
}
