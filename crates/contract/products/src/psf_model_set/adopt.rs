//! A model from a `.psf` file that came from elsewhere.

use sky_fits::PsfexFile;
use step_contract::{AdoptedFile, AdoptedUnit};

use super::unit::{PsfFacts, PsfFiles, PsfModelSet};

/// The models of a file: of one model a unit of the file's name, of several each `<name>_<number of its HDU>`.
pub(super) fn adopt_models(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<PsfModelSet>>, String> {
    let models = PsfexFile::read_all(&file.path).map_err(|error| error.to_string())?;
    let several = models.len() > 1;
    models.into_iter().map(|(hdu, model)| adopt_psf(file, several.then_some(hdu), &model)).collect()
}

/// One model: what its header says. Its shape on an image, and a verdict, it does not say.
fn adopt_psf(file: &AdoptedFile, hdu: Option<usize>, model: &PsfexFile) -> Result<AdoptedUnit<PsfModelSet>, String> {
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let count = |keyword: &str, found: i64| {
        u64::try_from(found).map_err(|_| format!("{name}: {keyword} is {found}, expected a number of stars"))
    };
    let (stars_loaded, stars_used) = (count("LOADED", model.loaded)?, count("ACCEPTED", model.accepted)?);
    if stars_used == 0 || model.coefficients.iter().all(|sample| *sample == 0.0) {
        return Err(format!(
            "{name}: ACCEPTED is {stars_used} and its samples are empty or unfounded: PSFEx found no star and wrote a \
             file all the same; make the model from a catalogue with stars"
        ));
    }
    let numbers = [("CHI2", model.chi2), ("PSF_FWHM", model.fwhm_px), ("PSF_SAMP", model.sampling_px)];
    if let Some((keyword, found)) = numbers.into_iter().find(|(_, number)| !(number.is_finite() && *number >= 0.0)) {
        return Err(format!("{name}: {keyword} is {found}, expected a number of 0 or more"));
    }
    Ok(AdoptedUnit {
        unit: hdu.map_or_else(|| file.unit.clone(), |hdu| format!("{}_{hdu}", file.unit)),
        files: PsfFiles { model: file.entry.clone() },
        facts: PsfFacts {
            hdu: hdu.map(|hdu| hdu as u64),
            psf_model: name,
            stars_loaded,
            stars_used,
            degree: model.degrees.iter().copied().max().unwrap_or(0) as u64,
            reduced_chi2: model.chi2,
            half_light_diameter_px: model.fwhm_px,
            sampling_px: model.sampling_px,
            ..PsfFacts::default()
        },
    })
}
