//! Rows as the rules see them, with the columns that are written beside.

use std::collections::{BTreeMap, BTreeSet};

use products::{MatchFacts, SourceCatalog};
use sky_candidates::{CatalogueStar, DetectionRow, EdgeDistance, Veto, edge_distance, local_fwhm_ratios, spike_stars};
use sky_coords::{PixelPos, SkyPos};
use sky_match::chance_of_match;
use sky_wcs::Wcs;
use step_contract::DoneUnit;

use crate::catalogue::{Catalogue, CatalogueSource};
use crate::evidence::Reference;
use crate::pairs::Pairs;
use crate::{FilterConfig, FilterError};

/// What xmatch writes of a pair that only a motion makes which is not believed.
const BY_MOTION: &str = "motion";

/// What all rows of a tile share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) config: &'a FilterConfig,
    pub(crate) tile: &'a DoneUnit<'a, SourceCatalog>,
    pub(crate) matches: &'a MatchFacts,
    pub(crate) references: &'a [Reference],
}

/// The rows of a tile.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// As the rules see them.
    pub(crate) rows: Vec<DetectionRow>,
    /// What is written beside, in the same order.
    pub(crate) beside: Vec<Beside>,
    /// Of each reference the sources that are the nearest one of a detection.
    pub(crate) taken: BTreeMap<String, BTreeSet<String>>,
    /// What every row says alike.
    pub(crate) plate_id: String,
    pub(crate) mjd_mid: f64,
    pub(crate) solution: String,
    pub(crate) hires: Option<bool>,
}

/// Columns of a row that no rule decides by.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) position: SkyPos,
    pub(crate) pixel: PixelPos,
    pub(crate) plate_mm: Option<(f64, f64)>,
    pub(crate) mag_auto: f64,
    pub(crate) spread_model_err: f64,
    pub(crate) edge: Option<EdgeDistance>,
    pub(crate) fwhm_ratio: f64,
    pub(crate) chance_of_veto: f64,
    /// Distance and magnitude of the nearest source of each reference within the radius, veto or not.
    pub(crate) nearest: Nearest,
    /// Distance of the nearest source that only a motion which is not believed brings within the radius.
    pub(crate) by_motion: BTreeMap<String, f64>,
}

/// Nearest source of one reference: distance and magnitude.
pub(crate) type Nearest = BTreeMap<String, (f64, f64)>;

pub(crate) fn assemble(
    context: &Context<'_>,
    catalogue: &Catalogue,
    pairs: &Pairs,
    unmatched: &[(i64, SkyPos)],
) -> Result<Judged, FilterError> {
    let sources = &catalogue.sources;
    let place_of: BTreeMap<i64, usize> = sources.iter().enumerate().map(|(i, source)| (source.number, i)).collect();
    let find = |number: i64| place_of.get(&number).copied().ok_or(FilterError::UnknownDetection { number });
    // Matched or not, each detection of a reference that is done has its tied position in one of the two tables.
    let mut positions: Vec<SkyPos> = sources.iter().map(|source| source.header_position).collect();
    let mut nearest: Vec<Nearest> = vec![Nearest::new(); sources.len()];
    let mut by_motion: Vec<BTreeMap<String, f64>> = vec![BTreeMap::new(); sources.len()];
    let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (link, stored) in pairs.links.iter().zip(&pairs.stored) {
        let i = find(link.number)?;
        positions[i] = stored.detection;
        if link.best1 {
            nearest[i].insert(link.reference.clone(), (stored.separation_arcsec, link.mag));
            taken.entry(link.reference.clone()).or_default().insert(link.id.clone());
        }
        if link.matched_at == BY_MOTION {
            let least = by_motion[i].entry(link.reference.clone()).or_insert(f64::INFINITY);
            *least = least.min(stored.separation_arcsec);
        }
    }
    for (number, position) in unmatched {
        positions[find(*number)?] = *position;
    }
    let spikes = spike_stars(&positions, &bright_stars(context), &context.config.judge.spikes)?;
    let chances = chances_of_veto(context, &positions)?;
    let rows: Vec<DetectionRow> = sources
        .iter()
        .enumerate()
        .map(|(i, source)| DetectionRow {
            number: u32::try_from(source.number).unwrap_or_default(),
            flags: source.flags,
            mask_bits: source.mask_bits,
            snr_win: source.snr_win,
            fwhm_px: source.fwhm_px,
            elongation: source.elongation,
            spread_model: source.spread_model,
            extent: source.extent,
            is_star: is_star(context, source, &nearest[i]),
            spikes: spikes[i],
            vetoes: vetoes(context, &nearest[i]),
        })
        .collect();
    let beside = beside(context, catalogue, &rows, &positions, nearest.into_iter().zip(by_motion), &chances)?;
    let tile = context.tile.facts();
    let (plate, exposure) = (tile.plate.as_ref(), tile.exposure.as_ref());
    Ok(Judged {
        rows,
        beside,
        taken,
        plate_id: plate.and_then(|plate| plate.plate_id.clone()).unwrap_or_default(),
        mjd_mid: exposure.and_then(|exposure| exposure.mjd_mid).unwrap_or(f64::NAN),
        solution: context.matches.astrometric_solution.clone().unwrap_or_default(),
        hires: plate.and_then(|plate| plate.hires),
    })
}

fn bright_stars(context: &Context<'_>) -> Vec<CatalogueStar> {
    let sources = context.references.iter().filter(|r| context.config.spike_sources.contains(&r.name));
    sources
        .flat_map(|reference| reference.rows.iter().zip(&reference.positions))
        .map(|(row, &position)| CatalogueStar { position, mag: row.mag })
        .collect()
}

/// Probability that at least one of the veto catalogues has an unrelated source within the radius.
fn chances_of_veto(context: &Context<'_>, positions: &[SkyPos]) -> Result<Vec<f64>, FilterError> {
    let mut none: Vec<f64> = vec![1.0; positions.len()];
    for reference in context.references.iter().filter(|r| context.config.vetoes.contains(&r.name)) {
        let (radius, ring) = (context.matches.match_radius_arcsec, context.config.neighbourhood_arcsec);
        for (none, chance) in none.iter_mut().zip(chance_of_match(positions, &reference.positions, radius, ring)?) {
            *none *= 1.0 - chance;
        }
    }
    Ok(none.into_iter().map(|none| 1.0 - none).collect())
}

fn is_star(context: &Context<'_>, source: &CatalogueSource, nearest: &Nearest) -> bool {
    let calibration = &context.config.calibration;
    let mag = nearest.get(&calibration.catalog).map_or(f64::NAN, |(_, mag)| *mag);
    source.flags == 0 && source.mask_bits == 0 && (calibration.mag_min..=calibration.mag_max).contains(&mag)
}

fn vetoes(context: &Context<'_>, nearest: &Nearest) -> Vec<Veto> {
    let named = context.config.vetoes.iter().filter_map(|name| Some((name, nearest.get(name)?)));
    named
        .map(|(name, (separation_arcsec, _))| Veto {
            catalog: name.clone(),
            separation_arcsec: *separation_arcsec,
            radius_arcsec: context.matches.match_radius_arcsec,
        })
        .collect()
}

fn beside(
    context: &Context<'_>,
    catalogue: &Catalogue,
    rows: &[DetectionRow],
    positions: &[SkyPos],
    nearest: impl Iterator<Item = (Nearest, BTreeMap<String, f64>)>,
    chances: &[f64],
) -> Result<Vec<Beside>, FilterError> {
    let wcs = Wcs::from_header(&catalogue.header)?;
    let facts = context.tile.facts();
    let size = facts.width_px.zip(facts.height_px);
    let widths: Vec<(PixelPos, f64, bool)> =
        catalogue.sources.iter().zip(rows).map(|(source, row)| (source.pixel, source.fwhm_px, row.is_star)).collect();
    let ratios = local_fwhm_ratios(&widths);
    let edges = &context.config.judge.edges;
    Ok(catalogue
        .sources
        .iter()
        .zip(nearest)
        .enumerate()
        .map(|(i, (source, (nearest, by_motion)))| Beside {
            position: positions[i],
            pixel: source.pixel,
            plate_mm: wcs.plate_mm_from_pixel(source.pixel).map(|plate| (plate.x_mm, plate.y_mm)),
            mag_auto: source.mag_auto,
            spread_model_err: source.spread_model_err,
            edge: size.map(|size| edge_distance(source.pixel, size, wcs.pixel_scale_arcsec_at(source.pixel), edges)),
            fwhm_ratio: ratios[i],
            chance_of_veto: chances[i],
            nearest,
            by_motion,
        })
        .collect())
}
