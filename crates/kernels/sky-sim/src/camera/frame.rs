//! The frames of a simulated camera.

use ndarray::Array2;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use sky_image::Colour;

use super::params::{CameraParams, Exposure, FieldStar};
use crate::random::{Class, normal, stream, uniform};

/// Full width at half maximum of a Gaussian in units of its sigma: 2 sqrt(2 ln 2).
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;
/// Stars are drawn to so many sigma.
const REACH_SIGMA: f64 = 5.0;
/// Slope of the numbers of stars: those brighter than f go as f to the minus this.
const NUMBER_SLOPE: f64 = 0.6;
/// No star is brighter than so many times the faintest.
const BRIGHTEST: f64 = 4_000.0;

/// A camera with its field, its hot pixels and its flat field.
#[derive(Clone, Debug)]
pub struct SimulatedCamera {
    params: CameraParams,
    stars: Vec<FieldStar>,
    /// Dark current of each pixel, electrons a second.
    dark: Array2<f64>,
    /// Share of the light that reaches each pixel, filters left out.
    flat: Array2<f64>,
    hot: Vec<(usize, usize)>,
}

impl SimulatedCamera {
    /// A camera.
    pub fn new(params: CameraParams) -> Self {
        let (width, height) = (params.width, params.height);
        let mut random = stream(params.seed, Class::FieldStar, 0);
        let stars = (0..params.stars)
            .map(|_| {
                let faint = 1.0 - random.random::<f64>();
                FieldStar {
                    x_px: uniform(&mut random, -(width as f64), 2.0 * width as f64),
                    y_px: uniform(&mut random, -(height as f64), 2.0 * height as f64),
                    flux_e_per_s: params.faintest_e_per_s * libm::pow(faint, -1.0 / NUMBER_SLOPE).min(BRIGHTEST),
                }
            })
            .collect();
        let mut random = stream(params.seed, Class::HotPixel, 0);
        let mut dark = Array2::from_elem((height, width), params.dark_e_per_s);
        let hot: Vec<(usize, usize)> = (0..params.hot_pixels)
            .map(|_| {
                let place = (random.random_range(0..height), random.random_range(0..width));
                dark[place] += params.hot_e_per_s * uniform(&mut random, 1.0, 4.0);
                place
            })
            .collect();
        let flat = Array2::from_shape_fn((height, width), |(y, x)| flat_field(&params, x as f64, y as f64));
        Self { params, stars, dark, flat, hot }
    }

    /// The stars of the field.
    pub fn stars(&self) -> &[FieldStar] {
        &self.stars
    }

    /// Row and column of each hot pixel.
    pub fn hot_pixels(&self) -> &[(usize, usize)] {
        &self.hot
    }

    /// The parameters.
    pub const fn params(&self) -> &CameraParams {
        &self.params
    }

    /// A bias.
    pub fn bias(&self, number: u64) -> Array2<u16> {
        self.read_out(Array2::zeros(self.dark.dim()), Class::BiasFrame, number)
    }

    /// A dark.
    pub fn dark(&self, seconds: f64, number: u64) -> Array2<u16> {
        self.read_out(&self.dark * seconds, Class::DarkFrame, number)
    }

    /// A flat whose middle has that many electrons behind a filter that lets all through.
    pub fn flat(&self, level_e: f64, number: u64) -> Array2<u16> {
        let light = Array2::from_shape_fn(self.flat.dim(), |(y, x)| level_e * self.flat[(y, x)] * self.filter(x, y));
        self.read_out(light, Class::FlatFrame, number)
    }

    /// A light.
    pub fn light(&self, exposure: &Exposure) -> Array2<u16> {
        let mut electrons = self.expected(exposure);
        electrons.zip_mut_with(&self.dark, |light, dark| *light += dark * exposure.seconds);
        let (height, width) = electrons.dim();
        let mut random = stream(self.params.seed, Class::CosmicRay, exposure.number);
        for _ in 0..exposure.cosmic_rays {
            let (y, x) = (random.random_range(0..height), random.random_range(0..width));
            let energy = uniform(&mut random, 800.0, 6_000.0);
            electrons[(y, x)] += energy;
            if x + 1 < width {
                electrons[(y, x + 1)] += 0.4 * energy;
            }
        }
        if exposure.satellite {
            self.trail(&mut electrons, &mut random, exposure);
        }
        self.read_out(electrons, Class::LightFrame, exposure.number)
    }

    /// Electrons of sky and stars that a light has on average, behind the flat field and the filters: no dark current, no noise.
    pub fn expected(&self, exposure: &Exposure) -> Array2<f64> {
        let (height, width) = self.dark.dim();
        let mut light = Array2::from_shape_fn((height, width), |(_, x)| {
            let rise = self.params.sky_gradient * (x as f64 / (width.max(2) - 1) as f64 - 0.5);
            self.params.sky_e_per_s * (1.0 + rise) * exposure.seconds
        });
        let sigma = exposure.fwhm_px / FWHM_PER_SIGMA;
        let reach = (REACH_SIGMA * sigma).ceil();
        for star in &self.stars {
            let (x, y) = exposure.pose.on_frame(star.x_px, star.y_px, width, height);
            if x < -reach || y < -reach || x > width as f64 + reach || y > height as f64 + reach {
                continue;
            }
            let flux = star.flux_e_per_s * exposure.transparency * exposure.seconds;
            let range = |centre: f64, length: usize| {
                let first = (centre - reach).max(0.0) as usize;
                first..((centre + reach + 1.0).max(0.0) as usize).min(length)
            };
            // Each pixel holds the integral of the Gaussian over its area.
            let share = |pixel: usize, centre: f64| {
                let edge =
                    |offset: f64| libm::erf((pixel as f64 + offset - centre) / (sigma * std::f64::consts::SQRT_2));
                0.5 * (edge(0.5) - edge(-0.5))
            };
            let columns: Vec<(usize, f64)> = range(x, width).map(|column| (column, share(column, x))).collect();
            for row in range(y, height) {
                let of_row = flux * share(row, y);
                columns.iter().for_each(|(column, share)| light[(row, *column)] += of_row * share);
            }
        }
        Array2::from_shape_fn((height, width), |(y, x)| light[(y, x)] * self.flat[(y, x)] * self.filter(x, y))
    }

    fn trail(&self, electrons: &mut Array2<f64>, random: &mut ChaCha8Rng, exposure: &Exposure) {
        let (height, width) = electrons.dim();
        let (left, right) = (uniform(random, 0.0, height as f64), uniform(random, 0.0, height as f64));
        let brightness = 6.0 * self.params.sky_e_per_s * exposure.seconds;
        let slope = (right - left) / width as f64;
        let across = (1.0 + slope * slope).sqrt();
        for ((y, x), value) in electrons.indexed_iter_mut() {
            let off = (y as f64 - left - slope * x as f64) / across;
            *value += brightness * libm::exp(-0.5 * off * off / (1.2 * 1.2));
        }
    }

    /// Share of the light that a pixel's filter lets through.
    fn filter(&self, x: usize, y: usize) -> f64 {
        match self.params.pattern.map(|pattern| pattern.colour(x, y)) {
            None => 1.0,
            Some(Colour::Red) => self.params.colours[0],
            Some(Colour::Green) => self.params.colours[1],
            Some(Colour::Blue) => self.params.colours[2],
        }
    }

    /// Photon and read noise, gain, bias, whole numbers of 16 bits. Photon noise is Gaussian: exact enough above ten electrons, and
    /// below them the read noise is larger.
    fn read_out(&self, electrons: Array2<f64>, class: Class, number: u64) -> Array2<u16> {
        let mut random = stream(self.params.seed, class, number);
        let params = &self.params;
        electrons.mapv(|light| {
            let noise = (light.max(0.0) + params.read_noise_e * params.read_noise_e).sqrt();
            let value = (light + normal(&mut random, noise)) / params.gain_e_per_adu + params.bias_adu;
            // `as` clips at both ends.
            (value + 0.5).floor() as u16
        })
    }
}

fn flat_field(params: &CameraParams, x: f64, y: f64) -> f64 {
    let (cx, cy) = (0.5 * (params.width as f64 - 1.0), 0.5 * (params.height as f64 - 1.0));
    let corner = cx * cx + cy * cy;
    let radius = ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / corner.max(1.0);
    let motes = params.dust.iter().fold(1.0, |light, mote| {
        let off = libm::hypot(x - mote.x_px, y - mote.y_px) / mote.radius_px;
        light * (1.0 - mote.depth / (1.0 + libm::pow(off, 6.0)))
    });
    (1.0 - params.vignetting * radius) * motes
}

#[cfg(test)]
mod tests {
    use super::super::Pose;
    use super::*;

    fn light(number: u64) -> Exposure {
        Exposure {
            number,
            seconds: 30.0,
            pose: Pose::STILL,
            fwhm_px: 3.0,
            transparency: 1.0,
            cosmic_rays: 0,
            satellite: false,
        }
    }

    #[test]
    fn a_bias_has_its_level_and_read_noise_and_a_dark_its_current() {
        let camera = SimulatedCamera::new(CameraParams { hot_pixels: 0, ..CameraParams::default() });
        let mean = |frame: &Array2<u16>| frame.iter().map(|value| f64::from(*value)).sum::<f64>() / frame.len() as f64;
        let bias = camera.bias(3);
        let level = mean(&bias);
        assert!((level - 500.0).abs() < 0.05, "{level}");
        let square = bias.iter().map(|value| (f64::from(*value) - level).powi(2)).sum::<f64>() / bias.len() as f64;
        let expected = (4.0_f64 / 1.5).powi(2) + 1.0 / 12.0;
        assert!((square / expected - 1.0).abs() < 0.02, "variance {square}, {expected} expected");
        let dark = mean(&camera.dark(60.0, 3));
        assert!((dark - 500.0 - 0.2 * 60.0 / 1.5).abs() < 0.05, "{dark}");
    }

    #[test]
    fn frames_differ_by_number_and_are_the_same_again() {
        let camera = SimulatedCamera::new(CameraParams::default());
        assert_eq!(camera.light(&light(1)), SimulatedCamera::new(CameraParams::default()).light(&light(1)));
        assert_ne!(camera.light(&light(1)), camera.light(&light(2)));
    }

    #[test]
    fn the_middle_of_a_turned_field_stays_and_a_mirror_turns_columns() {
        let pose = Pose { rotation_deg: 90.0, ..Pose::STILL };
        let (x, y) = pose.on_frame(49.5 + 10.0, 39.5, 100, 80);
        assert!((x - 49.5).abs() < 1e-9 && (y - 49.5).abs() < 1e-9, "{x}, {y}");
        let mirrored = Pose { is_mirrored: true, ..Pose::STILL };
        assert_eq!(mirrored.on_frame(0.0, 7.0, 100, 80), (99.0, 7.0));
    }
}
