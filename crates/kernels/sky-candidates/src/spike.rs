//! The bright stars around each detection.

use sky_coords::SkyPos;
use sky_match::{Neighbour, RadiusError, ZoneIndex};

use crate::params::{SpikeParams, SpikePick};
use crate::row::{NearStar, SpikeStars};
use crate::rules::line_excess_mag;

/// A star of a catalogue at the epoch of the plate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CatalogueStar {
    /// Position.
    pub position: SkyPos,
    /// Magnitude; NaN, negative or above 50 means missing (sentinels of the catalogues), and the star is left out.
    pub mag: f64,
}

/// For each detection the stars that decide the spike rules.
///
/// # Errors
/// If a radius of `params` is not one that can be matched with.
pub fn spike_stars(
    detections: &[SkyPos],
    stars: &[CatalogueStar],
    params: &SpikeParams,
) -> Result<Vec<SpikeStars>, RadiusError> {
    let usable: Vec<&CatalogueStar> =
        stars.iter().filter(|star| (0.0..=50.0).contains(&star.mag) && star.mag <= params.source_mag_max).collect();
    let positions: Vec<SkyPos> = usable.iter().map(|star| star.position).collect();
    let index = ZoneIndex::new(&positions, params.reach_arcsec.max(params.const_radius_arcsec))?;
    let near = |neighbour: &Neighbour| NearStar {
        mag: usable[neighbour.index].mag,
        separation_arcsec: neighbour.separation_arcsec,
    };
    Ok(detections
        .iter()
        .map(|&place| {
            // Nearest first, then in the order of the catalogue.
            let around: Vec<NearStar> = index.within(place).iter().map(near).collect();
            let outside: Vec<NearStar> =
                around.into_iter().filter(|star| star.separation_arcsec > params.inner_arcsec).collect();
            let in_reach = || outside.iter().filter(|star| star.separation_arcsec <= params.reach_arcsec).copied();
            SpikeStars {
                constant: outside.iter().find(|star| star.mag <= params.const_mag).copied(),
                line: match params.pick {
                    SpikePick::Nearest => in_reach().next(),
                    SpikePick::Any => in_reach().reduce(|worst, star| {
                        if line_excess_mag(star, params) > line_excess_mag(worst, params) { star } else { worst }
                    }),
                },
            }
        })
        .collect())
}
