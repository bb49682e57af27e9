//! What a simulated camera and its exposures are like.

use sky_image::BayerPattern;

use super::pose::Pose;

/// A mote of dust on the window: a soft disc that takes light away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DustMote {
    /// Column of its middle.
    pub x_px: f64,
    /// Row of its middle.
    pub y_px: f64,
    /// Radius, pixels.
    pub radius_px: f64,
    /// Share of the light that it takes in its middle.
    pub depth: f64,
}

/// A camera, its telescope and its field.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraParams {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Pattern of a colour camera.
    pub pattern: Option<BayerPattern>,
    /// Electrons for each ADU.
    pub gain_e_per_adu: f64,
    /// Read noise, electrons.
    pub read_noise_e: f64,
    /// Level of the bias, ADU.
    pub bias_adu: f64,
    /// Dark current of a good pixel, electrons a second.
    pub dark_e_per_s: f64,
    /// Hot pixels.
    pub hot_pixels: usize,
    /// Dark current of a hot pixel: from this to four times this, electrons a second.
    pub hot_e_per_s: f64,
    /// Share of the light that is lost in the corners.
    pub vignetting: f64,
    /// Dust.
    pub dust: Vec<DustMote>,
    /// Sky, electrons a second and pixel behind a filter that lets all through.
    pub sky_e_per_s: f64,
    /// Rise of the sky from the left to the right edge, as a share of it.
    pub sky_gradient: f64,
    /// Stars on an area three times as wide and high as the frame.
    pub stars: usize,
    /// Flux of the faintest star, electrons a second; the others are brighter by a power law (counts fall as flux to the -0.6).
    pub faintest_e_per_s: f64,
    /// Share of the light behind the red, green and blue filters of a colour camera.
    pub colours: [f64; 3],
    /// Seed.
    pub seed: u64,
}

impl Default for CameraParams {
    fn default() -> Self {
        Self {
            width: 480,
            height: 360,
            pattern: None,
            gain_e_per_adu: 1.5,
            read_noise_e: 4.0,
            bias_adu: 500.0,
            dark_e_per_s: 0.2,
            hot_pixels: 120,
            hot_e_per_s: 30.0,
            vignetting: 0.25,
            dust: vec![
                DustMote { x_px: 130.0, y_px: 220.0, radius_px: 18.0, depth: 0.12 },
                DustMote { x_px: 350.0, y_px: 90.0, radius_px: 12.0, depth: 0.2 },
            ],
            sky_e_per_s: 6.0,
            sky_gradient: 0.1,
            stars: 900,
            faintest_e_per_s: 15.0,
            colours: [0.7, 1.0, 0.6],
            seed: 1,
        }
    }
}

/// One light.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// Number of the frame: its noise follows from it.
    pub number: u64,
    /// Exposure.
    pub seconds: f64,
    /// How the field lies on the frame.
    pub pose: Pose,
    /// Seeing.
    pub fwhm_px: f64,
    /// Share of the stars' light that comes through.
    pub transparency: f64,
    /// Hits of cosmic rays.
    pub cosmic_rays: usize,
    /// A satellite crosses the frame.
    pub satellite: bool,
}

/// A star of the field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldStar {
    /// Column on a frame that is neither moved nor turned.
    pub x_px: f64,
    /// Row.
    pub y_px: f64,
    /// Flux behind a filter that lets all through, electrons a second.
    pub flux_e_per_s: f64,
}
