//! One detected source with everything that was measured of it.

use sky_coords::SkyPos;

use crate::{Ellipse, Moments, PsfMeasurement, SkyJacobian};

/// Levels of the isophotal areas ISO0 to ISO7.
pub const ISOPHOTAL_LEVELS: usize = 8;

/// A flux with its standard error, ADU above the background.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flux {
    /// Flux, ADU.
    pub adu: f64,
    /// Standard error, ADU.
    pub err_adu: f64,
}

/// Measures within the isophote.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Isophotal {
    /// First column of the footprint (0-based).
    pub x_min_px: u32,
    /// Last column of the footprint (0-based, inclusive).
    pub x_max_px: u32,
    /// First row of the footprint (0-based).
    pub y_min_px: u32,
    /// Last row of the footprint (0-based, inclusive).
    pub y_max_px: u32,
    /// Column of the brightest pixel of the detection image (0-based).
    pub x_peak_px: u32,
    /// Row of the brightest pixel of the detection image (0-based).
    pub y_peak_px: u32,
    /// Pixels above the analysis threshold in the unfiltered image.
    pub area_px2: u32,
    /// Pixels above the detection threshold in the filtered image.
    pub area_filtered_px2: u32,
    /// Second moments of the profile.
    pub moments: Moments,
    /// Axes of the profile (moments of a singular profile have 1/12 added, as SExtractor does).
    pub ellipse: Ellipse,
    /// Variances of the position from the noise of the pixels.
    pub position_variance: Moments,
    /// Sum of the footprint's pixels.
    pub flux: Flux,
    /// Brightest pixel of the unfiltered image above the background, ADU.
    pub peak_adu: f64,
    /// Full width at half maximum of a Gaussian fitted to the core, pixels.
    pub fwhm_px: f64,
    /// Analysis threshold above the background, ADU.
    pub analysis_threshold_adu: f64,
    /// Pixels of the unfiltered image above levels spaced exponentially from the analysis threshold to the brightest pixel
    /// (ISO0 to ISO7).
    pub level_areas_px2: [u32; ISOPHOTAL_LEVELS],
}

/// Measures in a Gaussian window whose full width at half maximum is the half-light diameter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Windowed {
    /// Column of the centre, pixels (0-based).
    pub x_px: f64,
    /// Row of the centre, pixels (0-based).
    pub y_px: f64,
    /// Second moments in the window.
    pub moments: Moments,
    /// Axes of the windowed profile.
    pub ellipse: Ellipse,
    /// Variances of the position.
    pub position_variance: Moments,
    /// Flux weighted by the window.
    pub flux: Flux,
    /// Iterations of the centring.
    pub iterations: u16,
    /// FLAGS_WIN ([`crate::flags`]).
    pub flags: u16,
}

/// Positions on the sky (ICRS), where the image has a celestial WCS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceSky {
    /// Of the isophotal position.
    pub isophotal: SkyPos,
    /// Of the windowed position.
    pub windowed: SkyPos,
    /// Of the PSF fit, where there is one.
    pub psf: Option<SkyPos>,
    /// Pixel scale at the source, arc seconds (square root of the pixel's area).
    pub pixel_scale_arcsec: f64,
    /// Position angle of the isophotal major axis, from north to east, degrees in (-90, 90].
    pub theta_deg: f64,
    /// The same of the windowed major axis.
    pub theta_windowed_deg: f64,
    /// Of the centre of the brightest pixel.
    pub peak: SkyPos,
    /// Degrees on the sky (towards east, towards north) for a pixel along x and along y.
    pub jacobian: SkyJacobian,
}

/// A Petrosian flux and its aperture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Petrosian {
    /// Flux in the ellipse.
    pub flux: Flux,
    /// Aperture in units of the axes; 0 where the flux is not positive.
    pub radius: f64,
}

/// One detected source. Positions are 0-based pixels (centre of the first pixel is 0, 0); files add 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// Running number, from 1.
    pub number: u32,
    /// Running number of the blend that it comes from; sources of one blend share it.
    pub parent: u32,
    /// Column of the isophotal barycentre, pixels (0-based).
    pub x_px: f64,
    /// Row of the isophotal barycentre, pixels (0-based).
    pub y_px: f64,
    /// Isophotal measures.
    pub isophotal: Isophotal,
    /// Detection threshold above the background, ADU.
    pub threshold_adu: f64,
    /// Background at the centre, ADU.
    pub background_adu: f64,
    /// FLAGS ([`crate::flags`]).
    pub flags: u16,
    /// Mask bits of all pixels of the footprint, or-ed (`sky_image::mask_bits`), or what a flag image says of them.
    pub image_flags: u32,
    /// Pixels of the footprint that carry a mask bit.
    pub n_masked_px: u32,
    /// Kron aperture in units of the axes; 0 where a fixed aperture took its place.
    pub kron_radius: f64,
    /// Flux in the Kron ellipse.
    pub auto: Flux,
    /// Fluxes in circular apertures, in the order of the parameters.
    pub apertures: Vec<Flux>,
    /// Radius that holds half of `auto`, pixels (negative where `auto` is).
    pub half_light_radius_px: f64,
    /// Radii that hold the parts of `auto` that were asked for (FLUX_RADIUS), pixels.
    pub light_radii_px: Vec<f64>,
    /// Flux in the Petrosian ellipse, where asked for.
    pub petrosian: Option<Petrosian>,
    /// Output of the star and galaxy classifier, from 0 (extended) to 1 (point source), where it was given.
    pub class_star: Option<f64>,
    /// Windowed measures.
    pub windowed: Windowed,
    /// PSF fit, where a PSF model was given.
    pub psf: Option<PsfMeasurement>,
    /// Full width at half maximum of the PSF model at the source, pixels, where a PSF model was given.
    pub psf_fwhm_px: Option<f64>,
    /// How many of its standard errors SPREAD_MODEL lies above that of the image's point sources, where there are enough.
    pub spread_score: Option<f64>,
    /// Sky positions, where the image has a WCS.
    pub sky: Option<SourceSky>,
}

impl Source {
    /// Signal to noise ratio in the window; 0 where the noise is.
    pub fn snr_win(&self) -> f64 {
        if self.windowed.flux.err_adu > 0.0 { self.windowed.flux.adu / self.windowed.flux.err_adu } else { 0.0 }
    }

    /// A_IMAGE / B_IMAGE.
    pub fn elongation(&self) -> f64 {
        self.isophotal.ellipse.elongation()
    }
}

impl Flux {
    /// Magnitude for a zero point; `None` where the flux is not positive.
    pub fn magnitude(self, zero_point_mag: f64) -> Option<f64> {
        (self.adu > 0.0).then(|| zero_point_mag - 2.5 * libm::log10(self.adu))
    }

    /// Standard error of the magnitude (1.0857 times the relative error); `None` where the flux is not positive.
    pub fn magnitude_err(self) -> Option<f64> {
        (self.adu > 0.0).then(|| 2.5 / std::f64::consts::LN_10 * self.err_adu / self.adu)
    }
}
