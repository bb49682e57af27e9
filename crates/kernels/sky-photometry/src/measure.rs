//! All photometry of one source.

use sky_catalog::Source;
use sky_catalog::flags::{APERTURE_INCOMPLETE, CROWDED};

use crate::aperture::{ApertureFlux, aperture_flux};
use crate::field::{Field, Noise};
use crate::kron::kron_flux;
use crate::params::PhotometryParams;
use crate::petrosian::petrosian_flux;
use crate::radius::{half_light_radius, light_radius, reaches_beyond};
use crate::windowed::windowed;

/// Share of replaced pixels above which an aperture counts as crowded.
const CROWDED_SHARE: f64 = 0.1;

/// Fills the apertures, Kron, half-light and windowed measures of `source`, which has its number, isophotal position and
/// moments, and adds their flags.
pub fn measure(source: &mut Source, field: &Field<'_>, params: &PhotometryParams, noise: Noise) {
    let centre = (source.x_px, source.y_px);
    let number = source.number;
    let ellipse = source.isophotal.moments.coefficients();
    let kron = kron_flux(field, number, centre, ellipse, params, noise);
    // SExtractor reports no radius where the flux is not positive.
    source.kron_radius = if kron.aperture.flux.adu > 0.0 { kron.radius } else { 0.0 };
    source.auto = kron.aperture.flux;
    note(&mut source.flags, &kron.aperture);
    source.apertures = params
        .aperture_diameters_px
        .iter()
        .map(|diameter| {
            let aperture = aperture_flux(field, number, centre, 0.5 * diameter, noise);
            if aperture.clipped {
                source.flags |= APERTURE_INCOMPLETE;
            }
            aperture.flux
        })
        .collect();
    // As in SExtractor, a local background counts for fluxes only: radii and windows stay on the mesh's.
    let global = field.above(0.0);
    let major_px = source.isophotal.ellipse.major_px;
    if reaches_beyond(field, centre, major_px) {
        source.flags |= APERTURE_INCOMPLETE;
    }
    source.half_light_radius_px = half_light_radius(&global, number, centre, major_px, source.auto.adu);
    source.light_radii_px = params
        .light_fractions
        .iter()
        .map(|fraction| match *fraction {
            0.5 => source.half_light_radius_px,
            fraction => light_radius(&global, number, centre, major_px, fraction * source.auto.adu),
        })
        .collect();
    if params.petrosian {
        let (petrosian, aperture) = petrosian_flux(field, number, centre, ellipse, params, noise);
        note(&mut source.flags, &aperture);
        source.petrosian = Some(petrosian);
    }
    let (windowed, clipped) = windowed(&global, number, centre, &source.isophotal, source.half_light_radius_px, noise);
    source.windowed = windowed;
    if clipped {
        source.flags |= APERTURE_INCOMPLETE;
    }
}

fn note(flags: &mut u16, aperture: &ApertureFlux) {
    if aperture.clipped {
        *flags |= APERTURE_INCOMPLETE;
    }
    if aperture.replaced_share > CROWDED_SHARE {
        *flags |= CROWDED;
    }
}
