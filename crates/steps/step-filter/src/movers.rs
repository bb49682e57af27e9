//! Survivors that a veto catalogue has elsewhere today.

use sky_candidates::{ModernCatalogue, ModernSource, Moved, Survivor, Verdict, moved};
use sky_wcs::Wcs;

use crate::FilterError;
use crate::catalogue::Catalogue;
use crate::evidence::Reference;
use crate::rows::{Context, Judged};

/// A row's source of today, by name.
#[derive(Clone, Debug)]
pub(crate) struct Mover {
    /// Catalogue.
    pub(crate) catalog: String,
    /// Identifier there.
    pub(crate) id: String,
    /// Distance, motion and chance.
    pub(crate) found: Moved,
}

/// For each row what it has become; `None` for dropped rows and for those that nothing explains.
///
/// Of the catalogues that veto those are looked at whose proper motions are believed.
pub(crate) fn find(
    context: &Context<'_>,
    catalogue: &Catalogue,
    judged: &Judged,
    verdict: &Verdict,
) -> Result<Vec<Option<Mover>>, FilterError> {
    let wcs = Wcs::from_header(&catalogue.header)?;
    let modern: Vec<&Reference> = context
        .references
        .iter()
        .filter(|reference| context.config.vetoes.contains(&reference.name) && reference.motions_believed)
        .collect();
    let catalogues: Vec<ModernCatalogue> =
        modern.iter().map(|reference| modern_catalogue(context, judged, reference, &wcs)).collect();
    let kept: Vec<usize> = (0..judged.rows.len()).filter(|&i| verdict.reasons[i].is_empty()).collect();
    let survivors: Vec<Survivor> = kept
        .iter()
        .map(|&i| Survivor { position: judged.beside[i].position, mag: judged.beside[i].mag_auto })
        .collect();
    let epoch_yr = context.matches.epoch_yr.unwrap_or(f64::NAN);
    let found = moved(&survivors, &catalogues, epoch_yr, &context.config.moved)?;
    let mut movers: Vec<Option<Mover>> = vec![None; judged.rows.len()];
    for (&row, found) in kept.iter().zip(found) {
        movers[row] = found.map(|found| {
            let reference = modern[found.catalogue];
            Mover { catalog: reference.name.clone(), id: reference.rows[found.source].id.clone(), found }
        });
    }
    Ok(movers)
}

fn modern_catalogue(context: &Context<'_>, judged: &Judged, reference: &Reference, wcs: &Wcs) -> ModernCatalogue {
    let facts = context.tile.facts();
    let size = facts.width_px.zip(facts.height_px);
    let is_inside = |source: &products::reference_catalog::ReferenceRow| {
        wcs.pixel_from_sky(source.position).is_some_and(|pixel| {
            let within = |at: f64, length: u64| (-0.5..length as f64 - 0.5).contains(&at);
            size.is_none_or(|(width, height)| within(pixel.x_px, width) && within(pixel.y_px, height))
        })
    };
    let taken = judged.taken.get(&reference.name);
    let sources = reference
        .rows
        .iter()
        .map(|row| ModernSource {
            position: row.position,
            epoch_yr: row.epoch_yr,
            pm_mas_yr: (row.pm_ra_mas_yr, row.pm_dec_mas_yr),
            mag: row.mag,
            is_taken: taken.is_some_and(|taken| taken.contains(&row.id)),
            is_inside: is_inside(row),
        })
        .collect();
    let sound = judged.rows.iter().zip(&judged.beside).filter(|(row, _)| row.flags == 0 && row.mask_bits == 0);
    let stars = sound.filter_map(|(_, beside)| Some((beside.mag_auto, beside.nearest.get(&reference.name)?.1)));
    let scale = facts.astrometry.as_ref().map_or(f64::NAN, |astrometry| astrometry.pixel_scale_arcsec);
    let inside_arcsec2 = size.map_or(f64::NAN, |(width, height)| width as f64 * height as f64 * scale * scale);
    ModernCatalogue {
        sources,
        stars: stars.collect(),
        inside_arcsec2,
        outside_arcsec2: reference.area_arcsec2 - inside_arcsec2,
    }
}
