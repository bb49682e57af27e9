//! One detection as the rules see it.

/// What the rules look at. A missing number is NaN and fails every rule that asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectionRow {
    /// NUMBER in its source catalogue.
    pub number: u32,
    /// FLAGS ([`sky_catalog::flags`]).
    pub flags: u16,
    /// Mask bits under the footprint ([`sky_image::mask_bits`]).
    pub mask_bits: u16,
    /// SNR_WIN.
    pub snr_win: f64,
    /// FWHM_IMAGE, pixels.
    pub fwhm_px: f64,
    /// ELONGATION: A_IMAGE / B_IMAGE.
    pub elongation: f64,
    /// SPREAD_MODEL.
    pub spread_model: f64,
    /// Extent of the isophote.
    pub extent: Extent,
    /// Whether it is a star of the tile by which shapes are calibrated: unmasked and matched with a reference of medium magnitude.
    pub is_star: bool,
    /// Bright stars that the spike rules look at.
    pub spikes: SpikeStars,
    /// Each veto catalogue with a source within the match radius, in the order of the configuration.
    pub vetoes: Vec<Veto>,
}

/// Extent of an isophote, pixels: XMAX - XMIN and YMAX - YMIN. The limits are inclusive, so the width is one more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Along x.
    pub x_px: f64,
    /// Along y.
    pub y_px: f64,
}

/// A catalogue that has a source at the place of a detection.
#[derive(Clone, Debug, PartialEq)]
pub struct Veto {
    /// Name: `gaia`, `ps1`, `usnob`.
    pub catalog: String,
    /// Distance of its nearest source, arc seconds.
    pub separation_arcsec: f64,
    /// Radius of the match, arc seconds.
    pub radius_arcsec: f64,
}

/// A star near a detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearStar {
    /// Magnitude.
    pub mag: f64,
    /// Distance from the detection, arc seconds.
    pub separation_arcsec: f64,
}

/// The stars near one detection that decide the spike rules; `None` where none is in reach.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpikeStars {
    /// The nearest of those as bright as the CONST rule asks for.
    pub constant: Option<NearStar>,
    /// The one that comes closest to breaking the LINE rule, or breaks it most.
    pub line: Option<NearStar>,
}
