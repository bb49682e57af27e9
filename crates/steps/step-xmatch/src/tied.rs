//! The tie of the detections to a reference at the epoch of the plate.

use products::TieFacts;
use sky_coords::{SkyPos, UnitVector};

use crate::config::TieConfig;
use crate::detections::Detections;
use crate::references::Reference;

/// Ties the detections, or leaves them where they are and says why: never half.
pub(crate) fn tie_to(config: &TieConfig, references: &[Reference], detections: &mut Detections) -> TieFacts {
    if !config.enabled {
        return untied("disabled");
    }
    let Some(reference) = references.iter().find(|reference| reference.name == config.reference) else {
        return untied(&format!("no reference {} is there", config.reference));
    };
    let Some(centre) = centre_of(&detections.header_positions) else {
        return untied("no detection has a position");
    };
    // A star without a measured motion stands at another epoch: it does not tie.
    let stars: Vec<SkyPos> = reference
        .rows
        .iter()
        .zip(&reference.positions)
        .filter(|(row, _)| (config.mag_min..=config.mag_max).contains(&row.mag) && row.pm_ra_mas_yr.is_finite())
        .map(|(_, position)| *position)
        .collect();
    match sky_astrometry::tie(&detections.header_positions, &stars, centre, &config.fit) {
        Ok(tie) => {
            detections.positions = detections.header_positions.iter().map(|&place| corrected(&tie, place)).collect();
            let quality = tie.quality();
            TieFacts {
                ok: true,
                reason: None,
                reference: Some(reference.name.clone()),
                degree: Some(u64::from(quality.degree)),
                ties: Some(quality.ties_count as u64),
                shift_ra_arcsec: Some(quality.shift_xi_arcsec),
                shift_dec_arcsec: Some(quality.shift_eta_arcsec),
                median_before_arcsec: Some(quality.median_before_arcsec),
                median_after_arcsec: Some(quality.median_arcsec),
                rms_after_arcsec: Some(quality.rms_arcsec),
            }
        }
        Err(error) => TieFacts { reference: Some(reference.name.clone()), ..untied(&error.to_string()) },
    }
}

fn corrected(tie: &sky_astrometry::Tie, place: SkyPos) -> SkyPos {
    if place.is_valid() { tie.correct(place) } else { place }
}

fn centre_of(places: &[SkyPos]) -> Option<SkyPos> {
    let sum = places
        .iter()
        .filter(|place| place.is_valid())
        .map(|place| place.to_vector())
        .reduce(|a, b| UnitVector { x: a.x + b.x, y: a.y + b.y, z: a.z + b.z })?;
    Some(sum.normalised().to_sky())
}

fn untied(reason: &str) -> TieFacts {
    TieFacts {
        ok: false,
        reason: Some(reason.to_owned()),
        reference: None,
        degree: None,
        ties: None,
        shift_ra_arcsec: None,
        shift_dec_arcsec: None,
        median_before_arcsec: None,
        median_after_arcsec: None,
        rms_after_arcsec: None,
    }
}
