//! Survivors that a modern catalogue has elsewhere: a star whose motion nobody measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_coords::{SkyPos, StandardPos, TangentPlane};
use sky_match::{MAX_RADIUS_ARCSEC, RadiusError, ZoneIndex};

use crate::brightness::Brightness;

/// Sources of two catalogues within this are one that stood still, arcsec: Pan-STARRS is good to some tens of mas.
const STILL_ARCSEC: f64 = 0.2;
/// Sources of two catalogues within this may be one, arcsec; one whose motion is measured cannot be the star that is looked for.
const COUNTERPART_ARCSEC: f64 = 1.0;
/// Half the time over which the mean position of a Pan-STARRS source was gathered (2010 to 2014), years.
const EPOCH_SPREAD_YR: f64 = 1.5;
/// Least number of sources that the density of chance rests on.
const FEWEST_SOURCES: f64 = 0.5;

/// How far a star may have moved, and how alike it must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MovedParams {
    /// Largest motion (unit mas/yr; default 2700: the margin of 3' that step `catalog` adds to a frame, over 66 years).
    #[schemars(range(min = 0.0, max = 11_000.0))]
    pub max_motion_mas_yr: f64,
    /// Largest chance that an unrelated source lies so near (default 0.03).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_chance: f64,
    /// Brightness may differ by so many standard deviations of the tile's stars (default 3).
    #[schemars(range(min = 1.0, max = 10.0))]
    pub mag_sigma: f64,
    /// And by at least this (unit mag; default 0.75: cool fast stars differ in colour from the tile's stars).
    #[schemars(range(min = 0.1, max = 5.0))]
    pub mag_tolerance: f64,
}

impl Default for MovedParams {
    fn default() -> Self {
        Self { max_motion_mas_yr: 2700.0, max_chance: 0.03, mag_sigma: 3.0, mag_tolerance: 0.75 }
    }
}

/// A detection that passed every rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survivor {
    /// Its place on the plate.
    pub position: SkyPos,
    /// MAG_AUTO, instrumental.
    pub mag: f64,
}

/// A source of a modern catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModernSource {
    /// Place at its epoch, not carried.
    pub position: SkyPos,
    /// Julian year of it.
    pub epoch_yr: f64,
    /// Motion (east times cos Dec, north), mas/yr; NaN where it was not measured.
    pub pm_mas_yr: (f64, f64),
    /// Magnitude.
    pub mag: f64,
    /// Whether it is the nearest source of a detection.
    pub is_taken: bool,
    /// Whether it lies on the image.
    pub is_inside: bool,
}

/// A modern catalogue around the tile.
#[derive(Clone, Debug, PartialEq)]
pub struct ModernCatalogue {
    /// Sources.
    pub sources: Vec<ModernSource>,
    /// Instrumental and catalogue magnitude of the tile's stars.
    pub stars: Vec<(f64, f64)>,
    /// Area of the image, square arc seconds.
    pub inside_arcsec2: f64,
    /// Area around it that the catalogue covers, square arc seconds.
    pub outside_arcsec2: f64,
}

/// Where a survivor stands today.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Index of the catalogue.
    pub catalogue: usize,
    /// Index of its source.
    pub source: usize,
    /// Distance from the place on the plate.
    pub separation_arcsec: f64,
    /// Motion that bridges it, mas/yr.
    pub motion_mas_yr: f64,
    /// Probability that an unrelated source of like brightness lies so near.
    pub chance: f64,
    /// Whether a second catalogue has the source at the place that the motion asks for.
    pub is_confirmed: bool,
}

/// Pairs each survivor with the source that it has most probably become; `None` where chance would do as well.
///
/// Sources in question have no measured motion, are nobody's nearest match, have no counterpart in another catalogue with a motion, and did not stand still
/// between two catalogues. The chance is `1 - exp(-pi r^2 rho)` with the density of such sources of like brightness, times the number of catalogues; a second
/// catalogue that confirms the motion lowers it by the share of the area in which it had to stand (on the way, give or take the spread of its epoch). Each source is given once, the least chance first.
///
/// # Errors
/// Where the radius is out of range.
pub fn moved(
    survivors: &[Survivor],
    catalogues: &[ModernCatalogue],
    epoch_yr: f64,
    params: &MovedParams,
) -> Result<Vec<Option<Moved>>, RadiusError> {
    let mut found: Vec<Option<Moved>> = vec![None; survivors.len()];
    if !epoch_yr.is_finite() || survivors.is_empty() {
        return Ok(found);
    }
    let fields: Vec<Field<'_>> =
        catalogues.iter().map(|catalogue| Field::new(catalogue, epoch_yr, params)).collect::<Result<_, _>>()?;
    let open: Vec<Vec<bool>> = (0..fields.len()).map(|which| open_sources(&fields, which)).collect();
    let mut pairs: Vec<(usize, Moved)> = Vec::new();
    for (survivor, row) in survivors.iter().enumerate().filter(|(_, row)| row.position.is_valid()) {
        for which in 0..fields.len() {
            pairs.extend(partners(row, which, &fields, &open, epoch_yr, params).into_iter().map(|m| (survivor, m)));
        }
    }
    pairs.sort_by(|(a, x), (b, y)| {
        x.chance.total_cmp(&y.chance).then(x.separation_arcsec.total_cmp(&y.separation_arcsec)).then(a.cmp(b))
    });
    let mut given: Vec<Vec<bool>> = open.iter().map(|open| vec![false; open.len()]).collect();
    for (survivor, pair) in pairs.into_iter().filter(|(_, pair)| pair.chance <= params.max_chance) {
        let is_given = &mut given[pair.catalogue][pair.source];
        if found[survivor].is_none() && !*is_given {
            *is_given = true;
            found[survivor] = Some(pair);
        }
    }
    Ok(found)
}

/// A catalogue with its search structure.
struct Field<'a> {
    catalogue: &'a ModernCatalogue,
    index: ZoneIndex,
    brightness: Brightness,
}

impl<'a> Field<'a> {
    fn new(catalogue: &'a ModernCatalogue, epoch_yr: f64, params: &MovedParams) -> Result<Self, RadiusError> {
        let years = catalogue.sources.iter().map(|s| (s.epoch_yr - epoch_yr).abs()).filter(|y| y.is_finite());
        let reach_arcsec = params.max_motion_mas_yr / 1000.0 * years.fold(1.0, f64::max);
        let places: Vec<SkyPos> = catalogue.sources.iter().map(|source| source.position).collect();
        let index = ZoneIndex::new(&places, reach_arcsec.clamp(COUNTERPART_ARCSEC, MAX_RADIUS_ARCSEC))?;
        Ok(Self { catalogue, index, brightness: Brightness::of(&catalogue.stars) })
    }

    fn has_motion(&self, source: usize) -> bool {
        let (east, north) = self.catalogue.sources[source].pm_mas_yr;
        east.is_finite() && north.is_finite()
    }

    /// The source nearest to a place within a radius.
    fn nearest(&self, place: SkyPos, radius_arcsec: f64) -> Option<usize> {
        self.index.within(place).first().filter(|near| near.separation_arcsec <= radius_arcsec).map(|near| near.index)
    }
}

/// Which sources of a catalogue may be a star that moved.
fn open_sources(fields: &[Field<'_>], which: usize) -> Vec<bool> {
    let others: Vec<&Field<'_>> = fields.iter().enumerate().filter(|(i, _)| *i != which).map(|(_, f)| f).collect();
    let is_measured_elsewhere = |source: &ModernSource| {
        others.iter().any(|other| {
            other.index.within(source.position).iter().any(|near| {
                let known = &other.catalogue.sources[near.index];
                other.has_motion(near.index) && {
                    let (east, north) = known.pm_mas_yr;
                    let then = known.position.moved(east, north, known.epoch_yr, source.epoch_yr);
                    then.separation_arcsec(source.position) <= COUNTERPART_ARCSEC
                }
            })
        })
    };
    let sources = fields[which].catalogue.sources.iter().enumerate();
    sources
        .map(|(i, source)| {
            let is_usable = source.position.is_valid() && source.mag.is_finite() && source.epoch_yr.is_finite();
            is_usable && !source.is_taken && !fields[which].has_motion(i) && !is_measured_elsewhere(source)
        })
        .collect()
}

/// Every open source of one catalogue that a survivor may have become, with its chance.
fn partners(
    row: &Survivor,
    which: usize,
    fields: &[Field<'_>],
    open: &[Vec<bool>],
    epoch_yr: f64,
    params: &MovedParams,
) -> Vec<Moved> {
    let (field, sources) = (&fields[which], &fields[which].catalogue.sources);
    let Some((expected, sigma)) = field.brightness.at(row.mag) else { return Vec::new() };
    let tolerance = (params.mag_sigma * sigma).max(params.mag_tolerance);
    let is_alike = |source: usize| open[which][source] && (sources[source].mag - expected).abs() <= tolerance;
    let alike: Vec<usize> = (0..sources.len()).filter(|&source| is_alike(source)).collect();
    let density = |inside: bool, area: f64| {
        let others = alike.iter().filter(|&&source| sources[source].is_inside == inside).count() as f64 - 1.0;
        others.max(FEWEST_SOURCES) / area.max(1.0)
    };
    let inside = density(true, field.catalogue.inside_arcsec2);
    let outside = density(false, field.catalogue.outside_arcsec2);
    let near = field.index.within(row.position);
    near.iter()
        .filter(|near| is_alike(near.index))
        .filter_map(|near| {
            let source = &sources[near.index];
            let years = source.epoch_yr - epoch_yr;
            let motion_mas_yr = 1000.0 * near.separation_arcsec / years.abs();
            let share = match witness(row, source, which, fields, years) {
                Witness::StoodStill => return None,
                Witness::Silent => None,
                Witness::Confirms { share } => Some(share),
            };
            let density = if source.is_inside { inside } else { outside };
            let area = std::f64::consts::PI * near.separation_arcsec * near.separation_arcsec;
            let chance = -libm::expm1(-area * density) * share.unwrap_or(1.0) * fields.len() as f64;
            (motion_mas_yr <= params.max_motion_mas_yr).then_some(Moved {
                catalogue: which,
                source: near.index,
                separation_arcsec: near.separation_arcsec,
                motion_mas_yr,
                chance: chance.min(1.0),
                is_confirmed: share.is_some(),
            })
        })
        .collect()
}

/// What the other catalogues say of a motion.
enum Witness {
    /// Nothing: they do not have the source, or it would have moved too little.
    Silent,
    /// One has it where the motion asks for; chance puts it there in that share of cases.
    Confirms { share: f64 },
    /// One has it at the same place, where the motion asks for another.
    StoodStill,
}

fn witness(row: &Survivor, source: &ModernSource, which: usize, fields: &[Field<'_>], years: f64) -> Witness {
    for other in fields.iter().enumerate().filter(|(i, _)| *i != which).map(|(_, field)| field) {
        let Some(epoch_yr) = other.catalogue.sources.first().map(|first| first.epoch_yr) else { continue };
        let yearly_arcsec = row.position.separation_arcsec(source.position) / years.abs();
        // How long before the source's epoch the star passed the other catalogue's.
        let earlier_yr = (source.epoch_yr - epoch_yr) * years.signum();
        if yearly_arcsec * (earlier_yr.abs() - EPOCH_SPREAD_YR) <= 2.0 * STILL_ARCSEC {
            continue;
        }
        if other.nearest(source.position, STILL_ARCSEC).is_some() {
            return Witness::StoodStill;
        }
        let expected = between(row.position, source.position, 1.0 - earlier_yr / years.abs());
        let lies_on_the_way = |found: usize| {
            let (along, across) =
                along_and_across(source.position, row.position, other.catalogue.sources[found].position);
            let off_yr = along / yearly_arcsec - earlier_yr;
            !other.has_motion(found) && across.abs() <= STILL_ARCSEC && off_yr.abs() <= EPOCH_SPREAD_YR
        };
        if other.index.within(expected).iter().any(|near| lies_on_the_way(near.index)) {
            // A source that moved as far in any direction is met in the strip's share of the circle.
            let farthest_arcsec = yearly_arcsec * (earlier_yr.abs() + EPOCH_SPREAD_YR);
            let strip_arcsec2 = 2.0 * STILL_ARCSEC * 2.0 * EPOCH_SPREAD_YR * yearly_arcsec;
            let circle_arcsec2 = std::f64::consts::PI * farthest_arcsec * farthest_arcsec;
            return Witness::Confirms { share: (strip_arcsec2 / circle_arcsec2).min(1.0) };
        }
    }
    Witness::Silent
}

/// Offset of `place` from `origin`, along the direction to `towards` and across it, arcsec.
fn along_and_across(origin: SkyPos, towards: SkyPos, place: SkyPos) -> (f64, f64) {
    let plane = TangentPlane::new(origin);
    let (Some(way), Some(at)) = (plane.project(towards), plane.project(place)) else { return (f64::NAN, f64::NAN) };
    let length = libm::hypot(way.xi_arcsec, way.eta_arcsec);
    let (x, y) = (way.xi_arcsec / length, way.eta_arcsec / length);
    (at.xi_arcsec * x + at.eta_arcsec * y, at.eta_arcsec * x - at.xi_arcsec * y)
}

/// The place at a share of the way from `a` to `b`, on the tangent plane.
fn between(a: SkyPos, b: SkyPos, share: f64) -> SkyPos {
    let plane = TangentPlane::new(a);
    plane.project(b).map_or(a, |to| {
        plane.deproject(StandardPos { xi_arcsec: share * to.xi_arcsec, eta_arcsec: share * to.eta_arcsec })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATE_YR: f64 = 1953.3;
    const CENTRE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };
    const SIDE_ARCSEC: f64 = 3600.0;

    fn at(xi: f64, eta: f64) -> SkyPos {
        TangentPlane::new(CENTRE).deproject(StandardPos { xi_arcsec: xi, eta_arcsec: eta })
    }

    fn source(position: SkyPos, epoch_yr: f64, mag: f64) -> ModernSource {
        ModernSource { position, epoch_yr, pm_mas_yr: (f64::NAN, f64::NAN), mag, is_taken: false, is_inside: true }
    }

    fn catalogue(sources: Vec<ModernSource>) -> ModernCatalogue {
        // Instrumental magnitudes are 5 brighter, with a scatter of 0.1.
        let stars =
            (0..200).map(|i| (8.0 + 0.03 * f64::from(i), 13.0 + 0.03 * f64::from(i) + 0.1 * f64::from(i % 3 - 1)));
        ModernCatalogue {
            sources,
            stars: stars.collect(),
            inside_arcsec2: SIDE_ARCSEC * SIDE_ARCSEC,
            outside_arcsec2: SIDE_ARCSEC * 720.0,
        }
    }

    fn one(survivor: Survivor, catalogues: &[ModernCatalogue]) -> Option<Moved> {
        moved(&[survivor], catalogues, PLATE_YR, &MovedParams::default()).expect("radii")[0]
    }

    const STAR: Survivor = Survivor { position: CENTRE, mag: 10.0 };

    #[test]
    fn a_lone_source_of_like_brightness_is_the_star() {
        // 62.7 years at 400 mas/yr: 25.08".
        let found = one(STAR, &[catalogue(vec![source(at(25.08, 0.0), 2016.0, 15.2)])]).expect("moved");
        assert!((found.motion_mas_yr - 400.0).abs() < 0.1 && !found.is_confirmed, "{found:?}");
        // Half a source over the image: pi 25.08^2 / 3600^2 / 2.
        assert!((found.chance - 7.62e-5).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn another_brightness_another_owner_or_a_measured_motion_is_another_star() {
        let lone = source(at(25.08, 0.0), 2016.0, 15.2);
        let none = |changed: ModernSource| one(STAR, &[catalogue(vec![changed])]).is_none();
        assert!(none(ModernSource { mag: 16.0, ..lone }), "0.8 mag fainter than the tile's stars");
        assert!(none(ModernSource { is_taken: true, ..lone }), "the match of another detection");
        assert!(none(ModernSource { pm_mas_yr: (3.0, -4.0), ..lone }), "its motion is known, and small");
        assert!(none(source(at(171.0, 0.0), 2016.0, 15.2)), "2727 mas/yr are too fast");
        let gaia = catalogue(vec![ModernSource { pm_mas_yr: (3.0, -4.0), ..lone }]);
        let ps1 = catalogue(vec![source(at(25.08, 0.0), 2012.5, 15.2)]);
        assert!(one(STAR, &[gaia, ps1]).is_none(), "Gaia knows the motion of Pan-STARRS' source");
    }

    #[test]
    fn a_source_that_stood_still_between_two_catalogues_is_no_mover() {
        let place = at(0.0, 60.0);
        let still = [catalogue(vec![source(place, 2016.0, 15.0)]), catalogue(vec![source(place, 2012.5, 15.0)])];
        assert!(one(STAR, &still).is_none(), "957 mas/yr would have put it 3.3 arcsec elsewhere");
        let then = at(0.0, 60.0 * (2012.5 - PLATE_YR) / (2016.0 - PLATE_YR));
        let moving = [catalogue(vec![source(place, 2016.0, 15.0)]), catalogue(vec![source(then, 2012.5, 15.0)])];
        assert!(one(STAR, &moving).is_some_and(|found| found.is_confirmed), "both agree with one motion");
    }

    #[test]
    fn in_a_crowd_chance_decides() {
        let crowd = |n: usize| {
            let place = |i: usize, step: f64| SIDE_ARCSEC * ((i as f64 + 0.5) * step).fract() - 1800.0;
            (0..n)
                .map(|i| source(at(place(i, 0.618_033_988), place(i, 0.754_877_666)), 2016.0, 15.0))
                .collect::<Vec<_>>()
        };
        let mut sources = crowd(3000);
        sources.push(source(at(20.0, 0.0), 2016.0, 15.0));
        assert!(
            one(STAR, &[catalogue(sources)]).is_none(),
            "3000 alike in the tile: 25 % lie within 20 arcsec by chance"
        );
        // 200 places without a star of their own among 60 alike: at most 3 % and some scatter are taken for moved.
        let lost: Vec<Survivor> = (0..200)
            .map(|i| Survivor {
                position: at(3400.0 * (f64::from(i) * 0.569_840_291).fract() - 1700.0, 17.0 * f64::from(i) - 1700.0),
                mag: 10.0,
            })
            .collect();
        let found = moved(&lost, &[catalogue(crowd(60))], PLATE_YR, &MovedParams::default()).expect("radii");
        let wrong = found.iter().flatten().count();
        assert!(wrong <= 10, "{wrong} of 200 are taken for moved");
    }

    #[test]
    fn each_source_is_given_once() {
        let near = Survivor { position: at(5.0, 0.0), mag: 10.0 };
        let found = moved(
            &[STAR, near],
            &[catalogue(vec![source(at(12.0, 0.0), 2016.0, 15.0)])],
            PLATE_YR,
            &MovedParams::default(),
        );
        let found = found.expect("radii");
        assert!(found[0].is_none() && found[1].is_some(), "the nearer one has it: {found:?}");
    }
}
