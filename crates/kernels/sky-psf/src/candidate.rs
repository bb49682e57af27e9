//! What is known of a detection before it may serve as a star of the PSF.

use sky_coords::PixelPos;

/// One detection. Every detection of the image belongs in the list, since the others tell which stars are isolated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PsfCandidate {
    /// Centre, 0-based pixels; the model inherits its definition (XWIN, YWIN recommended).
    pub position: PixelPos,
    /// Flux above the background, ADU (FLUX_AUTO, or an aperture).
    pub flux_adu: f64,
    /// Radius that holds half of the flux, pixels (FLUX_RADIUS).
    pub half_light_radius_px: f64,
    /// Signal to noise ratio (SNR_WIN).
    pub snr: f64,
    /// A_IMAGE / B_IMAGE.
    pub elongation: f64,
    /// FLAGS with SExtractor's bits.
    pub flags: u16,
    /// Brightest pixel above the background, ADU (FLUX_MAX).
    pub peak_adu: f64,
    /// Background at the centre, ADU; peak and background together are compared with the saturation level.
    pub background_adu: f64,
}

impl PsfCandidate {
    /// Twice the half-light radius: PSFEx's measure of the width, pixels. Larger than the FWHM for profiles with wings.
    pub fn half_light_diameter_px(&self) -> f64 {
        2.0 * self.half_light_radius_px
    }

    /// (A - B) / (A + B), as PSFEx's SAMPLE_MAXELLIP.
    pub fn ellipticity(&self) -> f64 {
        (self.elongation - 1.0) / (self.elongation + 1.0)
    }
}
