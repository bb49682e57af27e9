//! A PSF model from its file.

use std::path::Path;

use sky_fits::PsfexFile;
use sky_psf::{PsfModel, SpatialPolynomial};

use crate::DetectError;

/// Reads a `.psf` file of ours or of PSFEx: constant, or a polynomial in X_IMAGE and Y_IMAGE (XWIN_IMAGE and YWIN_IMAGE).
pub(crate) fn read_model(path: &Path, hdu: Option<u64>) -> Result<PsfModel, DetectError> {
    let file = PsfexFile::read_at(path, hdu.and_then(|hdu| usize::try_from(hdu).ok()))?;
    let names: Vec<&str> = file.contexts.iter().map(|context| context.name.as_str()).collect();
    let (degree, zero, scale) = match (names.as_slice(), file.contexts.as_slice(), file.degrees.as_slice()) {
        ([], _, _) => (0, [0.0; 2], [1.0; 2]),
        (["X_IMAGE", "Y_IMAGE"] | ["XWIN_IMAGE", "YWIN_IMAGE"], [x, y], [degree]) => {
            (*degree, [x.zero, y.zero], [x.scale, y.scale])
        }
        _ => return Err(DetectError::PsfContext { found: names.join(", ") }),
    };
    let polynomial = SpatialPolynomial::new(degree, zero, scale)?;
    Ok(PsfModel::from_planes(file.coefficients, file.sampling_px, file.fwhm_px, polynomial)?)
}
