//! What a PSF fit says of one source.

/// PSF fit and SPREAD_MODEL of one source. Positions are 0-based pixels, fluxes ADU of the whole PSF.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PsfMeasurement {
    /// Column of the fitted centre, pixels (0-based).
    pub x_px: f64,
    /// Row of the fitted centre, pixels (0-based).
    pub y_px: f64,
    /// Standard error of the column, pixels.
    pub x_err_px: f64,
    /// Standard error of the row, pixels.
    pub y_err_px: f64,
    /// Fitted flux, ADU.
    pub flux_adu: f64,
    /// Standard error of the flux, ADU.
    pub flux_err_adu: f64,
    /// Reduced chi-square of the fit.
    pub reduced_chi2: f64,
    /// SPREAD_MODEL (Desai et al. 2012, ApJ 757, 83, equation 1): 0 for a point source, positive if extended, negative if sharper.
    pub spread_model: f64,
    /// Standard error of SPREAD_MODEL.
    pub spread_model_err: f64,
    /// Fit flags: 0 is good; 1 did not converge; 2 moved out of its box; 4 touches the edge of the image; 8 too few good pixels.
    pub flags: u16,
}
