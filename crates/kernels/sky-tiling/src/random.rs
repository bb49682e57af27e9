//! Random fields.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sky_coords::{DEG_PER_RAD, SkyPos};

use crate::params::TilingParams;
use crate::tile::Placement;

/// `n_random` fields with centres uniform on the sphere (right ascension and the sine of the declination are uniform), without those that reach beyond the
/// southern end of the plates.
pub(crate) fn placements(params: &TilingParams) -> Vec<Placement> {
    let mut random = ChaCha8Rng::seed_from_u64(params.seed);
    let dec_min_deg = params.random_dec_min_deg + 0.5 * params.tile_size.height_arcmin / 60.0;
    let centres = std::iter::repeat_with(move || {
        let (ra_share, sine_share): (f64, f64) = (random.random(), random.random());
        SkyPos::new(360.0 * ra_share, libm::asin(2.0 * sine_share - 1.0) * DEG_PER_RAD)
    });
    centres
        .filter(|centre| centre.dec_deg >= dec_min_deg)
        .take(params.n_random as usize)
        .map(|centre| Placement { centre, size: params.tile_size, target: None, plate: None })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Mode;

    /// Kolmogorov and Smirnov, one sample against the uniform distribution: D sqrt(n) above 1.628 has p = 0.01.
    fn ks_statistic(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let largest = values
            .iter()
            .enumerate()
            .map(|(rank, value)| (value - rank as f64 / n).abs().max(((rank + 1) as f64 / n - value).abs()))
            .fold(0.0, f64::max);
        largest * n.sqrt()
    }

    #[test]
    fn fields_are_uniform_on_the_plates() {
        let params = TilingParams { mode: Mode::Random, n_random: 5000, ..TilingParams::default() };
        let centres: Vec<SkyPos> = placements(&params).into_iter().map(|placement| placement.centre).collect();
        let south_deg: f64 = -33.25 + 0.5;
        assert!(centres.iter().all(|centre| centre.dec_deg >= south_deg), "a field of 60' reaches 30' to the south");
        let least = libm::sin(south_deg / DEG_PER_RAD);
        let sines =
            centres.iter().map(|centre| (libm::sin(centre.dec_deg / DEG_PER_RAD) - least) / (1.0 - least)).collect();
        let ras = centres.iter().map(|centre| centre.ra_deg / 360.0).collect();
        assert!(ks_statistic(sines) < 1.628, "sin(dec) is uniform");
        assert!(ks_statistic(ras) < 1.628, "right ascension is uniform");
        let decs = centres.iter().map(|centre| (centre.dec_deg - south_deg) / (90.0 - south_deg)).collect();
        assert!(ks_statistic(decs) > 1.628, "and so declination itself is not");
    }

    #[test]
    fn the_seed_decides() {
        let with = |seed| placements(&TilingParams { seed, ..TilingParams::default() });
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }
}
