//! Why a detection was dropped.

use std::fmt;

/// What a detection was measured against. The names are those of the public VASCO code where it has the rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A bit of FLAGS that the rule set does not accept.
    Flags,
    /// A bit of the mask that the rule set does not accept.
    Mask,
    /// SNR_WIN too low.
    Snr,
    /// FWHM_IMAGE outside the clip.
    SigmaClipFwhm,
    /// ELONGATION outside the clip.
    SigmaClipElongation,
    /// SPREAD_MODEL too low (sharper than a star).
    SpreadModel,
    /// FWHM_IMAGE outside its limits.
    Fwhm,
    /// ELONGATION too large.
    Elongation,
    /// An extent is missing.
    ExtentMissing,
    /// Extents differ too much.
    ExtentDelta,
    /// An extent is too small.
    ExtentMin,
    /// A bright star too near (Solano's constant rule).
    SpikeConstant,
    /// A star too bright for its distance (Solano's line).
    SpikeLine,
    /// In the reference catalogue of that name.
    Veto(String),
}

impl Rule {
    /// The name in tables: `snr`, `veto_gaia`.
    pub fn name(&self) -> String {
        let name = match self {
            Self::Flags => "flags",
            Self::Mask => "mask",
            Self::Snr => "snr",
            Self::SigmaClipFwhm => "sigma_clip_fwhm",
            Self::SigmaClipElongation => "sigma_clip_elongation",
            Self::SpreadModel => "spread_model",
            Self::Fwhm => "fwhm",
            Self::Elongation => "elongation",
            Self::ExtentMissing => "extent_nan",
            Self::ExtentDelta => "extent_delta",
            Self::ExtentMin => "extent_min",
            Self::SpikeConstant => "spike_const",
            Self::SpikeLine => "spike_line",
            Self::Veto(catalog) => return format!("veto_{catalog}"),
        };
        name.to_owned()
    }
}

/// One rule that a detection broke. Its text is `rule(value;threshold)`, `rule(missing;threshold)` where the value is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    /// What was found; NaN if it is missing.
    pub value: f64,
    /// What it was compared with.
    pub threshold: f64,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.rule.name();
        if self.value.is_nan() {
            write!(f, "{name}(missing;{})", self.threshold)
        } else {
            write!(f, "{name}({};{})", self.value, self.threshold)
        }
    }
}
