//! How the noise of neighbouring pixels hangs together.

/// Correlation of the noise of two pixels by their distance in columns and rows: 1 at no distance, the same for (dx, dy) and
/// (-dx, -dy), 0 beyond its reach.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseCorrelation {
    reach_px: usize,
    /// Rows dy = 0 to reach, columns dx = -reach to reach.
    values: Vec<f64>,
}

impl NoiseCorrelation {
    /// Noise that is independent from pixel to pixel.
    pub fn white() -> Self {
        Self { reach_px: 0, values: vec![1.0] }
    }

    /// The correlation of a function of (dx, dy), which is asked for dy of 0 to `reach_px` and dx of -`reach_px` to `reach_px`.
    pub fn from_fn(reach_px: usize, mut of: impl FnMut(i64, i64) -> f64) -> Self {
        let reach = reach_px as i64;
        let values = (0..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (dx, dy)));
        let values = values.map(|(dx, dy)| if (dx, dy) == (0, 0) { 1.0 } else { of(dx, dy) }).collect();
        Self { reach_px, values }
    }

    /// Largest distance along columns or rows at which it may differ from 0.
    pub const fn reach_px(&self) -> usize {
        self.reach_px
    }

    /// The correlation of pixels that are `dx` columns and `dy` rows apart.
    pub fn at(&self, dx: i64, dy: i64) -> f64 {
        let (dx, dy) = if dy < 0 { (-dx, -dy) } else { (dx, dy) };
        // On the row itself both halves are kept; they are the same by definition.
        let (dx, reach) = (if dy == 0 { dx.abs() } else { dx }, self.reach_px as i64);
        if dx.abs() > reach || dy > reach {
            return 0.0;
        }
        self.values[(dy * (2 * reach + 1) + dx + reach) as usize]
    }

    /// Variance of a sum of noise of unit variance with `weights` (`side` x `side`, row by row).
    pub fn variance_of_sum(&self, weights: &[f64], side: usize) -> f64 {
        let (reach, size) = (self.reach_px as i64, side as i64);
        let mut sum = 0.0;
        for (index, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            let (x, y) = (index as i64 % size, index as i64 / size);
            for row in (y - reach).max(0)..(y + reach + 1).min(size) {
                for column in (x - reach).max(0)..(x + reach + 1).min(size) {
                    sum += weight * weights[(row * size + column) as usize] * self.at(column - x, row - y);
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_symmetric_and_ends_at_its_reach() {
        let tilted = NoiseCorrelation::from_fn(2, |dx, dy| 0.125 * dx as f64 + 0.25 * dy as f64);
        assert_eq!((tilted.at(0, 0), tilted.at(2, 1), tilted.at(-2, -1)), (1.0, 0.5, 0.5));
        assert_eq!((tilted.at(-1, 0), tilted.at(1, 0)), (0.125, 0.125), "one value on the row itself");
        assert_eq!((tilted.at(3, 0), tilted.at(0, -3)), (0.0, 0.0));
    }

    #[test]
    fn two_pixels_of_the_same_noise_add_linearly() {
        let pair = [1.0, 1.0, 0.0, 0.0];
        let same = NoiseCorrelation::from_fn(1, |_, _| 1.0);
        assert_eq!(same.variance_of_sum(&pair, 2), 4.0, "(1 + 1)^2");
        assert_eq!(NoiseCorrelation::white().variance_of_sum(&pair, 2), 2.0, "1 + 1");
    }
}
