//! Weights of Lanczos interpolation, tabulated by the place between two pixels.

use std::sync::LazyLock;

/// Half width of the kernel: Lanczos-4 uses 8 x 8 pixels.
pub(crate) const LOBES: usize = 4;
/// Pixels of one row of the kernel.
pub(crate) const TAPS: usize = 2 * LOBES;
/// Steps between two pixels: positions are rounded to 1/512 pixel, at most 0.001 px off.
const PHASES: usize = 512;

/// Weights of the taps -3 to +4 around a place, for each phase.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    weights: Vec<[f32; TAPS]>,
}

impl Kernel {
    /// sinc(t) sinc(t / 4) within 4 pixels (Duchon 1979; Turkowski 1990), scaled so that the weights of each phase add to 1.
    pub(crate) fn new() -> Self {
        let weights = (0..=PHASES).map(|phase| {
            let fraction = phase as f64 / PHASES as f64;
            let raw: Vec<f64> = (0..TAPS).map(|tap| lanczos(tap as f64 - (LOBES as f64 - 1.0) - fraction)).collect();
            let sum: f64 = raw.iter().sum();
            std::array::from_fn(|tap| (raw[tap] / sum) as f32)
        });
        Self { weights: weights.collect() }
    }

    /// The one table: blocks of rows of many frames use it, and 4,104 sines are computed once.
    pub(crate) fn shared() -> &'static Self {
        static TABLE: LazyLock<Kernel> = LazyLock::new(Kernel::new);
        &TABLE
    }

    /// First tap's pixel and the weights for a position along one axis.
    #[inline(always)]
    pub(crate) fn at(&self, position: f64) -> (isize, &[f32; TAPS]) {
        let floor = position.floor();
        let phase = ((position - floor) * PHASES as f64 + 0.5) as usize;
        (floor as isize - (LOBES as isize - 1), &self.weights[phase.min(PHASES)])
    }
}

fn lanczos(t: f64) -> f64 {
    if t.abs() >= LOBES as f64 {
        return 0.0;
    }
    sinc(t) * sinc(t / LOBES as f64)
}

fn sinc(t: f64) -> f64 {
    let angle = std::f64::consts::PI * t;
    if angle.abs() < 1e-9 { 1.0 } else { libm::sin(angle) / angle }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_to_one_and_a_pixel_centre_takes_the_pixel() {
        let kernel = Kernel::new();
        for position in [10.0, 10.25, 10.5, 10.999] {
            let (first, weights) = kernel.at(position);
            assert_eq!(first, 7);
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        let (_, weights) = kernel.at(10.0);
        assert!((weights[3] - 1.0).abs() < 1e-6 && weights[4].abs() < 1e-6);
    }
}
