//! Which PSF model belongs to which frame, and whether it fits.

use products::{FrameSet, PsfModelSet};
use sky_catalog::Source;
use step_contract::Input;

/// Median reduced chi-square of unflagged sources from which a model is not that of the image. With the model of another chip
/// (FWHM 3.0 for 5.5 px) it is in the hundreds; with an image's own it is about 1, and 4.4 on the grain of the M67 plate.
const MISFIT_CHI2: f64 = 20.0;
/// Sources that a median needs.
const MIN_SOURCES: usize = 5;

/// The unit of the model of a frame: that of its id; of models that were given by hand, the n-th of a file with several for the
/// n-th image of a file, or the only model for the only frame, whatever their names.
pub(crate) fn model_of<'a>(
    psf: Option<&'a Input<PsfModelSet>>,
    frame: &'a str,
    frames: &'a Input<FrameSet>,
) -> &'a str {
    let Some(psf) = psf.filter(|psf| psf.adopted && psf.unit(frame).is_none()) else { return frame };
    let mut images: Vec<(Option<u64>, &str)> = frames
        .units()
        .map(|unit| (frames.unit(unit.id()).and_then(|unit| unit.facts.as_ref()?.hdu), unit.id()))
        .collect();
    let mut models: Vec<(Option<u64>, &str)> =
        psf.units().map(|unit| (psf.unit(unit.id()).and_then(|unit| unit.facts.as_ref()?.hdu), unit.id())).collect();
    if let ([_], [(_, only)]) = (images.as_slice(), models.as_slice()) {
        return only;
    }
    images.sort_unstable();
    models.sort_unstable();
    let Some(place) = images.iter().position(|(_, id)| *id == frame) else { return frame };
    // A file of the frame's name with several models: `<frame>_<HDU>`.
    let is_own = |id: &str| {
        id.strip_prefix(frame).and_then(|rest| rest.strip_prefix('_')).is_some_and(|hdu| hdu.parse::<u64>().is_ok())
    };
    let own: Vec<&str> = models.iter().map(|(_, id)| *id).filter(|id| is_own(id)).collect();
    if let Some(id) = own.get(place) {
        return id;
    }
    let in_one_file = |units: &[(Option<u64>, &str)]| units.iter().all(|(hdu, _)| hdu.is_some());
    if images.len() == models.len() && in_one_file(&images) && in_one_file(&models) {
        return models[place].1;
    }
    frame
}

/// What there is to say of a model that does not fit the sources.
pub(crate) fn misfit(sources: &[Source]) -> Option<String> {
    let clean = sources.iter().filter(|source| source.flags == 0);
    let mut chi2: Vec<f64> = clean
        .filter_map(|source| source.psf.as_ref())
        .map(|psf| psf.reduced_chi2)
        .filter(|chi2| chi2.is_finite())
        .collect();
    let count = chi2.len();
    let median = sky_stats::median(&mut chi2).filter(|_| count >= MIN_SOURCES)?;
    (median > MISFIT_CHI2).then(|| {
        format!(
            "the PSF model does not fit: the median reduced chi-square of {count} unflagged sources is {median:.1}; is it the \
             model of this image?"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_catalog::PsfMeasurement;

    #[test]
    fn the_model_of_another_chip_is_told_and_that_of_a_grainy_plate_is_not() {
        let with = |reduced_chi2: f64| {
            let psf = Some(PsfMeasurement { reduced_chi2, ..PsfMeasurement::default() });
            vec![Source { psf, ..Source::default() }; 9]
        };
        assert_eq!(misfit(&with(4.4)), None, "M67");
        assert!(misfit(&with(762.0)).is_some_and(|text| text.contains("762")), "k_reports 29");
        assert_eq!(misfit(&with(762.0)[..4]), None, "too few to tell");
    }
}
