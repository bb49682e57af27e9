//! What a simulated sky, its plate and its digitization are made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sky and the plate: what there is, in units of the sky, whatever the scanner's pixel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SceneParams {
    /// Seed of every random number.
    pub seed: u64,
    /// Right ascension of the field's centre, degrees.
    #[schemars(range(min = 0.0, max = 360.0))]
    pub centre_ra_deg: f64,
    /// Declination of the field's centre, degrees.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub centre_dec_deg: f64,
    /// Side of the square field, arc minutes. Stars also fill a margin around it, at the same density.
    #[schemars(range(min = 1.0, max = 360.0))]
    pub size_arcmin: f64,
    /// Stars and galaxies of the modern catalogues inside the field.
    #[schemars(range(max = 1_000_000))]
    pub n_catalogue_stars: u32,
    /// Share of galaxies among them.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub galaxy_fraction: f64,
    /// Magnitude of the brightest star, plate red.
    #[schemars(range(min = 0.0, max = 25.0))]
    pub brightest_mag: f64,
    /// Magnitude of the faintest star, plate red.
    #[schemars(range(min = 0.0, max = 25.0))]
    pub faintest_mag: f64,
    /// Slope of the number counts, d log10 N / d mag. High galactic latitude at 12 to 20 mag: about 0.25 to 0.3
    /// (Bahcall & Soneira 1980, ApJS 44, 73).
    #[schemars(range(min = 0.05, max = 0.6))]
    pub number_count_slope: f64,
    /// Stars on the plate that no modern catalogue has.
    #[schemars(range(max = 100_000))]
    pub n_vanished: u32,
    /// Faintest of them: expected SNR_WIN at 1.7 arcsec a pixel.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub vanished_snr_min: f64,
    /// Brightest of them: expected SNR_WIN at 1.7 arcsec a pixel.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub vanished_snr_max: f64,
    /// Whether USNO-B1.0, which was measured on these very plates, lists the vanished stars (Barron et al. 2008, AJ 135, 414).
    pub vanished_in_usnob: bool,
    /// Stars of high proper motion, spread evenly up to the largest.
    #[schemars(range(max = 10_000))]
    pub n_high_proper_motion: u32,
    /// Largest proper motion, mas/yr.
    #[schemars(range(min = 0.0, max = 11_000.0))]
    pub proper_motion_max_mas_yr: f64,
    /// Stars of such motions that Gaia and Pan-STARRS list without a motion, spread evenly in log motion up to the largest (default 0).
    #[schemars(range(max = 10_000))]
    pub n_unmeasured_motion: u32,
    /// Smallest motion of those, mas/yr.
    #[schemars(range(min = 1.0, max = 11_000.0))]
    pub unmeasured_motion_min_mas_yr: f64,
    /// Share of the rows of USNO-B1.0 whose proper motion is false, 150 to 1000 mas/yr (default 0; in the real catalogue 0.06: poss1-plate-slice,
    /// FUNNEL_ATTRIBUTION.md, 2026-08-16).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub usnob_false_motions: f64,
    /// Asteroids, trailed by their motion during the exposure, in no catalogue.
    #[schemars(range(max = 1000))]
    pub n_asteroids: u32,
    /// Straight scratches.
    #[schemars(range(max = 1000))]
    pub n_scratches: u32,
    /// Curved hairs and fibres.
    #[schemars(range(max = 1000))]
    pub n_hairs: u32,
    /// Specks of dust, sharp and irregular.
    #[schemars(range(max = 10_000))]
    pub n_dust: u32,
    /// Emulsion spots: round, sharper than a star, or like one.
    #[schemars(range(max = 10_000))]
    pub n_emulsion_spots: u32,
    /// Trails of meteors or aircraft across the field.
    #[schemars(range(max = 100))]
    pub n_trails: u32,
    /// Smallest FWHM of a star inside the field, arc seconds.
    #[schemars(range(min = 0.1, max = 60.0))]
    pub fwhm_min_arcsec: f64,
    /// FWHM of a star in the worst corner of the field, arc seconds.
    #[schemars(range(min = 0.1, max = 60.0))]
    pub fwhm_max_arcsec: f64,
    /// The plate.
    pub plate: PlateParams,
}

/// A photographic plate of the Palomar survey, as its header describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlateParams {
    /// Region name: XE and three digits.
    pub region: String,
    /// Plate identifier of the scanning laboratory.
    pub plate_id: String,
    /// Start of the exposure, MJD (UT).
    #[schemars(range(min = 30000.0, max = 60000.0))]
    pub exposure_start_mjd: f64,
    /// Exposure, minutes.
    #[schemars(range(min = 0.1, max = 600.0))]
    pub exposure_min: f64,
    /// Writes DATE-OBS with 60 minutes or more and one hour less, as the archive does for some plates (09:60:00).
    pub minute_overflow: bool,
    /// Offset of the plate's centre from the field's, arc minutes towards east and north.
    pub centre_offset_arcmin: [f64; 2],
    /// How far all objects stand from where the header's solutions put them, arc seconds towards east and north:
    /// the constant error of a plate's astrometry.
    pub objects_offset_arcsec: [f64; 2],
    /// How far the plate polynomial of the header stands from its explicit solution, arc seconds towards east and north.
    /// A third of the real plates has 2.3 arcsec here.
    pub polynomial_offset_arcsec: [f64; 2],
}

/// The digitization: pixels, sky, noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RenderParams {
    /// Side of a scanner pixel, micrometres: 25.2845 is 1.70 arcsec, 15.0295 is 1.01 arcsec.
    #[schemars(range(min = 5.0, max = 100.0))]
    pub pixel_size_um: f64,
    /// Level of fog and sky, ADU.
    #[schemars(range(min = 100.0, max = 20000.0))]
    pub sky_adu: f64,
    /// Change of the sky level from the field's south-west to its north-east corner, ADU.
    #[schemars(range(min = 0.0, max = 10000.0))]
    pub gradient_adu: f64,
    /// Standard deviation of a sky pixel, ADU. It grows as the square root of the level.
    #[schemars(range(min = 0.0, max = 5000.0))]
    pub noise_adu: f64,
    /// Distance at which the correlation of the grain falls to 1/e, pixels; 0 is white noise.
    #[schemars(range(min = 0.0, max = 6.0))]
    pub grain_correlation_px: f64,
    /// Plateau of the emulsion, ADU.
    #[schemars(range(min = 1000.0, max = 32000.0))]
    pub saturation_adu: f64,
    /// Adds the distortion table of the archive (`xe.mask`) as a second HDU.
    pub with_distortion_table: bool,
}

/// Ready-made kinds of field, for comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SceneKind {
    /// 60 arcmin at high latitude: the demo.
    Standard,
    /// 17 arcmin (600 pixels) of the same, for quick tests.
    Small,
    /// A fifth of the stars.
    Sparse,
    /// Six times the stars, towards the plane.
    Crowded,
    /// White photon noise, no defects, no saturation in reach of ordinary stars: a CCD.
    Ccd,
    /// A PSF that varies by a factor of two.
    VaryingPsf,
}

impl Default for SceneParams {
    fn default() -> Self {
        Self {
            seed: 1953,
            centre_ra_deg: 150.0,
            centre_dec_deg: 20.0,
            size_arcmin: 60.0,
            n_catalogue_stars: 4000,
            galaxy_fraction: 0.08,
            brightest_mag: 8.0,
            faintest_mag: 20.6,
            number_count_slope: 0.28,
            n_vanished: 40,
            vanished_snr_min: 10.0,
            vanished_snr_max: 200.0,
            vanished_in_usnob: false,
            n_high_proper_motion: 5,
            proper_motion_max_mas_yr: 500.0,
            n_unmeasured_motion: 0,
            unmeasured_motion_min_mas_yr: 50.0,
            usnob_false_motions: 0.0,
            n_asteroids: 2,
            n_scratches: 6,
            n_hairs: 4,
            n_dust: 30,
            n_emulsion_spots: 20,
            n_trails: 1,
            fwhm_min_arcsec: 4.25,
            fwhm_max_arcsec: 5.44,
            plate: PlateParams::default(),
        }
    }
}

impl Default for PlateParams {
    fn default() -> Self {
        Self {
            region: "XE999".to_owned(),
            plate_id: "99ZZ".to_owned(),
            exposure_start_mjd: 34_486.416_666_666_664,
            exposure_min: 50.0,
            minute_overflow: false,
            centre_offset_arcmin: [-54.0, 42.0],
            objects_offset_arcsec: [-0.28, 0.16],
            polynomial_offset_arcsec: [0.0, 0.0],
        }
    }
}

impl Default for RenderParams {
    fn default() -> Self {
        Self {
            pixel_size_um: 25.2845,
            sky_adu: 3700.0,
            gradient_adu: 500.0,
            noise_adu: 120.0,
            grain_correlation_px: 1.5,
            saturation_adu: 24_000.0,
            with_distortion_table: true,
        }
    }
}

impl SceneKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::Standard, Self::Small, Self::Sparse, Self::Crowded, Self::Ccd, Self::VaryingPsf];

    /// The sky and the plate of this kind of field.
    pub fn scene(self, seed: u64) -> SceneParams {
        let standard = SceneParams { seed, ..SceneParams::default() };
        match self {
            Self::Standard => standard,
            Self::Small => SceneParams {
                size_arcmin: 17.0,
                n_catalogue_stars: 320,
                n_vanished: 8,
                n_scratches: 1,
                n_hairs: 1,
                n_dust: 4,
                n_emulsion_spots: 3,
                ..standard
            },
            Self::Sparse => SceneParams { n_catalogue_stars: 800, ..standard },
            Self::Crowded => SceneParams { n_catalogue_stars: 24_000, number_count_slope: 0.32, ..standard },
            Self::Ccd => SceneParams {
                brightest_mag: 12.0,
                n_scratches: 0,
                n_hairs: 0,
                n_dust: 0,
                n_emulsion_spots: 0,
                n_trails: 0,
                fwhm_max_arcsec: 4.5,
                ..standard
            },
            Self::VaryingPsf => SceneParams { fwhm_min_arcsec: 3.8, fwhm_max_arcsec: 7.6, ..standard },
        }
    }

    /// Its digitization.
    pub fn render(self) -> RenderParams {
        match self {
            Self::Ccd => RenderParams {
                sky_adu: 1000.0,
                gradient_adu: 20.0,
                noise_adu: 22.4,
                grain_correlation_px: 0.0,
                saturation_adu: 30_000.0,
                ..RenderParams::default()
            },
            _ => RenderParams::default(),
        }
    }
}
