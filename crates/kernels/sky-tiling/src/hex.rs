//! The survey plan's `hex30`: tiles on a packing of circles that cover a disc.

use sky_coords::{DEG_PER_RAD, RAD_PER_DEG, SkyPos};

use crate::size::TileSize;

/// Centres of the tiles that cover the disc of `radius_deg` about `centre`; one of them is `centre`.
///
/// Rows follow circles of declination, sqrt(3) r apart, r being half a tile; each tile answers for the strip half a row
/// up and down. Within a row the step is 2 r at the equator and elsewhere as much less as the converging meridians ask
/// for, so that the square tiles of a row meet along the whole strip. Odd rows are shifted by half a step. Where the
/// last row stops short of a pole, one tile lies on it.
pub(crate) fn cover(centre: SkyPos, radius_deg: f64, size: TileSize, overlap_arcmin: f64) -> Vec<SkyPos> {
    let lattice = Lattice::new(size, overlap_arcmin);
    let strip = lattice.row_step_deg / 2.0;
    let rows = ((radius_deg + strip) / lattice.row_step_deg).floor().min((180.0 / lattice.row_step_deg).ceil()) as i64;
    let mut centres = Vec::new();
    for row in -rows..=rows {
        let dec_deg = centre.dec_deg + row as f64 * lattice.row_step_deg;
        if dec_deg.abs() > 90.0 {
            // Beyond the pole: what is left of this row's strip is a cap that one tile on the pole covers.
            if dec_deg.abs() - strip < 90.0 {
                centres.push(SkyPos::new(0.0, if dec_deg > 0.0 { 90.0 } else { -90.0 }));
            }
            continue;
        }
        let Some(half_width_deg) = disc_half_width_deg(centre.dec_deg, radius_deg, dec_deg - strip, dec_deg + strip)
        else {
            continue;
        };
        let step_deg = lattice.column_step_deg(dec_deg);
        let shift = if row % 2 == 0 { 0.0 } else { 0.5 };
        let ring = (360.0 / step_deg).ceil();
        if 2.0 * half_width_deg + step_deg >= 360.0 {
            let ring_step_deg = 360.0 / ring;
            centres.extend(
                (0..ring as i64)
                    .map(|column| SkyPos::new(centre.ra_deg + (column as f64 + shift) * ring_step_deg, dec_deg)),
            );
            continue;
        }
        let reach = (half_width_deg / step_deg + 0.5).ceil() as i64 + 1;
        centres.extend(
            (-reach..=reach)
                .map(|column| (column as f64 + shift) * step_deg)
                .filter(|offset_deg| offset_deg.abs() <= half_width_deg + step_deg / 2.0)
                .map(|offset_deg| SkyPos::new(centre.ra_deg + offset_deg, dec_deg)),
        );
    }
    centres
}

/// About how many tiles [`cover`] makes.
pub(crate) fn estimated_count(radius_deg: f64, size: TileSize, overlap_arcmin: f64) -> f64 {
    let lattice = Lattice::new(size, overlap_arcmin);
    let cell_deg2 = lattice.row_step_deg * (size.width_arcmin - overlap_arcmin) / 60.0;
    let reach = (radius_deg + 1.0).min(180.0) * RAD_PER_DEG;
    std::f64::consts::TAU * (1.0 - libm::cos(reach)) * DEG_PER_RAD * DEG_PER_RAD / cell_deg2 + 1.0
}

struct Lattice {
    /// Half sides on the tangent plane, radians.
    half_width: f64,
    half_height: f64,
    row_step_deg: f64,
    /// Column step over tile width.
    column_share: f64,
}

impl Lattice {
    fn new(size: TileSize, overlap_arcmin: f64) -> Self {
        let (half_width, half_height) = size.half_rad();
        Self {
            half_width,
            half_height,
            row_step_deg: (3.0_f64.sqrt() / 2.0 * size.height_arcmin - overlap_arcmin) / 60.0,
            column_share: 1.0 - overlap_arcmin / size.width_arcmin,
        }
    }

    /// The largest step in right ascension at which neighbours at `dec_deg` meet along the whole strip of their row.
    fn column_step_deg(&self, dec_deg: f64) -> f64 {
        let dec = dec_deg.abs() * RAD_PER_DEG;
        let strip = self.row_step_deg / 2.0 * RAD_PER_DEG;
        let (sin_dec, cos_dec) = (libm::sin(dec), libm::cos(dec));
        // The side xi = a meets the circle of declination d where sin A - a cos(dec) cos A = a sin(dec) tan(d); it is
        // nearest to the middle on the equator's side of the strip.
        let a = self.half_width;
        let tilt = a * sin_dec * libm::tan(dec - strip) / (1.0 + a * a * cos_dec * cos_dec).sqrt();
        if tilt >= 1.0 {
            return 360.0;
        }
        let mut half = libm::atan(a * cos_dec) + libm::asin(tilt);
        // Towards the pole the strip's edge bends out of the tile: eta at the edge, half a step aside.
        let edge = (dec + strip).min(std::f64::consts::FRAC_PI_2);
        let eta = |half: f64| {
            let (sin_edge, cos_edge) = (libm::sin(edge), libm::cos(edge) * libm::cos(half));
            (sin_edge * cos_dec - cos_edge * sin_dec) / (sin_edge * sin_dec + cos_edge * cos_dec)
        };
        while eta(half) > self.half_height && half > 1e-6 {
            half *= 0.9;
        }
        (2.0 * half * DEG_PER_RAD * self.column_share).min(360.0)
    }
}

/// Half the range of right ascension of the disc about declination `centre_dec_deg` within a strip of declination; `None`
/// where they do not meet.
fn disc_half_width_deg(centre_dec_deg: f64, radius_deg: f64, from_deg: f64, to_deg: f64) -> Option<f64> {
    let from = from_deg.max(centre_dec_deg - radius_deg).max(-90.0) * RAD_PER_DEG;
    let to = to_deg.min(centre_dec_deg + radius_deg).min(90.0) * RAD_PER_DEG;
    if from > to {
        return None;
    }
    if radius_deg >= 180.0 {
        return Some(180.0);
    }
    let centre = centre_dec_deg * RAD_PER_DEG;
    let (sin_centre, cos_centre, cos_radius) =
        (libm::sin(centre), libm::cos(centre), libm::cos(radius_deg * RAD_PER_DEG));
    let half_width = |dec: f64| {
        let cosine = (cos_radius - libm::sin(dec) * sin_centre) / (libm::cos(dec) * cos_centre).max(1e-300);
        libm::acos(cosine.clamp(-1.0, 1.0)) * DEG_PER_RAD
    };
    // The disc is widest where sin(dec) = sin(centre) / cos(radius), if anywhere.
    let widest = libm::asin((sin_centre / cos_radius).clamp(-1.0, 1.0));
    Some([from, to, widest.clamp(from, to)].into_iter().map(half_width).fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_inside_the_middle_tile_needs_one_tile() {
        assert_eq!(cover(SkyPos::new(150.0, 20.0), 0.4, TileSize::default(), 0.0), [SkyPos::new(150.0, 20.0)]);
    }

    #[test]
    fn on_the_equator_the_steps_are_those_of_the_packing() {
        let centres = cover(SkyPos::new(150.0, 0.0), 1.0, TileSize::default(), 0.0);
        let row: Vec<f64> = centres.iter().filter(|centre| centre.dec_deg == 0.0).map(|centre| centre.ra_deg).collect();
        assert_eq!(row.len(), 3, "149, 150, 151: {centres:?}");
        assert!((row[1] - row[0] - 1.0).abs() < 1e-4, "column step 60': {row:?}");
        let north = centres.iter().find(|centre| centre.dec_deg > 0.0).expect("a row above");
        assert!((north.dec_deg - 0.866_025_4).abs() < 1e-6, "row step 51.96': {north:?}");
        assert!(
            ((north.ra_deg - row[0]).rem_euclid(1.0) - 0.5).abs() < 1e-3,
            "odd rows are shifted by 30': {centres:?}"
        );
    }
}
