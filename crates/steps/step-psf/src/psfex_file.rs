//! A model as PSFEx's file and back.

use sky_fits::{PsfexContext, PsfexFile};
use sky_psf::{PsfError, PsfModel, SpatialPolynomial};

use crate::made::Made;

/// The model of a file that varies with X_IMAGE and Y_IMAGE, or with nothing. Fails for other contexts, and where it is no model.
pub(crate) fn model_of(file: &PsfexFile) -> Result<PsfModel, PsfError> {
    let names: Vec<&str> = file.contexts.iter().map(|context| context.name.as_str()).collect();
    let polynomial = match (names.as_slice(), file.contexts.as_slice(), file.degrees.as_slice()) {
        ([], _, _) => SpatialPolynomial::new(0, [0.0; 2], [1.0; 2])?,
        (["X_IMAGE", "Y_IMAGE"], [x, y], [degree]) => {
            SpatialPolynomial::new(*degree, [x.zero, y.zero], [x.scale, y.scale])?
        }
        _ => {
            return Err(PsfError::Argument(format!(
                "the PSF varies with {}, expected X_IMAGE, Y_IMAGE",
                names.join(", ")
            )));
        }
    };
    PsfModel::from_planes(file.coefficients.clone(), file.sampling_px, file.fwhm_px, polynomial)
}

/// What PSFEx would write of such a model.
pub(crate) fn of(made: &Made) -> PsfexFile {
    let (model, quality) = (&made.model, &made.quality);
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
