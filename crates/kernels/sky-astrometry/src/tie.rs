//! The tie.

use sky_coords::{SkyPos, StandardPos, TangentPlane};
use sky_match::ZoneIndex;

use crate::coverage::{Gap, gap};
use crate::error::TieError;
use crate::fit::{biweight, least_absolute, residual, residual_arcsec};
use crate::matching::Field;
use crate::params::TieParams;
use crate::polynomial::{Degree, Equation, Polynomial};
use crate::quality::{Spread, TieQuality};
use crate::vote::common_offset;

/// A tie with fewer ties than so many times what chance gives is none.
const MIN_CHANCE_RATIO: f64 = 3.0;

/// A correction of positions, whole and with its quality.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    plane: TangentPlane,
    correction: Polynomial,
    quality: TieQuality,
}

/// Ties detections to references that stand at the epoch of the plate.
///
/// On the plane that touches the sky at `centre` (true arc seconds, cos dec included) all pairs vote for a constant
/// offset; detections are matched under it; a polynomial of second degree (first, with fewer ties) is fitted to the
/// offsets, starting from least absolute deviations and ending with least squares under Tukey's biweight; and matching,
/// fitting and clipping repeat until the ties stay the same. Positions that are not finite are left out.
///
/// # Errors
/// Where the ties are too few, no more than chance gives, leave parts of the field to extrapolation in first degree too, or leave residuals that are not
/// those of stars; there is no correction then.
pub fn tie(detections: &[SkyPos], references: &[SkyPos], centre: SkyPos, params: &TieParams) -> Result<Tie, TieError> {
    params.check()?;
    if !centre.is_valid() {
        return Err(TieError::BadCentre { ra_deg: centre.ra_deg, dec_deg: centre.dec_deg });
    }
    let field = field(detections, references, centre, params)?;
    let scale_arcsec =
        field.detections.iter().map(|place| place.xi_arcsec.abs().max(place.eta_arcsec.abs())).fold(1.0, f64::max);

    let votes = field.all_offsets();
    let shift = common_offset(&votes, params.vote_radius_arcsec);
    match settle(field, scale_arcsec, votes.len(), shift, Degree::Two, params)? {
        Settled::Tie(tie) => Ok(tie),
        // What a bent plane cannot be held by may hold a straight one.
        Settled::Gap(field, Degree::Two, _) => {
            match settle(field, scale_arcsec, votes.len(), shift, Degree::One, params)? {
                Settled::Tie(tie) => Ok(tie),
                Settled::Gap(_, _, error) => Err(error),
            }
        }
        Settled::Gap(_, Degree::One, error) => Err(error),
    }
}

/// A tie, or the field back with the degree that its ties do not hold.
enum Settled {
    Tie(Tie),
    Gap(Field, Degree, TieError),
}

/// Matches, fits and clips until the ties stay the same, with a polynomial of `highest` degree or below.
fn settle(
    field: Field,
    scale_arcsec: f64,
    votes: usize,
    shift: StandardPos,
    highest: Degree,
    params: &TieParams,
) -> Result<Settled, TieError> {
    let mut correction = Polynomial::constant(shift, scale_arcsec);
    let mut radius_arcsec = params.match_radius_arcsec;
    let mut kept: Vec<(usize, usize)> = Vec::new();
    let mut clipped_count = 0;
    let mut iterations = 0;
    while iterations < params.max_iterations {
        iterations += 1;
        let pairs = field.pairs(&correction, radius_arcsec.max(params.clip_floor_arcsec));
        let equations = field.equations(&pairs);
        correction = fit(&equations, scale_arcsec, highest, params)?;
        radius_arcsec = params.clip_arcsec(spread(&correction, &equations).mad_sigma_arcsec);
        let within: Vec<(usize, usize)> = pairs
            .iter()
            .zip(&equations)
            .filter(|(_, equation)| residual_arcsec(&correction, equation) <= radius_arcsec)
            .map(|(pair, _)| *pair)
            .collect();
        clipped_count = pairs.len() - within.len();
        let settled = within == kept;
        kept = within;
        if settled {
            break;
        }
    }
    let ties = field.equations(&kept);
    degree_for(ties.len(), params)?;

    let share = (radius_arcsec / params.vote_radius_arcsec).min(1.0);
    let expected_by_chance = votes as f64 * share * share;
    if (ties.len() as f64) < MIN_CHANCE_RATIO * expected_by_chance {
        return Err(TieError::ChanceOnly { found: ties.len(), expected_by_chance });
    }
    let places: Vec<StandardPos> = ties.iter().map(|tie| tie.place).collect();
    let degree = correction.degree;
    if let Some(gap) = gap(degree, scale_arcsec, &field.detections, &places, params.max_extrapolation) {
        let error = match gap {
            Gap::EmptyParts { empty, parts } => TieError::PartsWithoutTies { found: ties.len(), empty, parts },
            Gap::Extrapolated { factor } => {
                TieError::Extrapolated { found: ties.len(), factor, allowed: params.max_extrapolation }
            }
        };
        return Ok(Settled::Gap(field, degree, error));
    }
    let after = spread(&correction, &ties);
    if after.mad_sigma_arcsec > params.max_residual_arcsec {
        return Err(TieError::ResidualTooLarge {
            found: ties.len(),
            sigma_arcsec: after.mad_sigma_arcsec,
            allowed_arcsec: params.max_residual_arcsec,
        });
    }
    let before = Spread::of(&ties.iter().map(|tie| tie.offset).collect::<Vec<StandardPos>>());
    let quality = TieQuality {
        degree: correction.degree.number(),
        ties_count: ties.len(),
        clipped_count,
        iterations,
        expected_by_chance,
        clip_arcsec: radius_arcsec,
        shift_xi_arcsec: shift.xi_arcsec,
        shift_eta_arcsec: shift.eta_arcsec,
        median_before_arcsec: before.median_arcsec,
        median_arcsec: after.median_arcsec,
        rms_arcsec: after.rms_arcsec,
        mad_sigma_arcsec: after.mad_sigma_arcsec,
    };
    Ok(Settled::Tie(Tie { plane: field.plane, correction, quality }))
}

impl Tie {
    /// The corrected position of a detection; positions 90 degrees or more from the field stay as they are.
    pub fn correct(&self, detection: SkyPos) -> SkyPos {
        let Some(place) = self.plane.project(detection) else { return detection };
        let offset = self.correction.offset(place);
        self.plane.deproject(StandardPos::new(place.xi_arcsec + offset.xi_arcsec, place.eta_arcsec + offset.eta_arcsec))
    }

    /// How good the tie is.
    pub const fn quality(&self) -> &TieQuality {
        &self.quality
    }
}

fn field(detections: &[SkyPos], references: &[SkyPos], centre: SkyPos, params: &TieParams) -> Result<Field, TieError> {
    let plane = TangentPlane::new(centre);
    let on_plane = |sky: &&SkyPos| sky.is_valid() && plane.project(**sky).is_some();
    let references: Vec<SkyPos> = references.iter().filter(on_plane).copied().collect();
    let places = |list: &[SkyPos]| -> Vec<StandardPos> {
        list.iter().filter(|sky| sky.is_valid()).filter_map(|sky| plane.project(*sky)).collect()
    };
    let largest_arcsec = params.vote_radius_arcsec.max(params.match_radius_arcsec).max(params.clip_ceiling_arcsec);
    let index = ZoneIndex::new(&references, largest_arcsec).map_err(|error| TieError::BadParameter {
        name: "vote_radius_arcsec",
        found: error.found,
        expected: "1 to 120 arcsec",
    })?;
    Ok(Field { plane, detections: places(detections), references: places(&references), index })
}

/// The degree that so many ties allow.
fn degree_for(ties: usize, params: &TieParams) -> Result<Degree, TieError> {
    if ties >= params.min_ties_degree_2 as usize {
        Ok(Degree::Two)
    } else if ties >= params.min_ties_degree_1 as usize {
        Ok(Degree::One)
    } else {
        Err(TieError::TooFewTies { found: ties, needed: params.min_ties_degree_1 as usize })
    }
}

/// The robust fit to the equations of all pairs, of the degree that those inside the clip allow.
fn fit(equations: &[Equation], scale_arcsec: f64, highest: Degree, params: &TieParams) -> Result<Polynomial, TieError> {
    let degenerate = || TieError::Degenerate { found: equations.len() };
    let allowed = |ties: usize| degree_for(ties, params).map(|degree| degree.min(highest));
    let mut degree = allowed(equations.len())?;
    loop {
        let start = least_absolute(degree, scale_arcsec, equations);
        let fitted = start.and_then(|start| {
            let clip_arcsec = params.clip_arcsec(spread(&start, equations).mad_sigma_arcsec);
            let fit = biweight(&start, degree, scale_arcsec, equations, clip_arcsec)?;
            let inside = equations.iter().filter(|equation| residual_arcsec(&fit, equation) <= clip_arcsec).count();
            Some((fit, inside))
        });
        match (fitted, degree) {
            (Some((fit, inside)), _) if allowed(inside)? == degree => return Ok(fit),
            (_, Degree::Two) => degree = Degree::One,
            (Some((fit, _)), Degree::One) => return Ok(fit),
            (None, Degree::One) => return Err(degenerate()),
        }
    }
}

fn spread(correction: &Polynomial, equations: &[Equation]) -> Spread {
    Spread::of(&equations.iter().map(|equation| residual(correction, equation)).collect::<Vec<StandardPos>>())
}
