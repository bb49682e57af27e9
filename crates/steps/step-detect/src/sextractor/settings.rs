//! Our parameters as SExtractor's files.

use std::fmt::Write as _;

use sky_background::BackgroundParams;
use sky_detect::ThresholdMap;
use sky_photometry::NeighbourPixels;

use crate::{DetectConfig, DetectError};

/// SExtractor's frame of BACKPHOTO_TYPE LOCAL where none is asked for, pixels.
const DEFAULT_THICKNESS_PX: u32 = 24;
/// Detections that wait for cleaning (SExtractor: 3000, at most 65536); more than most tiles have, so that none is flushed early.
const OBJECT_STACK: usize = 60_000;
/// Pixels of detections under way; room for a whole bright star.
const PIXEL_STACK: usize = 4_000_000;

/// Refuses what the program does not offer.
pub(super) fn check(config: &DetectConfig) -> Result<(), DetectError> {
    let fixed = BackgroundParams::default().pearson_factor;
    let found = config.background.pearson_factor;
    if found != fixed {
        return Err(DetectError::NotOffered(format!("background.pearson_factor {found}: it has {fixed} only")));
    }
    let usual = DetectConfig::default();
    let others = [
        ("class_star", config.class_star == usual.class_star),
        ("weights", config.weights == usual.weights),
        ("flag_image", config.flag_image == usual.flag_image),
        ("depth.scale_errors", config.depth.scale_errors == usual.depth.scale_errors),
        ("check_images", config.check_images.is_empty()),
        ("photometry.density_gamma_adu", config.photometry.density_gamma_adu == 0.0),
    ];
    match others.iter().find(|(_, is_usual)| !is_usual) {
        Some((name, _)) => Err(DetectError::NotOffered((*name).to_owned())),
        None => Ok(()),
    }
}

/// Rows of the image that are in memory at a time (SExtractor: 1024): the whole image where it may be.
const BUFFER_ROWS: std::ops::RangeInclusive<usize> = 1024..=65_534;

/// The filter as a `.conv` file; `None` where there is none.
pub(super) fn kernel(config: &DetectConfig) -> Option<String> {
    let rows = &config.detect.filter_kernel;
    let line = |row: &Vec<f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    (!rows.is_empty()).then(|| format!("CONV NORM\n{}\n", rows.iter().map(line).collect::<Vec<_>>().join("\n")))
}

/// The columns as a `.param` file, vectors with their sizes.
pub(super) fn columns(names: &[String], config: &DetectConfig) -> String {
    let apertures = config.photometry.aperture_diameters_px.len();
    let fractions = config.photometry.light_fractions.len();
    let side = config.detect.vignet_px;
    let mut text = String::new();
    for name in names {
        let _ = match name.as_str() {
            "VIGNET" => writeln!(text, "VIGNET({side},{side})"),
            "FLUX_APER" | "FLUXERR_APER" | "MAG_APER" | "MAGERR_APER" => writeln!(text, "{name}({apertures})"),
            "FLUX_RADIUS" if fractions > 1 => writeln!(text, "FLUX_RADIUS({fractions})"),
            _ => writeln!(text, "{name}"),
        };
    }
    text
}

/// The whole `.sex` file: every key that matters, so that neither the program's defaults nor the image's header count.
pub(super) fn text(config: &DetectConfig, rows: usize, mask: bool, psf: bool) -> String {
    let (detect, background, photometry) = (&config.detect, &config.background, &config.photometry);
    let yes = |answer: bool| if answer { "Y" } else { "N" }.to_owned();
    let mut text = String::new();
    let mut set = |key: &str, value: String| {
        let _ = writeln!(text, "{key} {value}");
    };
    set("CATALOG_NAME", "found.cat".to_owned());
    set("CATALOG_TYPE", "FITS_LDAC".to_owned());
    set("PARAMETERS_NAME", "columns.param".to_owned());
    set("DETECT_TYPE", "CCD".to_owned());
    set("THRESH_TYPE", "RELATIVE".to_owned());
    set("DETECT_MINAREA", detect.min_area_px.to_string());
    set("DETECT_THRESH", detect.threshold_sigma.to_string());
    set("ANALYSIS_THRESH", detect.analysis_threshold_sigma.to_string());
    set("FILTER", yes(!detect.filter_kernel.is_empty()));
    set("FILTER_NAME", "filter.conv".to_owned());
    set("DEBLEND_NTHRESH", detect.deblend_levels.to_string());
    set("DEBLEND_MINCONT", detect.deblend_contrast.to_string());
    set("CLEAN", yes(detect.clean));
    set("CLEAN_PARAM", detect.clean_exponent.to_string());
    set(
        "MASK_TYPE",
        match config.photometry.neighbour_pixels {
            NeighbourPixels::Mirror => "CORRECT",
            NeighbourPixels::Blank => "BLANK",
            NeighbourPixels::Keep => "NONE",
        }
        .to_owned(),
    );
    set(
        "WEIGHT_TYPE",
        match detect.threshold_map {
            ThresholdMap::Global => "NONE",
            ThresholdMap::Local => "BACKGROUND",
        }
        .to_owned(),
    );
    if mask {
        set("FLAG_IMAGE", "mask.fits".to_owned());
        set("FLAG_TYPE", "OR".to_owned());
    }
    let diameters: Vec<String> = photometry.aperture_diameters_px.iter().map(f64::to_string).collect();
    set("PHOT_APERTURES", diameters.join(","));
    set("PHOT_AUTOPARAMS", format!("{},{}", photometry.kron_factor, photometry.kron_min_radius));
    set("PHOT_AUTOAPERS", "0.0,0.0".to_owned());
    let fractions: Vec<String> = photometry.light_fractions.iter().map(f64::to_string).collect();
    set("PHOT_FLUXFRAC", fractions.join(","));
    set("PHOT_PETROPARAMS", format!("{},{}", photometry.petrosian_factor, photometry.petrosian_min_radius));
    set("SATUR_LEVEL", photometry.saturation_adu.to_string());
    set("SATUR_KEY", "NOKEY".to_owned());
    set("MAG_ZEROPOINT", photometry.zero_point_mag.to_string());
    set("GAIN", photometry.gain_e_per_adu.to_string());
    set("GAIN_KEY", "NOKEY".to_owned());
    set("PIXEL_SCALE", "1.0".to_owned());
    set("BACK_TYPE", "AUTO".to_owned());
    set("BACK_SIZE", background.mesh_px.to_string());
    set("BACK_FILTERSIZE", background.filter_cells.to_string());
    set("BACK_FILTTHRESH", background.filter_threshold_adu.to_string());
    let (frame, thickness_px) = match photometry.local_background_px {
        0 => ("GLOBAL", DEFAULT_THICKNESS_PX),
        width_px => ("LOCAL", width_px),
    };
    set("BACKPHOTO_TYPE", frame.to_owned());
    set("BACKPHOTO_THICK", thickness_px.to_string());
    set("CHECKIMAGE_TYPE", "NONE".to_owned());
    set("MEMORY_OBJSTACK", OBJECT_STACK.to_string());
    set("MEMORY_PIXSTACK", PIXEL_STACK.to_string());
    set("MEMORY_BUFSIZE", rows.clamp(*BUFFER_ROWS.start(), *BUFFER_ROWS.end()).to_string());
    if psf {
        set("PSF_NAME", "model.psf".to_owned());
        set("PSF_NMAX", "1".to_owned());
    }
    set("VERBOSE_TYPE", "QUIET".to_owned());
    set("HEADER_SUFFIX", ".nohead".to_owned());
    set("WRITE_XML", "N".to_owned());
    set("NTHREADS", "1".to_owned());
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn our_reader_understands_what_is_written_for_sextractor() {
        let mut config = DetectConfig::default();
        config.detect.threshold_sigma = 3.5;
        config.detect.analysis_threshold_sigma = 2.5;
        config.detect.filter_kernel = Vec::new();
        config.photometry.aperture_diameters_px = vec![4.0, 8.5];
        config.photometry.local_background_px = 30;
        config.background.mesh_px = 32;
        config.class_star.pixel_scale_arcsec = 1.0;
        config.frame.gain_key = "NOKEY".to_owned();
        config.frame.saturation_key = "NOKEY".to_owned();
        let known: String = text(&config, 100, false, false)
            .lines()
            .filter(|line| !line.starts_with("PARAMETERS_NAME"))
            .map(|line| format!("{line}\n"))
            .collect();
        let read = crate::sex_file::from_sex(Path::new("x.sex"), known.as_bytes())
            .expect("SExtractor's ending")
            .expect("known keys");
        let again: DetectConfig = serde_json::from_value(read).expect("a configuration");
        assert_eq!(again, config);
    }

    #[test]
    fn what_the_program_does_not_offer_is_refused() {
        let mut config = DetectConfig::default();
        assert!(check(&config).is_ok());
        config.background.pearson_factor = 3.5;
        let error = check(&config).expect_err("SExtractor 2.25 has 2.5").to_string();
        assert!(error.contains("pearson_factor 3.5"), "{error}");
    }
}
