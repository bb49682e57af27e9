//! Why a field has no tie.

/// Why a field has no tie.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TieError {
    /// Fewer stars in common than a first-degree fit needs.
    #[error(
        "only {found} detections have a reference star, expected at least {needed}; the positions stay as they are"
    )]
    TooFewTies {
        /// Ties found.
        found: usize,
        /// Ties that the lowest degree needs.
        needed: usize,
    },
    /// No more stars in common than chance gives.
    #[error(
        "{found} detections have a reference star, chance alone gives about {expected_by_chance:.0}; check epoch, frame and field of the references"
    )]
    ChanceOnly {
        /// Ties found.
        found: usize,
        /// Ties expected of two unrelated lists of this density.
        expected_by_chance: f64,
    },
    /// The ties do not span the field.
    #[error(
        "{found} ties lie on a line or a point, so that no polynomial is determined; the positions stay as they are"
    )]
    Degenerate {
        /// Ties found.
        found: usize,
    },
    /// Parts of the field hold no tie, for a fit of first degree too.
    #[error(
        "{empty} of {parts} parts of the field with detections hold none of the {found} ties, so that nothing holds a correction there; check the references' completeness and the header's solution"
    )]
    PartsWithoutTies {
        /// Ties found.
        found: usize,
        /// Parts without one.
        empty: usize,
        /// Parts looked at.
        parts: usize,
    },
    /// The ties lie close together, so that a correction would be extrapolated to the other detections.
    #[error(
        "{found} ties lie so close together that a correction is {factor:.1} times less certain at other detections than one tie, at most {allowed} expected"
    )]
    Extrapolated {
        /// Ties found.
        found: usize,
        /// Standard error in those of one tie.
        factor: f64,
        /// Limit.
        allowed: f64,
    },
    /// The residuals are not those of stars.
    #[error(
        "{found} ties leave residuals with a standard deviation of {sigma_arcsec:.2} arcsec along an axis, at most {allowed_arcsec} expected; check epoch, frame and the header's solution"
    )]
    ResidualTooLarge {
        /// Ties found.
        found: usize,
        /// 1.4826 MAD along an axis, arcsec.
        sigma_arcsec: f64,
        /// Limit, arcsec.
        allowed_arcsec: f64,
    },
    /// The centre of the field is no position.
    #[error("field centre (RA {ra_deg}, Dec {dec_deg}) is no position on the sky")]
    BadCentre {
        /// Right ascension, degrees.
        ra_deg: f64,
        /// Declination, degrees.
        dec_deg: f64,
    },
    /// A parameter outside its range.
    #[error("tie parameter {name} is {found}, expected {expected}")]
    BadParameter {
        /// Its name.
        name: &'static str,
        /// Its value.
        found: f64,
        /// Its range.
        expected: &'static str,
    },
}
