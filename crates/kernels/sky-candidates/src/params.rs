//! Thresholds of the three rule sets, each with unit, range, default and source.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_catalog::flags;
use sky_image::mask_bits;

/// Which rules decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSet {
    /// The raw cuts of Solano et al. 2022 (MNRAS 515, 1380).
    Solano2022,
    /// The same quantities as z-scores against the tile's own stars, so that neither pixel scale nor seeing matters.
    Calibrated,
    /// FLAGS, SNR_WIN, mask, spikes and vetoes decide; shape is a column only.
    #[default]
    Evidence,
}

/// What comes first: it decides the population of the clips and the order of the reasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Clips over the detections that no catalogue vetoes (the public VASCO code with its local matcher).
    #[default]
    VetoFirst,
    /// Clips over all detections (the same code with the CDS service).
    FilterFirst,
}

/// Which star the LINE rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpikePick {
    /// Any star in reach.
    #[default]
    Any,
    /// The nearest one only (the public VASCO code): a faint star between a detection and a bright star hides the bright one.
    Nearest,
}

/// How detections are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JudgeParams {
    /// Which rules decide (default `evidence`).
    pub rule_set: RuleSet,
    /// What comes first (default `veto_first`).
    pub order: Order,
    /// Mask bits that drop a detection, in every rule set (default 27: bright star, spike, bad, no data; a saturated star may be real).
    #[schemars(range(min = 0, max = 31))]
    pub mask_bits: u16,
    /// Thresholds of `solano2022`.
    pub solano: SolanoParams,
    /// Thresholds of `calibrated`.
    pub calibrated: CalibratedParams,
    /// Thresholds of `evidence`.
    pub evidence: EvidenceParams,
    /// Spikes, in every rule set.
    pub spikes: SpikeParams,
    /// When a detection is far from the edges.
    pub edges: EdgeParams,
}

/// The cuts of Solano et al. 2022 as the public VASCO code implements them; `>` and `<` are strict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SolanoParams {
    /// Keeps SNR_WIN above this (default 30).
    #[schemars(range(min = 0.0, max = 1e6))]
    pub snr_min: f64,
    /// Keeps FWHM_IMAGE and ELONGATION within this many robust standard deviations, 1.4826 MAD, of the median, limits included (default 2).
    #[schemars(range(min = 0.1, max = 100.0))]
    pub clip_sigma: f64,
    /// Keeps SPREAD_MODEL above this (default -0.002).
    #[schemars(range(min = -1.0, max = 1.0))]
    pub spread_min: f64,
    /// Keeps FWHM_IMAGE above this (unit pixel; default 2).
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub fwhm_min_px: f64,
    /// Keeps FWHM_IMAGE below this (unit pixel; default 7).
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub fwhm_max_px: f64,
    /// Keeps ELONGATION below this (default 1.3).
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub elongation_max: f64,
    /// Keeps |(XMAX - XMIN) - (YMAX - YMIN)| below this (unit pixel; default 2).
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub extent_delta_max_px: f64,
    /// Keeps XMAX - XMIN and YMAX - YMIN above this (unit pixel; default 1).
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub extent_min_px: f64,
}

/// The same quantities against the tile's stars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CalibratedParams {
    /// Keeps SNR_WIN above this (default 30: Solano et al. 2022; it has no scale).
    #[schemars(range(min = 0.0, max = 1e6))]
    pub snr_min: f64,
    /// Fewest stars of the tile that make a population (default 20); with fewer the survivors of FLAGS and SNR_WIN are taken.
    #[schemars(range(min = 1, max = 100000))]
    pub min_stars: usize,
    /// Keeps |z| of FWHM_IMAGE up to this (default 3: loses 0.3 % of stars; the 2 of Solano et al. loses 5 %).
    #[schemars(range(min = 0.1, max = 100.0))]
    pub fwhm_z_max: f64,
    /// Keeps z of ELONGATION up to this (default 3).
    #[schemars(range(min = 0.1, max = 100.0))]
    pub elongation_z_max: f64,
    /// Keeps z of SPREAD_MODEL down to this (default -3: the zero point of SPREAD_MODEL wanders from tile to tile by 3.6 times Solano's cut).
    #[schemars(range(min = -100.0, max = 0.0))]
    pub spread_z_min: f64,
    /// Keeps the difference of the extents below this, in median FWHM (default 0.8: 2 pixels at 2.5).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub extent_delta_max_fwhm: f64,
    /// Keeps each extent above this, in median FWHM (default 0.4: 1 pixel at 2.5).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub extent_min_fwhm: f64,
}

/// What drops a detection whatever its shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvidenceParams {
    /// Bits of FLAGS that drop (default 40: footprint at the edge of the image, footprint with pixels without data). Neighbours, blends and saturation do not.
    #[schemars(range(min = 0, max = 255))]
    pub flag_bits: u16,
    /// Keeps SNR_WIN above this (default 10: twice the detection threshold of 5, where grain no longer passes for a source).
    #[schemars(range(min = 0.0, max = 1e6))]
    pub snr_min: f64,
}

/// Spikes and halos of bright stars, Solano et al. 2022: reject m <= 12.4 within 90 arcsec, and m < -0.09 d + 15.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpikeParams {
    /// Radius of the CONST rule, limit included (unit arcsec; default 90: the paper prints arcmin, every reader takes it for a slip).
    #[schemars(range(min = 0.0, max = 36000.0))]
    pub const_radius_arcsec: f64,
    /// Faintest star of the CONST rule, limit included (unit mag; default 12.4).
    #[schemars(range(min = -2.0, max = 30.0))]
    pub const_mag: f64,
    /// Decrease of the LINE rule's magnitude (unit mag/arcsec; default 0.09).
    #[schemars(range(min = 0.001, max = 10.0))]
    pub line_slope_mag_per_arcsec: f64,
    /// Magnitude of the LINE rule at no distance (unit mag; default 15.3). Equality keeps.
    #[schemars(range(min = -2.0, max = 30.0))]
    pub line_zero_mag: f64,
    /// Farthest star that the LINE rule looks at (unit arcsec; default 170: there the line reaches magnitude 0).
    #[schemars(range(min = 0.0, max = 36000.0))]
    pub reach_arcsec: f64,
    /// Stars nearer than this are the detection itself and not what a spike comes from; the vetoes judge those (unit arcsec; default 5: the match radius).
    /// USNO-B1.0 holds stars that have vanished since, each at distance 0 of its own detection.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub inner_arcsec: f64,
    /// Faintest star that counts at all (unit mag; default 16: the public VASCO code). It matters with `nearest` only.
    #[schemars(range(min = -2.0, max = 30.0))]
    pub source_mag_max: f64,
    /// Which star the LINE rule looks at (default `any`).
    pub pick: SpikePick,
}

/// When a detection belongs to the core of its tile: both distances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeParams {
    /// Smallest distance from the edge (unit arcsec; default 60: vasco60).
    #[schemars(range(min = 0.0, max = 36000.0))]
    pub core_arcsec: f64,
    /// Smallest distance from the edge (unit pixel; default 200: vasco60).
    #[schemars(range(min = 0.0, max = 10000.0))]
    pub core_px: f64,
}

impl Default for JudgeParams {
    fn default() -> Self {
        Self {
            rule_set: RuleSet::default(),
            order: Order::default(),
            mask_bits: mask_bits::BRIGHT_STAR | mask_bits::SPIKE | mask_bits::BAD | mask_bits::NO_DATA,
            solano: SolanoParams::default(),
            calibrated: CalibratedParams::default(),
            evidence: EvidenceParams::default(),
            spikes: SpikeParams::default(),
            edges: EdgeParams::default(),
        }
    }
}

impl Default for SolanoParams {
    fn default() -> Self {
        Self {
            snr_min: 30.0,
            clip_sigma: 2.0,
            spread_min: -0.002,
            fwhm_min_px: 2.0,
            fwhm_max_px: 7.0,
            elongation_max: 1.3,
            extent_delta_max_px: 2.0,
            extent_min_px: 1.0,
        }
    }
}

impl Default for CalibratedParams {
    fn default() -> Self {
        Self {
            snr_min: 30.0,
            min_stars: 20,
            fwhm_z_max: 3.0,
            elongation_z_max: 3.0,
            spread_z_min: -3.0,
            extent_delta_max_fwhm: 0.8,
            extent_min_fwhm: 0.4,
        }
    }
}

impl Default for EvidenceParams {
    fn default() -> Self {
        Self { flag_bits: flags::TRUNCATED | flags::ISOPHOTE_INCOMPLETE, snr_min: 10.0 }
    }
}

impl Default for SpikeParams {
    fn default() -> Self {
        Self {
            const_radius_arcsec: 90.0,
            const_mag: 12.4,
            line_slope_mag_per_arcsec: 0.09,
            line_zero_mag: 15.3,
            reach_arcsec: 170.0,
            inner_arcsec: 5.0,
            source_mag_max: 16.0,
            pick: SpikePick::default(),
        }
    }
}

impl Default for EdgeParams {
    fn default() -> Self {
        Self { core_arcsec: 60.0, core_px: 200.0 }
    }
}

impl RuleSet {
    /// The name in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Solano2022 => "solano2022",
            Self::Calibrated => "calibrated",
            Self::Evidence => "evidence",
        }
    }
}

impl Order {
    /// The name in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VetoFirst => "veto_first",
            Self::FilterFirst => "filter_first",
        }
    }
}

impl JudgeParams {
    /// SNR_WIN that the chosen rule set asks for.
    pub const fn snr_min(&self) -> f64 {
        match self.rule_set {
            RuleSet::Solano2022 => self.solano.snr_min,
            RuleSet::Calibrated => self.calibrated.snr_min,
            RuleSet::Evidence => self.evidence.snr_min,
        }
    }

    /// Bits of FLAGS that drop a detection in the chosen rule set: all, or those that matter to `evidence`.
    pub const fn flag_bits(&self) -> u16 {
        match self.rule_set {
            RuleSet::Solano2022 | RuleSet::Calibrated => u16::MAX,
            RuleSet::Evidence => self.evidence.flag_bits,
        }
    }
}
