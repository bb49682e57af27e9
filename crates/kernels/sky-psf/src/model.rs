//! The spatially varying PSF.

use ndarray::{Array3, ArrayView3};
use sky_coords::PixelPos;

use crate::{LocalPsf, PsfError, PsfShape, SpatialPolynomial};

/// Largest side of a model's grid, samples.
const MAX_SIDE: usize = 257;

/// A PSF whose samples are polynomials of the position (PSFEx's `.psf`: PSF_MASK with its POL keywords).
#[derive(Clone, Debug, PartialEq)]
pub struct PsfModel {
    planes: Array3<f32>,
    step_px: f64,
    half_light_diameter_px: f64,
    polynomial: SpatialPolynomial,
}

impl PsfModel {
    /// A model from its coefficients `[term, y, x]` (samples of a step of `step_px` image pixels around the sample
    /// (height / 2, width / 2), PSF_MASK), the polynomial that goes with them and the typical half-light diameter of its
    /// stars (PSF_FWHM). Fails where the shapes do not fit or a number is not finite.
    pub fn from_planes(
        planes: Array3<f32>,
        step_px: f64,
        half_light_diameter_px: f64,
        polynomial: SpatialPolynomial,
    ) -> Result<Self, PsfError> {
        let (terms, height, width) = planes.dim();
        let argument = |text: String| Err(PsfError::Argument(text));
        if terms != polynomial.n_terms() {
            let (degree, needed) = (polynomial.degree(), polynomial.n_terms());
            return argument(format!("{terms} planes of PSF coefficients, degree {degree} needs {needed}"));
        }
        if !(3..=MAX_SIDE).contains(&height) || !(3..=MAX_SIDE).contains(&width) {
            return argument(format!("PSF grid of {width} x {height} samples, expected 3 to {MAX_SIDE} on a side"));
        }
        if !(step_px > 0.0 && step_px.is_finite() && half_light_diameter_px > 0.0 && half_light_diameter_px.is_finite())
        {
            return argument(format!("PSF_SAMP {step_px} and PSF_FWHM {half_light_diameter_px} must be positive"));
        }
        if planes.iter().any(|value| !value.is_finite()) {
            return Err(PsfError::Degenerate("a coefficient is not a finite number"));
        }
        let planes = planes.as_standard_layout().into_owned();
        Ok(Self { planes, step_px, half_light_diameter_px, polynomial })
    }

    /// Coefficients `[term, y, x]` in the order of [`SpatialPolynomial`].
    pub fn planes(&self) -> ArrayView3<'_, f32> {
        self.planes.view()
    }

    /// Step of the grid, image pixels (PSF_SAMP).
    pub const fn step_px(&self) -> f64 {
        self.step_px
    }

    /// Typical half-light diameter of the stars, image pixels: what PSFEx writes as PSF_FWHM. It exceeds the full width
    /// at half maximum of a profile with wings; that is [`PsfModel::fwhm_px`].
    pub const fn half_light_diameter_px(&self) -> f64 {
        self.half_light_diameter_px
    }

    /// The polynomial of the position.
    pub const fn polynomial(&self) -> &SpatialPolynomial {
        &self.polynomial
    }

    /// The PSF at a position.
    pub fn at(&self, position: PixelPos) -> LocalPsf {
        let (_, height, width) = self.planes.dim();
        let mut local = LocalPsf::empty(width, height, self.step_px);
        self.evaluate(position, &mut local);
        local
    }

    /// Full width at half maximum of the effective PSF (pixel included) at a position: sqrt of the product of its axes,
    /// pixels. NaN where the model is no peak.
    pub fn fwhm_px(&self, position: PixelPos) -> f64 {
        PsfShape::of(&self.at(position)).map_or(f64::NAN, |shape| shape.fwhm_px)
    }

    /// Writes the PSF at a position over `local`, which has this model's shape.
    pub(crate) fn evaluate(&self, position: PixelPos, local: &mut LocalPsf) {
        let (_, height, width) = self.planes.dim();
        let planes = self.planes.as_slice().expect("planes are in C order");
        let terms = self.polynomial.terms(position);
        for y in 0..height {
            let row = local.row_mut(y);
            for (term, factor) in terms.iter().enumerate() {
                let start = (term * height + y) * width;
                let plane = &planes[start..start + width];
                let factor = *factor as f32;
                if term == 0 {
                    row.copy_from_slice(plane);
                } else {
                    row.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += factor * sample);
                }
            }
        }
    }

    /// The same model with other planes of the same shape.
    pub(crate) fn with_planes(&self, planes: Array3<f32>) -> Self {
        Self { planes, ..self.clone() }
    }
}
