//! Whether the evidence and the positions of a tile can be trusted at all.

use products::MatchFacts;
use products::candidate_table::DisplacementFacts;
use sky_candidates::{Displacement, Sight, Verdict, Witness, displacement, sight};
use sky_coords::{PixelPos, SkyPos};
use sky_wcs::Wcs;
use step_contract::Reason;

use crate::FilterError;
use crate::catalogue::Catalogue;
use crate::rows::{Context, Judged};

/// Catalogue whose stars tell whether survivors are displaced: the densest one with positions of a few mas.
const ASTROMETRIC_REFERENCE: &str = "gaia";

/// Why a tile is blocked whose tie was tried and failed. A tie that is switched off, or whose reference nobody asked, is the choice of the configuration.
pub(crate) fn tie_failed(matches: &MatchFacts, unit: &str) -> Option<Reason> {
    let tie = &matches.tie;
    let reference = tie.reference.as_ref().filter(|_| !tie.ok)?;
    let why = tie.reason.as_deref().unwrap_or("no reason is given");
    let message = format!(
        "the detections are not tied to {reference} ({why}), so that a star may stand beside its place in every catalogue; repair the header's solution"
    );
    Some(Reason { kind: "tie_failed".to_owned(), ..Reason::blocked("xmatch", unit, message) })
}

/// What each catalogue that vetoes or names spike stars sees of the tile.
pub(crate) fn sight_of(
    context: &Context<'_>,
    catalogue: &Catalogue,
    judged: &Judged,
) -> Result<Vec<Sight>, FilterError> {
    let (config, facts) = (context.config, context.tile.facts());
    let wcs = Wcs::from_header(&catalogue.header)?;
    let forbidden = config.judge.mask_bits;
    let bright: Vec<usize> = (0..judged.rows.len())
        .filter(|&i| judged.rows[i].mask_bits & forbidden == 0 && judged.rows[i].snr_win > config.sight.snr_min)
        .collect();
    let places: Vec<PixelPos> = bright.iter().map(|&i| judged.beside[i].pixel).collect();
    let reach = |of: fn(&PixelPos) -> f64| places.iter().map(of).fold(1.0, f64::max) as u64 + 1;
    let size_px = facts.width_px.zip(facts.height_px).unwrap_or_else(|| (reach(|p| p.x_px), reach(|p| p.y_px)));
    let asked = context
        .references
        .iter()
        .filter(|reference| config.vetoes.contains(&reference.name) || config.spike_sources.contains(&reference.name));
    let witnesses: Vec<Witness> = asked
        .map(|reference| Witness {
            catalog: reference.name.clone(),
            is_veto: config.vetoes.contains(&reference.name),
            has_pair: bright.iter().map(|&i| judged.beside[i].nearest.contains_key(&reference.name)).collect(),
            rows: reference.positions.iter().filter_map(|&position| wcs.pixel_from_sky(position)).collect(),
        })
        .collect();
    Ok(sight(&places, size_px, &witnesses, &config.sight))
}

/// Kept rows against the stars beside them; `None` where the reference is not there.
pub(crate) fn displacement_of(
    context: &Context<'_>,
    judged: &Judged,
    verdict: &Verdict,
) -> Result<Option<Displacement>, FilterError> {
    let Some(stars) = context.references.iter().find(|reference| reference.name == ASTROMETRIC_REFERENCE) else {
        return Ok(None);
    };
    let kept = (0..judged.rows.len()).filter(|&i| verdict.reasons[i].is_empty());
    let survivors: Vec<SkyPos> = kept.map(|i| judged.beside[i].position).collect();
    Ok(Some(displacement(&survivors, &stars.positions, &context.config.displacement)?))
}

/// Why a tile is blocked whose survivors stand beside their stars.
pub(crate) fn tie_suspect(found: &Displacement, unit: &str) -> Option<Reason> {
    let message = format!(
        "{} of {} kept rows ({}) have a {ASTROMETRIC_REFERENCE} star beside them, {:.1} % would by chance, and they point one way ({:+.1}\", {:+.1}\"): the positions are wrong although the tie says ok",
        found.beside,
        found.rows,
        found.part,
        100.0 * found.share_by_chance,
        found.east_arcsec,
        found.north_arcsec
    );
    found.is_suspect.then(|| Reason { kind: "tie_suspect".to_owned(), ..Reason::blocked("xmatch", unit, message) })
}

/// The test as the manifest tells it.
pub(crate) fn facts(found: &Displacement) -> DisplacementFacts {
    DisplacementFacts {
        rows: found.rows,
        beside: found.beside,
        share_by_chance: found.share_by_chance,
        east_arcsec: found.east_arcsec,
        north_arcsec: found.north_arcsec,
    }
}
