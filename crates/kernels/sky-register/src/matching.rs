//! From two lists of stars to a transformation.

use crate::Star;
use crate::chance::ln_tail;
use crate::fit::{FitError, Pair, fit};
use crate::grid::Grid;
use crate::params::{Model, RegisterParams};
use crate::transform::Transform;
use crate::triangle::{Triangle, triangles};

/// A solution.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// From the frame to the reference.
    pub transform: Transform,
    /// The model that was fitted in the end.
    pub model: Model,
    /// Matched stars: index in the frame's list, index in the reference's.
    pub pairs: Vec<(usize, usize)>,
    /// Median distance of the pairs in the reference, pixels.
    pub residual_median_px: f64,
    /// Root of the mean square distance, pixels.
    pub residual_rms_px: f64,
    /// Expected number of solutions with as many pairs by chance.
    pub chance: f64,
}

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchError {
    /// A list has too few stars: frame, reference, needed.
    TooFewStars(usize, usize, usize),
    /// No transformation has enough pairs: the most pairs that one had, those needed.
    NoMatch(usize, usize),
    /// The best one may be chance: pairs, expected number by chance.
    Chance(usize, f64),
}

impl std::fmt::Display for MatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooFewStars(frame, reference, needed) => {
                write!(f, "{frame} stars in the frame and {reference} in the reference; {needed} are needed in each")
            }
            Self::NoMatch(found, needed) => write!(f, "at most {found} stars match, {needed} needed"),
            Self::Chance(pairs, chance) => {
                write!(f, "{pairs} stars match, but {chance:.1e} such matches are expected by chance")
            }
        }
    }
}

impl std::error::Error for MatchError {}

/// Candidates that are followed after the first good one: a better one may come.
const CANDIDATES_AFTER: usize = 60;
/// Candidates that are tried at most; random fields give up here.
const MOST_CANDIDATES: usize = 40_000;
/// A pair farther than this many scatters from its place is no pair (a scatter is the median distance over 1.1774).
const CLIP_SIGMA: f64 = 4.0;
/// Median of a Rayleigh distribution of scatter 1.
const RAYLEIGH_MEDIAN: f64 = 1.1774;
/// Least clip radius in pixels: catalogues are rounded and stars blend.
const LEAST_CLIP_PX: f64 = 0.3;

/// Matches the stars of a frame with those of the reference.
///
/// Lists may be in any order; the brightest are used. The result does not depend on the order but for stars of one flux.
pub fn register(frame: &[Star], reference: &[Star], params: &RegisterParams) -> Result<Registration, MatchError> {
    let (own, other) = (Ranked::new(frame, params), Ranked::new(reference, params));
    let needed = params.min_pairs as usize;
    if own.stars.len() < needed || other.stars.len() < needed {
        return Err(MatchError::TooFewStars(frame.len(), reference.len(), needed));
    }
    let grid = Grid::new(other.stars.iter().map(|star| (star.x_px, star.y_px)).collect(), params.search_radius_px);
    let (first, tried) = search(&own, &other, &grid, params)?;
    let (transform, model, pairs) = refine(&own, &other, &grid, first, params)?;
    if pairs.len() < needed {
        return Err(MatchError::NoMatch(pairs.len(), needed));
    }
    let chance = chance(&own, &other, &transform, pairs.len(), tried, params);
    if chance > params.max_chance {
        return Err(MatchError::Chance(pairs.len(), chance));
    }
    let mut distances: Vec<f64> = pairs.iter().map(|&pair| distance(&own, &other, &transform, pair)).collect();
    let rms = (distances.iter().map(|d| d * d).sum::<f64>() / distances.len() as f64).sqrt();
    let median = sky_stats::median(&mut distances).unwrap_or(0.0);
    let mut pairs: Vec<(usize, usize)> = pairs.iter().map(|&(i, j)| (own.index[i], other.index[j])).collect();
    pairs.sort_unstable();
    Ok(Registration { transform, model, pairs, residual_median_px: median, residual_rms_px: rms, chance })
}

/// The brightest stars of a list with their places in it.
struct Ranked {
    stars: Vec<Star>,
    index: Vec<usize>,
}

impl Ranked {
    fn new(list: &[Star], params: &RegisterParams) -> Self {
        let usable = |star: &Star| star.x_px.is_finite() && star.y_px.is_finite() && star.flux.is_finite();
        let mut index: Vec<usize> = (0..list.len()).filter(|&i| usable(&list[i])).collect();
        index.sort_by(|&a, &b| list[b].flux.total_cmp(&list[a].flux).then(a.cmp(&b)));
        index.truncate(params.max_stars as usize);
        Self { stars: index.iter().map(|&i| list[i]).collect(), index }
    }

    fn triangle_stars(&self, params: &RegisterParams) -> &[Star] {
        &self.stars[..self.stars.len().min(params.triangle_stars as usize)]
    }
}

/// The similarity with the most pairs, and how many were tried.
fn search(
    own: &Ranked,
    other: &Ranked,
    grid: &Grid,
    params: &RegisterParams,
) -> Result<(Transform, usize), MatchError> {
    let (mine, theirs) = (triangles(own.triangle_stars(params)), triangles(other.triangle_stars(params)));
    let mut candidates = candidates(&mine, &theirs, params);
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    candidates.truncate(MOST_CANDIDATES);
    let enough = good_enough(own, other, params);
    let mut best: Option<(usize, f64, Transform)> = None;
    // How many more are followed, once one is good enough.
    let mut left: Option<usize> = None;
    let mut tried = 0;
    for (_, i, j) in candidates {
        match &mut left {
            Some(0) => break,
            Some(more) => *more -= 1,
            None => {}
        }
        tried += 1;
        let Some(transform) = of_triangles(own, other, &mine[i as usize], &theirs[j as usize]) else { continue };
        if (transform.scale() - 1.0).abs() > params.scale_tolerance {
            continue;
        }
        let (count, squares) = count_pairs(own, grid, &transform, params);
        let better = best.as_ref().is_none_or(|(most, least, _)| (count, -squares) > (*most, -*least));
        if better {
            best = Some((count, squares, transform));
            if count >= enough && left.is_none() {
                left = Some(CANDIDATES_AFTER);
            }
        }
    }
    match best {
        Some((count, _, transform)) if count >= params.min_pairs as usize => Ok((transform, tried)),
        Some((count, ..)) => Err(MatchError::NoMatch(count, params.min_pairs as usize)),
        None => Err(MatchError::NoMatch(0, params.min_pairs as usize)),
    }
}

/// Pairs that end the search soon: a quarter of the shorter list, 8 at least.
fn good_enough(own: &Ranked, other: &Ranked, params: &RegisterParams) -> usize {
    let shorter = own.stars.len().min(other.stars.len());
    (shorter / 4).max(8).max(params.min_pairs as usize).min(shorter)
}

/// Triangles of like shape and scale: difference of shape, index of ours, index of theirs.
fn candidates(mine: &[Triangle], theirs: &[Triangle], params: &RegisterParams) -> Vec<(f64, u32, u32)> {
    let mut found = Vec::new();
    let (low, high) = (1.0 - params.scale_tolerance, 1.0 + params.scale_tolerance);
    let mut begin = 0;
    for (i, own) in mine.iter().enumerate() {
        while begin < theirs.len() && theirs[begin].ratios[0] < own.ratios[0] - params.ratio_tolerance {
            begin += 1;
        }
        for (j, other) in theirs.iter().enumerate().skip(begin) {
            let first = other.ratios[0] - own.ratios[0];
            if first > params.ratio_tolerance {
                break;
            }
            let second = other.ratios[1] - own.ratios[1];
            let scale = other.longest_px / own.longest_px;
            if second.abs() <= params.ratio_tolerance && scale >= low && scale <= high {
                // Large triangles fix the rotation best, so the difference counts in pixels.
                found.push((first.hypot(second) / own.longest_px, i as u32, j as u32));
            }
        }
    }
    found
}

fn of_triangles(own: &Ranked, other: &Ranked, mine: &Triangle, theirs: &Triangle) -> Option<Transform> {
    let pair = |corner: usize| {
        let (a, b) = (own.stars[mine.corners[corner] as usize], other.stars[theirs.corners[corner] as usize]);
        ((a.x_px, a.y_px), (b.x_px, b.y_px))
    };
    fit(&[pair(0), pair(1), pair(2)], Model::Similarity).ok()
}

/// Stars that have a neighbour after the transformation, and the sum of their squared distances. A neighbour may serve
/// twice here; the refinement makes pairs unique.
fn count_pairs(own: &Ranked, grid: &Grid, transform: &Transform, params: &RegisterParams) -> (usize, f64) {
    let (mut count, mut squares) = (0, 0.0);
    for star in &own.stars {
        let (x, y) = transform.apply(star.x_px, star.y_px);
        if let Some((_, square)) = grid.nearest(x, y, params.search_radius_px) {
            count += 1;
            squares += square;
        }
    }
    (count, squares)
}

/// A fitted transformation, its model and the pairs that it rests on.
type Fitted = (Transform, Model, Vec<(usize, usize)>);

/// Fits again and again on unique pairs: similarity first, then the richest model that the pairs allow.
fn refine(
    own: &Ranked,
    other: &Ranked,
    grid: &Grid,
    first: Transform,
    params: &RegisterParams,
) -> Result<Fitted, MatchError> {
    let failed = |found: usize| MatchError::NoMatch(found, params.min_pairs as usize);
    let mut transform = first;
    let mut model = Model::Similarity;
    let mut pairs = unique_pairs(own, grid, &transform, params.search_radius_px);
    let radii = [params.search_radius_px, params.pair_radius_px, params.pair_radius_px, params.pair_radius_px];
    for (round, radius) in radii.into_iter().enumerate() {
        let wanted = if round == 0 { Model::Similarity } else { richest(params.model, pairs.len()) };
        let positions = positions(own, other, &pairs);
        (transform, model) = match fit(&positions, wanted) {
            Ok(found) => (found, wanted),
            Err(FitError::Degenerate | FitError::TooFewPairs(..)) if wanted != Model::Similarity => {
                (fit(&positions, Model::Similarity).map_err(|_| failed(pairs.len()))?, Model::Similarity)
            }
            Err(_) => return Err(failed(pairs.len())),
        };
        pairs = unique_pairs(own, grid, &transform, radius);
        let mut distances: Vec<f64> = pairs.iter().map(|&pair| distance(own, other, &transform, pair)).collect();
        let scatter = sky_stats::median(&mut distances).unwrap_or(0.0) / RAYLEIGH_MEDIAN;
        let clip = (CLIP_SIGMA * scatter).max(LEAST_CLIP_PX);
        pairs.retain(|&pair| distance(own, other, &transform, pair) <= clip);
    }
    Ok((transform, model, pairs))
}

/// The richest model up to `wanted` that has three times the pairs that it needs.
fn richest(wanted: Model, pairs: usize) -> Model {
    let allowed = |model: Model| pairs >= 3 * model.pairs_needed() - usize::from(model == Model::Affine) * 3;
    match wanted {
        Model::Homography if allowed(Model::Homography) => Model::Homography,
        Model::Homography | Model::Affine if allowed(Model::Affine) => Model::Affine,
        _ => Model::Similarity,
    }
}

/// Pairs of which each is the other's nearest: index in `own`, index in the reference.
fn unique_pairs(own: &Ranked, grid: &Grid, transform: &Transform, radius_px: f64) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, f64, usize)> = Vec::new();
    for (index, star) in own.stars.iter().enumerate() {
        let (x, y) = transform.apply(star.x_px, star.y_px);
        if let Some((neighbour, square)) = grid.nearest(x, y, radius_px) {
            found.push((neighbour, square, index));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    found.dedup_by_key(|entry| entry.0);
    let mut pairs: Vec<(usize, usize)> = found.into_iter().map(|(neighbour, _, index)| (index, neighbour)).collect();
    pairs.sort_unstable();
    pairs
}

fn positions(own: &Ranked, other: &Ranked, pairs: &[(usize, usize)]) -> Vec<Pair> {
    let position = |star: &Star| (star.x_px, star.y_px);
    pairs.iter().map(|&(i, j)| (position(&own.stars[i]), position(&other.stars[j]))).collect()
}

fn distance(own: &Ranked, other: &Ranked, transform: &Transform, (i, j): (usize, usize)) -> f64 {
    let (x, y) = transform.apply(own.stars[i].x_px, own.stars[i].y_px);
    (x - other.stars[j].x_px).hypot(y - other.stars[j].y_px)
}

/// Expected number of chance solutions with as many pairs: candidates tried times the binomial tail of the stars that fall
/// into the reference's area. Three pairs are spent on the triangle itself.
fn chance(
    own: &Ranked,
    other: &Ranked,
    transform: &Transform,
    pairs: usize,
    tried: usize,
    params: &RegisterParams,
) -> f64 {
    let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    for star in &other.stars {
        low = (low.0.min(star.x_px), low.1.min(star.y_px));
        high = (high.0.max(star.x_px), high.1.max(star.y_px));
    }
    let area = ((high.0 - low.0) * (high.1 - low.1)).max(1.0);
    let inside = own.stars.iter().filter(|star| {
        let (x, y) = transform.apply(star.x_px, star.y_px);
        x >= low.0 && x <= high.0 && y >= low.1 && y <= high.1
    });
    let inside = inside.count().max(pairs);
    let radius = params.pair_radius_px;
    let p = other.stars.len() as f64 * std::f64::consts::PI * radius * radius / area;
    libm::exp(libm::log(tried.max(1) as f64) + ln_tail(pairs.saturating_sub(3), inside.saturating_sub(3).max(1), p))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Random(u64);

    impl Random {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn gaussian(&mut self) -> f64 {
            (0..12).map(|_| self.next()).sum::<f64>() - 6.0
        }
    }

    const WIDTH: f64 = 3000.0;
    const HEIGHT: f64 = 2000.0;

    /// A sky larger than the frame; positions are relative to the centre of the reference.
    fn sky(random: &mut Random, n: usize) -> Vec<Star> {
        (0..n)
            .map(|_| Star {
                x_px: (random.next() - 0.5) * 3.0 * WIDTH,
                y_px: (random.next() - 0.5) * 3.0 * HEIGHT,
                flux: 1.0 / (random.next() + 1e-3),
            })
            .collect()
    }

    /// What a camera sees of the sky through `to_frame`: noise of 0.05 px, 10 % of stars missed.
    fn seen(random: &mut Random, sky: &[Star], to_frame: &Transform) -> Vec<Star> {
        let mut stars = Vec::new();
        for star in sky {
            let (x, y) = to_frame.apply(star.x_px, star.y_px);
            let inside = (0.0..WIDTH).contains(&x) && (0.0..HEIGHT).contains(&y);
            if inside && random.next() > 0.1 {
                stars.push(Star {
                    x_px: x + 0.05 * random.gaussian(),
                    y_px: y + 0.05 * random.gaussian(),
                    flux: star.flux * (1.0 + 0.05 * random.gaussian()),
                });
            }
        }
        stars
    }

    fn pose(angle_deg: f64, scale: f64, shift: (f64, f64), mirrored: bool) -> Transform {
        let (sine, cosine) = (libm::sin(angle_deg.to_radians()), libm::cos(angle_deg.to_radians()));
        let flip = if mirrored { -1.0 } else { 1.0 };
        let (cx, cy) = (WIDTH / 2.0 + shift.0, HEIGHT / 2.0 + shift.1);
        Transform::affine(scale * cosine, -scale * sine * flip, cx, scale * sine, scale * cosine * flip, cy)
    }

    #[test]
    fn hard_pairs_are_solved_within_a_tenth_of_a_pixel() {
        let mut random = Random(11);
        let reference_pose = pose(0.0, 1.0, (0.0, 0.0), false);
        for case in 0..30 {
            let sky = sky(&mut random, 700);
            let angle = random.next() * 360.0;
            let scale = 1.0 + 0.02 * (2.0 * random.next() - 1.0);
            let shift = ((random.next() - 0.5) * WIDTH, (random.next() - 0.5) * 0.5 * HEIGHT);
            let own_pose = pose(angle, scale, shift, case % 5 == 0);
            let frame = seen(&mut random, &sky, &own_pose);
            let reference = seen(&mut random, &sky, &reference_pose);
            let truth = own_pose.inverse().and_then(|back| back.then(&reference_pose)).expect("a pose");
            let found = register(&frame, &reference, &RegisterParams::default())
                .unwrap_or_else(|error| panic!("case {case}: {error}"));
            // Where both frames see the sky the two transformations agree.
            let worst = frame
                .iter()
                .map(|star| (found.transform.apply(star.x_px, star.y_px), truth.apply(star.x_px, star.y_px)))
                .filter(|(_, (x, y))| *x >= 0.0 && *x < WIDTH && *y >= 0.0 && *y < HEIGHT)
                .map(|((a, b), (x, y))| (a - x).hypot(b - y))
                .fold(0.0, f64::max);
            assert!(worst < 0.3, "case {case}: {worst} px, {} pairs", found.pairs.len());
            assert!(found.residual_median_px < 0.12, "case {case}: {}", found.residual_median_px);
            assert!(found.chance < 1e-9);
        }
    }

    #[test]
    fn other_fields_have_no_solution() {
        let mut random = Random(5);
        let whole = pose(0.0, 1.0, (0.0, 0.0), false);
        for case in 0..40 {
            let (first, second) = (sky(&mut random, 900), sky(&mut random, 900));
            let (frame, reference) = (seen(&mut random, &first, &whole), seen(&mut random, &second, &whole));
            let answer = register(&frame, &reference, &RegisterParams::default());
            assert!(answer.is_err(), "case {case}: {answer:?}");
        }
    }

    #[test]
    fn too_few_stars_are_said() {
        let star = |x_px, y_px| Star { x_px, y_px, flux: 1.0 };
        let few = [star(0.0, 0.0), star(50.0, 3.0), star(9.0, 80.0)];
        let answer = register(&few, &few, &RegisterParams::default());
        assert_eq!(answer, Err(MatchError::TooFewStars(3, 3, 5)));
    }
}
