//! Photographic grain: correlated noise that belongs to the plate's pixels.

use crate::geometry::Window;
use crate::random::{Class, normal_pair, stream};

/// Share of the variance in grain clumps, whose kernel is wider: real plates have correlations of 0.1 to 0.15 at 3 to 4
/// pixels where a single Gaussian would have none (measured on the M67 and HD 219829 cutouts).
const CLUMP_VARIANCE: f64 = 0.15;
/// Standard deviation of the clumps' kernel, pixels.
const CLUMP_SIGMA_PX: f64 = 2.0;
/// Kernels end at this many standard deviations.
const KERNEL_SIGMAS: f64 = 3.5;
/// Added to plate rows and columns, so that the kernel may reach over the plate's edge.
const EDGE_PX: i64 = 1024;

/// Grain of unit variance for any rows of any window of one plate.
pub(crate) struct Grain {
    seed: u64,
    fine: Vec<f32>,
    clumps: Vec<f32>,
    reach: usize,
}

impl Grain {
    /// Grain whose correlation falls to 1/e at `correlation_px` (a Gaussian kernel of half that standard deviation); 0 is
    /// white noise.
    pub(crate) fn new(seed: u64, correlation_px: f64) -> Self {
        if correlation_px <= 0.0 {
            return Self { seed, fine: vec![1.0], clumps: vec![0.0], reach: 0 };
        }
        let (fine_sigma, clump_sigma) = (0.5 * correlation_px, CLUMP_SIGMA_PX.max(0.5 * correlation_px));
        let reach = libm::ceil(KERNEL_SIGMAS * clump_sigma) as usize;
        let (fine, clumps) = (gaussian(fine_sigma, reach), gaussian(clump_sigma, reach));
        // Variance of white noise after a separable kernel a f + b c: (a^2 F + b^2 C + 2 a b X) with squared line sums.
        let overlap = |p: &[f64], q: &[f64]| {
            let line: f64 = p.iter().zip(q).map(|(p, q)| p * q).sum();
            line * line
        };
        let a = ((1.0 - CLUMP_VARIANCE) / overlap(&fine, &fine)).sqrt();
        let b = (CLUMP_VARIANCE / overlap(&clumps, &clumps)).sqrt();
        let norm = (1.0 + 2.0 * a * b * overlap(&fine, &clumps)).sqrt();
        // A separable kernel takes the square root of its amplitude along each axis.
        let scaled = |kernel: &[f64], amplitude: f64| {
            let along = (amplitude / norm).sqrt();
            kernel.iter().map(|k| (k * along) as f32).collect::<Vec<f32>>()
        };
        Self { seed, fine: scaled(&fine, a), clumps: scaled(&clumps, b), reach }
    }

    /// `rows` rows of the window from `first_row`, in C order.
    pub(crate) fn rows(&self, window: &Window, first_row: usize, rows: usize) -> Vec<f32> {
        let (reach, width) = (self.reach, window.width);
        let padded = width + 2 * reach;
        let mut smooth = vec![(0.0_f32, 0.0_f32); (rows + 2 * reach) * width];
        let mut white = vec![0.0_f32; padded];
        for (row, line) in smooth.chunks_exact_mut(width).enumerate() {
            let plate_row = window.corner.1 + (first_row + row) as i64 - reach as i64;
            self.white_row(plate_row, window.corner.0 - reach as i64, &mut white);
            for (x, out) in line.iter_mut().enumerate() {
                let near = &white[x..=x + 2 * reach];
                let mut sums = (0.0, 0.0);
                for ((value, fine), clump) in near.iter().zip(&self.fine).zip(&self.clumps) {
                    sums.0 += value * fine;
                    sums.1 += value * clump;
                }
                *out = sums;
            }
        }
        let mut grain = vec![0.0_f32; rows * width];
        for (row, line) in grain.chunks_exact_mut(width).enumerate() {
            for (k, (fine, clump)) in self.fine.iter().zip(&self.clumps).enumerate() {
                let source = &smooth[(row + k) * width..(row + k + 1) * width];
                for (out, (a, b)) in line.iter_mut().zip(source) {
                    *out += a * fine + b * clump;
                }
            }
        }
        grain
    }

    /// White noise of the plate row from `first_column` on: two pixels for each 16 bytes of the row's stream.
    fn white_row(&self, plate_row: i64, first_column: i64, out: &mut [f32]) {
        let first = first_column + EDGE_PX;
        let mut random = stream(self.seed, Class::Grain, (plate_row + EDGE_PX).max(0) as u64);
        random.set_word_pos(4 * (first.max(0) / 2) as u128);
        let mut out = out.iter_mut();
        if first % 2 != 0 {
            let (_, second) = normal_pair(&mut random);
            if let Some(pixel) = out.next() {
                *pixel = second as f32;
            }
        }
        while let Some(pixel) = out.next() {
            let (first, second) = normal_pair(&mut random);
            *pixel = first as f32;
            if let Some(pixel) = out.next() {
                *pixel = second as f32;
            }
        }
    }
}

fn gaussian(sigma: f64, reach: usize) -> Vec<f64> {
    let weights: Vec<f64> = (0..=2 * reach)
        .map(|k| {
            let z = (k as f64 - reach as f64) / sigma;
            libm::exp(-0.5 * z * z)
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::{Grain, Window};

    const WINDOW: Window = Window { pixel_size_um: 25.0, corner: (6001, 5000), width: 400, height: 400 };

    #[test]
    fn grain_has_unit_variance_and_the_correlation_asked_for() {
        let grain = Grain::new(7, 1.5).rows(&WINDOW, 0, 400);
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (mut sum, mut count) = (0.0, 0.0);
            for value in values {
                sum += value;
                count += 1.0;
            }
            sum / count
        };
        let variance = mean(&mut grain.iter().map(|v| f64::from(*v) * f64::from(*v)));
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        let lag = |d: usize| mean(&mut grain.windows(d + 1).map(|w| f64::from(w[0]) * f64::from(w[d]))) / variance;
        // Fine part: exp(-d^2 / 1.5^2); the clumps and their overlap add to it.
        assert!((0.6..0.75).contains(&lag(1)), "{}", lag(1));
        assert!((0.1..0.25).contains(&lag(3)), "{}: clumps", lag(3));
        assert!(lag(12).abs() < 0.03, "{}", lag(12));
    }

    #[test]
    fn overlapping_windows_have_the_same_grain() {
        let grain = Grain::new(7, 1.5);
        let whole = grain.rows(&WINDOW, 0, 400);
        let part = Window { corner: (6001 + 33, 5000 + 10), width: 50, ..WINDOW };
        let found = grain.rows(&part, 5, 20);
        for y in 0..20 {
            assert_eq!(found[y * 50..(y + 1) * 50], whole[(y + 15) * 400 + 33..(y + 15) * 400 + 83], "row {y}");
        }
    }
}
