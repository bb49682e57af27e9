//! Parameters of the PSF model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::mask_bits;

use crate::PsfError;

/// Selection of stars and shape of the model; defaults follow PSFEx 3.21 and the survey plan's `psfex.conf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PsfParams {
    /// Least SNR of a star (SAMPLE_MINSN; plan: 20).
    #[schemars(range(min = 1.0, max = 10000.0))]
    pub min_snr: f64,
    /// Smallest half-light diameter of a star, pixels (SAMPLE_FWHMRANGE; plan: 2).
    #[schemars(range(min = 0.5, max = 100.0))]
    pub fwhm_min_px: f64,
    /// Largest half-light diameter of a star, pixels (SAMPLE_FWHMRANGE; plan: 10).
    #[schemars(range(min = 1.0, max = 100.0))]
    pub fwhm_max_px: f64,
    /// Largest (A - B) / (A + B) of a star (SAMPLE_MAXELLIP; plan: 0.3).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_ellipticity: f64,
    /// Allowed variation of the width around its mode (SAMPLE_VARIABILITY; PSFEx: 0.2).
    #[schemars(range(min = 0.01, max = 2.0))]
    pub variability: f64,
    /// Whether the usual width follows the place on the image (a quadratic through the widths of the stars), where it varies
    /// by more than a seventh: one mode for all, as in PSFEx, leaves out the broad stars of the corners and the sharp ones of
    /// the middle. The model then holds powers of that width beside the monomials (its polynomial has degree 4 or 6): samples
    /// of a PSF are no quadratics where its width is one.
    pub follow_width: bool,
    /// FLAGS that no star may have (SAMPLE_FLAGMASK; PSFEx: 0x00fe, all but "has neighbours").
    pub flag_mask: u16,
    /// Mask bits under which a pixel is not used (default: every registered bit).
    pub excluded_mask_bits: u16,
    /// Level of pixels, background included, at and above which a core is saturated, ADU (SATUR_LEVEL; plan: 50000). The
    /// plateau of a photographic emulsion is found in the data, below it.
    #[schemars(range(min = 0.0, max = 1e12))]
    pub saturation_adu: f64,
    /// Share of the plateau, above the background, that a core may reach: an emulsion flattens cores well below it. On a
    /// simulated plate the model is 1 % too wide with 0.3 and 5 % with 1; PSFEx, which keeps them, is 6 % too wide. The 300
    /// stars of the faintest peaks are kept in any case.
    #[schemars(range(min = 0.1, max = 1.0))]
    pub plateau_fraction: f64,
    /// Pixels where a neighbour adds more than this many times the noise are not used; where that reaches the core, the
    /// star is not isolated.
    #[schemars(range(min = 0.05, max = 100.0))]
    pub neighbour_sigma: f64,
    /// Most stars used, spread evenly over the image, brightest first in each part of it. (On a simulated tile 1,000, 1,500
    /// and all 2,247 gave the same widths to 0.3 %; PSFEx has no limit.)
    #[schemars(range(min = 50, max = 1_000_000))]
    pub max_stars: usize,
    /// Step of the model's grid, pixels; 0: half-light diameter / 4.7, two steps to a Gaussian's sigma, at most 1
    /// (PSF_SAMPLING; plan: 0).
    #[schemars(range(min = 0.0, max = 2.0))]
    pub sampling_px: f64,
    /// Samples on each side of the model's grid, odd (PSF_SIZE; plan: 25).
    #[schemars(range(min = 9, max = 129))]
    pub size_samples: usize,
    /// Degree of the spatial polynomial (PSFVAR_DEGREES; plan: 2); lowered where stars are too few.
    #[schemars(range(min = 0, max = 3))]
    pub degree: usize,
    /// Accuracy to which the model may hold, as a fraction of each sample: added to the noise (PSF_ACCURACY; plan: 0.01).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub accuracy: f64,
    /// Stars whose reduced chi-square lies this many standard deviations above the median are left out.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub chi2_clip_sigma: f64,
    /// Largest median reduced chi-square of the stars; above it there is no model.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub max_reduced_chi2: f64,
}

impl Default for PsfParams {
    fn default() -> Self {
        Self {
            // mark: psf-snr-of-the-plan
            min_snr: 20.0,
            fwhm_min_px: 2.0,
            fwhm_max_px: 10.0,
            max_ellipticity: 0.3,
            variability: 0.2,
            follow_width: true,
            flag_mask: 0x00fe,
            excluded_mask_bits: mask_bits::REGISTRY.iter().fold(0, |bits, (bit, _, _)| bits | bit),
            saturation_adu: 50_000.0,
            plateau_fraction: 0.3,
            neighbour_sigma: 0.5,
            max_stars: 1500,
            sampling_px: 0.0,
            size_samples: 25,
            degree: 2,
            accuracy: 0.01,
            chi2_clip_sigma: 4.0,
            max_reduced_chi2: 5.0,
        }
    }
}

impl PsfParams {
    /// Fails where numbers contradict each other or lie outside their ranges.
    pub fn check(&self) -> Result<(), PsfError> {
        let argument = |text: String| Err(PsfError::Argument(text));
        let positive = [self.min_snr, self.fwhm_min_px, self.variability, self.neighbour_sigma, self.chi2_clip_sigma];
        if !positive.iter().all(|value| *value > 0.0 && value.is_finite()) {
            return argument(
                "min_snr, fwhm_min_px, variability, neighbour_sigma, chi2_clip_sigma must be positive".into(),
            );
        }
        if self.fwhm_max_px.is_nan() || self.fwhm_max_px <= self.fwhm_min_px {
            return argument(format!("fwhm_max_px {} must exceed fwhm_min_px {}", self.fwhm_max_px, self.fwhm_min_px));
        }
        if self.size_samples.is_multiple_of(2) || !(9..=129).contains(&self.size_samples) {
            return argument(format!("size_samples {} must be odd, from 9 to 129", self.size_samples));
        }
        if self.degree > 3 {
            return argument(format!("degree {} must be 0, 1, 2 or 3", self.degree));
        }
        let shares = (0.0..=1.0).contains(&self.accuracy) && (0.1..=1.0).contains(&self.plateau_fraction);
        if !(0.0..=2.0).contains(&self.sampling_px) || !shares {
            return argument(
                "sampling_px must be from 0 to 2, accuracy from 0 to 1, plateau_fraction from 0.1 to 1".into(),
            );
        }
        Ok(())
    }
}
