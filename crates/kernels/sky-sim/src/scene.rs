//! A simulated sky and its plate.

use sky_coords::{SkyPos, julian_from_mjd};

use crate::defect::{self, Defect};
use crate::geometry::{Geometry, project};
use crate::object::SkyObject;
use crate::params::SceneParams;
use crate::population::populate;

/// Where the PSF is narrowest, in half sides of the field from its centre.
const SHARPEST: (f64, f64) = (0.2, -0.1);

/// A piece of sky, the plate that was exposed on it, and the plate's defects.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    params: SceneParams,
    geometry: Geometry,
    objects: Vec<SkyObject>,
    defects: Vec<Defect>,
}

impl Scene {
    /// Draws everything from the seed.
    pub fn generate(params: &SceneParams) -> Self {
        let geometry = Geometry::new(SkyPos::new(params.centre_ra_deg, params.centre_dec_deg), &params.plate);
        let objects = populate(params, |position| fwhm_arcsec(params, position));
        let defects = defect::draw_defects(params, &geometry);
        Self { params: params.clone(), geometry, objects, defects }
    }

    /// The parameters that it was made from.
    pub const fn params(&self) -> &SceneParams {
        &self.params
    }

    /// Every object, also those in the margin around the field.
    pub fn objects(&self) -> &[SkyObject] {
        &self.objects
    }

    /// Every defect of the plate.
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// Centre of the field.
    pub fn centre(&self) -> SkyPos {
        SkyPos::new(self.params.centre_ra_deg, self.params.centre_dec_deg)
    }

    /// Middle of the exposure, Julian epoch in years.
    pub fn epoch_yr(&self) -> f64 {
        julian_from_mjd(self.params.plate.exposure_start_mjd + 0.5 * self.params.plate.exposure_min / 1440.0)
    }

    /// FWHM of a star at that place, arc seconds: smallest inside the field, largest in its far corner, quadratic between.
    pub fn fwhm_arcsec(&self, position: SkyPos) -> f64 {
        fwhm_arcsec(&self.params, position)
    }

    pub(crate) const fn geometry(&self) -> &Geometry {
        &self.geometry
    }
}

fn fwhm_arcsec(params: &SceneParams, position: SkyPos) -> f64 {
    let centre = SkyPos::new(params.centre_ra_deg, params.centre_dec_deg);
    let half = 30.0 * params.size_arcmin;
    let (xi, eta) = project(centre, position).unwrap_or((half, half));
    let square = |u: f64, v: f64| (u - SHARPEST.0) * (u - SHARPEST.0) + (v - SHARPEST.1) * (v - SHARPEST.1);
    let share = square(xi / half, eta / half) / square(-1.0, 1.0);
    params.fwhm_min_arcsec + (params.fwhm_max_arcsec - params.fwhm_min_arcsec) * share
}
