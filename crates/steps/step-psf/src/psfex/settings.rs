//! Our parameters as PSFEx's configuration.

use std::fmt::Write as _;

use sky_psf::PsfParams;

/// The whole file: every key that matters, so that no default of the program counts. `mask_bits`: those that no star may have,
/// where the catalogue says which it has.
pub(super) fn text(params: &PsfParams, mask_bits: Option<u16>) -> String {
    let size = params.size_samples;
    let mut text = String::new();
    let mut set = |key: &str, value: String| {
        let _ = writeln!(text, "{key} {value}");
    };
    set("BASIS_TYPE", "PIXEL_AUTO".to_owned());
    set("BASIS_NUMBER", "20".to_owned());
    set("PSF_SAMPLING", number(params.sampling_px));
    set("PSF_ACCURACY", number(params.accuracy));
    set("PSF_SIZE", format!("{size},{size}"));
    set("PSF_RECENTER", "N".to_owned());
    set("CENTER_KEYS", "X_IMAGE,Y_IMAGE".to_owned());
    set("PHOTFLUX_KEY", "FLUX_APER(1)".to_owned());
    set("PHOTFLUXERR_KEY", "FLUXERR_APER(1)".to_owned());
    set("PSFVAR_KEYS", "X_IMAGE,Y_IMAGE".to_owned());
    set("PSFVAR_GROUPS", "1,1".to_owned());
    set("PSFVAR_DEGREES", params.degree.to_string());
    set("SAMPLE_AUTOSELECT", "Y".to_owned());
    set("SAMPLE_FWHMRANGE", format!("{},{}", number(params.fwhm_min_px), number(params.fwhm_max_px)));
    set("SAMPLE_VARIABILITY", number(params.variability));
    set("SAMPLE_MINSN", number(params.min_snr));
    set("SAMPLE_MAXELLIP", number(params.max_ellipticity));
    set("SAMPLE_FLAGMASK", format!("0x{:04x}", params.flag_mask));
    set("SAMPLE_IMAFLAGMASK", format!("0x{:x}", mask_bits.unwrap_or(0)));
    set("BADPIXEL_FILTER", "N".to_owned());
    set("CHECKPLOT_DEV", "NULL".to_owned());
    set("CHECKPLOT_TYPE", "NONE".to_owned());
    set("CHECKIMAGE_TYPE", "NONE".to_owned());
    set("OUTCAT_TYPE", "NONE".to_owned());
    set("PSF_DIR", ".".to_owned());
    set("PSF_SUFFIX", ".psf".to_owned());
    set("VERBOSE_TYPE", "NORMAL".to_owned());
    set("WRITE_XML", "N".to_owned());
    set("NTHREADS", "1".to_owned());
    text
}

/// A number as PSFEx reads it: with a point.
fn number(value: f64) -> String {
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_reader_understands_what_is_written_for_psfex() {
        let params = PsfParams { degree: 1, min_snr: 33.5, size_samples: 31, ..PsfParams::default() };
        let text = text(&params, Some(31));
        let known: String = text
            .lines()
            .filter(|line| !["SAMPLE_IMAFLAGMASK", "BADPIXEL_FILTER"].iter().any(|key| line.starts_with(key)))
            .map(|line| format!("{line}\n"))
            .collect();
        let read = crate::config::from_psfex(std::path::Path::new("x.psfex"), known.as_bytes())
            .expect("PSFEx's ending")
            .expect("known keys");
        let config: crate::PsfConfig = serde_json::from_value(read).expect("a configuration");
        assert_eq!(config.psf, params);
        assert!(text.contains("SAMPLE_IMAFLAGMASK 0x1f\n"), "{text}");
    }
}
