//! How good a model is.

use sky_coords::PixelPos;

use crate::{PsfError, PsfModel, PsfShape};

/// Places on each side of the image at which the shape is measured.
const PLACES: usize = 5;
/// Bounds of a good model (FWHM: of 6,534 tiles of vasco60 nine in ten lie between 2.43 and 3.08 px).
const GOOD_CHI2: std::ops::RangeInclusive<f64> = 0.5..=2.0;
const GOOD_FWHM_PX: std::ops::RangeInclusive<f64> = 2.0..=5.0;
const GOOD_ELLIPTICITY: f64 = 0.1;
const GOOD_RESIDUAL: f64 = 0.05;

/// Why the degree is lower than asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DegreeReason {
    /// Degree that was asked for.
    pub requested: usize,
    /// Stars left.
    pub stars: usize,
    /// Stars that the degree asked for needs.
    pub needed: usize,
}

impl std::fmt::Display for DegreeReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} stars left, degree {} needs {}", self.stars, self.requested, self.needed)
    }
}

/// Verdict on a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every measure is within its bounds.
    Good,
    /// Usable; [`PsfQuality::warnings`] says what is out of its bounds.
    Warn,
}

/// Measures of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct PsfQuality {
    /// Stars that the selection accepted.
    pub stars_loaded: usize,
    /// Stars left after the rejection of outliers.
    pub stars_used: usize,
    /// Degree of the spatial polynomial.
    pub degree: usize,
    /// Why it is lower than asked for.
    pub degree_reason: Option<DegreeReason>,
    /// Mean reduced chi-square of the stars used.
    pub reduced_chi2: f64,
    /// FWHM (pixel included) at the centre of the image, pixels.
    pub fwhm_px: f64,
    /// Smallest FWHM on a 5 x 5 grid over the image, pixels.
    pub fwhm_min_px: f64,
    /// Mean FWHM on the grid, pixels.
    pub fwhm_mean_px: f64,
    /// Largest FWHM on the grid, pixels.
    pub fwhm_max_px: f64,
    /// Mean of (a - b) / (a + b) on the grid.
    pub ellipticity_mean: f64,
    /// Largest of (a - b) / (a + b) on the grid.
    pub ellipticity_max: f64,
    /// Largest mean residual as a fraction of the peak.
    pub residual_peak_fraction: f64,
}

impl PsfQuality {
    /// Measures a model of an image of `size` (columns, rows): stars loaded and used with the reason for a lower degree, then
    /// reduced chi-square and largest mean residual (NaN where nobody measured it, as of a model of PSFEx).
    ///
    /// # Errors
    /// Where the model is no peak somewhere.
    pub fn of(
        model: &PsfModel,
        (width, height): (usize, usize),
        (stars_loaded, stars_used, degree, degree_reason): (usize, usize, usize, Option<DegreeReason>),
        (reduced_chi2, residual_peak_fraction): (f64, f64),
    ) -> Result<Self, PsfError> {
        let place = |index: usize, size: usize| (size as f64 - 1.0) * index as f64 / (PLACES - 1) as f64;
        let mut shapes = Vec::with_capacity(PLACES * PLACES);
        for y in 0..PLACES {
            for x in 0..PLACES {
                shapes.push(PsfShape::of(&model.at(PixelPos::new(place(x, width), place(y, height))))?);
            }
        }
        let mean = |of: fn(&PsfShape) -> f64| shapes.iter().map(of).sum::<f64>() / shapes.len() as f64;
        let most = |of: fn(&PsfShape) -> f64| shapes.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        Ok(Self {
            stars_loaded,
            stars_used,
            degree,
            degree_reason,
            reduced_chi2,
            fwhm_px: shapes[shapes.len() / 2].fwhm_px,
            fwhm_min_px: -most(|shape| -shape.fwhm_px),
            fwhm_mean_px: mean(|shape| shape.fwhm_px),
            fwhm_max_px: most(|shape| shape.fwhm_px),
            ellipticity_mean: mean(|shape| shape.ellipticity),
            ellipticity_max: most(|shape| shape.ellipticity),
            residual_peak_fraction,
        })
    }

    /// Good without warnings.
    pub fn verdict(&self) -> Verdict {
        if self.warnings().is_empty() { Verdict::Good } else { Verdict::Warn }
    }

    /// (kind, message) of each measure out of its bounds.
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::new();
        if let Some(reason) = self.degree_reason {
            warnings.push(("psf_degree_lowered", format!("degree {}: {reason}", self.degree)));
        }
        if !GOOD_CHI2.contains(&self.reduced_chi2) {
            warnings.push(("psf_chi2", format!("reduced chi-square {:.3}, expected 0.5 to 2", self.reduced_chi2)));
        }
        if !GOOD_FWHM_PX.contains(&self.fwhm_min_px) || !GOOD_FWHM_PX.contains(&self.fwhm_max_px) {
            let (low, high) = (self.fwhm_min_px, self.fwhm_max_px);
            warnings.push(("psf_fwhm", format!("FWHM {low:.3} to {high:.3} px, expected within 2 to 5")));
        }
        if self.ellipticity_max > GOOD_ELLIPTICITY {
            warnings.push(("psf_ellipticity", format!("ellipticity up to {:.3}, expected 0.1", self.ellipticity_max)));
        }
        if self.residual_peak_fraction > GOOD_RESIDUAL {
            let found = self.residual_peak_fraction;
            warnings.push(("psf_residual", format!("mean residual of {found:.3} of the peak, expected 0.05")));
        }
        warnings
    }
}
