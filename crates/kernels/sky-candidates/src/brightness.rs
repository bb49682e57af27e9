//! What magnitude a catalogue gives to a star of an instrumental magnitude: plates are not linear, so the tile's own stars say it.

use sky_stats::{mad_sigma, median};

/// Stars of nearest instrumental magnitude that a median is taken of.
const NEIGHBOURS: usize = 25;
/// Fewest stars that say anything.
const FEWEST_STARS: usize = 5;

/// Stars by instrumental magnitude.
pub(crate) struct Brightness {
    stars: Vec<(f64, f64)>,
}

impl Brightness {
    /// Of pairs (instrumental, catalogue); those that are not finite are left out.
    pub(crate) fn of(stars: &[(f64, f64)]) -> Self {
        let mut stars: Vec<(f64, f64)> =
            stars.iter().filter(|(a, b)| a.is_finite() && b.is_finite()).copied().collect();
        stars.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self { stars }
    }

    /// Median and scatter of the catalogue's magnitude at an instrumental one; `None` with too few stars.
    pub(crate) fn at(&self, mag: f64) -> Option<(f64, f64)> {
        if self.stars.len() < FEWEST_STARS || !mag.is_finite() {
            return None;
        }
        let middle = self.stars.partition_point(|star| star.0 < mag);
        let first = middle.saturating_sub(NEIGHBOURS / 2).min(self.stars.len().saturating_sub(NEIGHBOURS));
        let mut near: Vec<f64> = self.stars[first..].iter().take(NEIGHBOURS).map(|star| star.1).collect();
        Some((median(&mut near)?, mad_sigma(&mut near)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curved_law_is_followed() {
        // Density saturates: the instrumental scale is half as steep above 10.
        let law = |mag: f64| if mag < 10.0 { mag + 5.0 } else { 2.0 * mag - 5.0 };
        let stars: Vec<(f64, f64)> = (0..600).map(|i| 7.0 + 0.01 * f64::from(i)).map(|mag| (mag, law(mag))).collect();
        let brightness = Brightness::of(&stars);
        for mag in [8.0, 9.0, 11.0, 12.0] {
            let (found, sigma) = brightness.at(mag).expect("600 stars");
            assert!((found - law(mag)).abs() < 0.05 && sigma < 0.2, "at {mag}: {found} +- {sigma}");
        }
        assert!(Brightness::of(&stars[..4]).at(8.0).is_none(), "four stars say nothing");
    }
}
