//! A model as PSFEx's file and back.

use sky_fits::{PsfexContext, PsfexFile};
use sky_psf::PsfBuild;

/// What PSFEx would write of such a model.
pub(crate) fn of(build: &PsfBuild) -> PsfexFile {
    let (model, quality) = (&build.model, &build.quality);
    let polynomial = model.polynomial();
    let contexts = ["X_IMAGE", "Y_IMAGE"].iter().enumerate().map(|(axis, name)| PsfexContext {
        name: (*name).to_owned(),
        group: 1,
        zero: polynomial.zero()[axis],
        scale: polynomial.scale()[axis],
    });
    PsfexFile {
        loaded: quality.stars_loaded as i64,
        accepted: quality.stars_used as i64,
        chi2: quality.reduced_chi2,
        fwhm_px: model.half_light_diameter_px(),
        sampling_px: model.step_px(),
        contexts: contexts.collect(),
        degrees: vec![polynomial.degree()],
        coefficients: model.planes().to_owned(),
    }
}
