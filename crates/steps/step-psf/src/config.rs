//! Configuration of the step, and PSFEx's own files as such.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sky_background::BackgroundParams;
use sky_psf::PsfParams;
use step_harness::EngineLimits;

/// How the model is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PsfConfig {
    /// What makes the model.
    pub engine: Engine,
    /// What an engine that is a program of its own may take.
    pub engine_limits: EngineLimits,
    /// Electrons per ADU, 0 for no photon noise; where it is not given, SEXGAIN of the catalogue counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub gain_e_per_adu: Option<f64>,
    /// Background under the stars.
    pub background: BackgroundParams,
    /// Stars and model.
    pub psf: PsfParams,
}

/// What makes the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Skyledger's own: reads stars from the image.
    #[default]
    Native,
    /// PSFEx: reads stars from the VIGNET column of the catalogue. Of `psf` those parameters count that have a key of PSFEx,
    /// and of `excluded_mask_bits` only as many as IMAFLAGS_ISO of the catalogue says. Its model is scaled to FLUX_APER(1),
    /// ours to the whole light: FLUX_PSF and MAG_PSF with it are those of the aperture.
    Psfex,
}

/// Keys of PSFEx that say where things are shown or written, or name what is the only way here.
const WITHOUT_EFFECT: &[&str] = &[
    "BASIS_NUMBER",
    "CHECKIMAGE_CUBE",
    "CHECKIMAGE_NAME",
    "CHECKPLOT_ANTIALIAS",
    "CHECKPLOT_DEV",
    "CHECKPLOT_NAME",
    "CHECKPLOT_RES",
    "CHECKPLOT_TYPE",
    "NTHREADS",
    "OUTCAT_NAME",
    "OUTCAT_TYPE",
    "PHOTFLUXERR_KEY",
    "PHOTFLUX_KEY",
    "PSF_DIR",
    "PSF_SUFFIX",
    "VERBOSE_TYPE",
    "WRITE_XML",
    "XML_NAME",
    "XSL_URL",
];
/// Keys of which only these values are offered.
const FIXED: &[(&str, &[&str])] = &[
    ("BASIS_TYPE", &["PIXEL_AUTO", "PIXEL"]),
    ("CENTER_KEYS", &["X_IMAGE,Y_IMAGE", "XWIN_IMAGE,YWIN_IMAGE"]),
    ("CHECKIMAGE_TYPE", &["NONE"]),
    ("PSFVAR_GROUPS", &["1,1"]),
    ("PSFVAR_KEYS", &["X_IMAGE,Y_IMAGE"]),
    ("PSFVAR_NSNAP", &["9"]),
    ("PSF_RECENTER", &["N", "Y"]),
    ("SAMPLE_AUTOSELECT", &["Y"]),
    ("STABILITY_TYPE", &["EXPOSURE", "SEQUENCE"]),
];

/// The parameters that a `.psfex` file, or a `.conf` file with PSFEx's keys, asks for; `None` for any other file. Unknown and unsupported
/// keys are refused with their line.
pub(crate) fn from_psfex(path: &Path, bytes: &[u8]) -> Option<Result<Value, String>> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    if extension != "psfex" && extension != "conf" {
        return None;
    }
    Some(parse(&String::from_utf8_lossy(bytes)).map_err(|error| format!("{}: {error}", path.display())))
}

fn parse(text: &str) -> Result<Value, String> {
    let mut psf = serde_json::Map::new();
    for (index, line) in text.lines().enumerate() {
        let mut words = line.split('#').next().unwrap_or_default().split(|c: char| c.is_whitespace() || c == ',');
        let Some(key) = words.find(|word| !word.is_empty()) else { continue };
        let values: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        set(&mut psf, &key.to_ascii_uppercase(), &values).map_err(|error| format!("line {}: {error}", index + 1))?;
    }
    Ok(json!({ "psf": psf }))
}

fn set(psf: &mut serde_json::Map<String, Value>, key: &str, values: &[&str]) -> Result<(), String> {
    let number = |index: usize| -> Result<f64, String> {
        let text = values.get(index).ok_or_else(|| format!("{key} has no value {}", index + 1))?;
        text.parse().map_err(|_| format!("{key} is {text:?}, expected a number"))
    };
    let same = || -> Result<u64, String> {
        let (first, second) = (number(0)?, number(values.len().saturating_sub(1))?);
        if first == second && first.fract() == 0.0 && first >= 0.0 {
            Ok(first as u64)
        } else {
            Err(format!("{key} is {}, expected one whole number for both axes", values.join(",")))
        }
    };
    let mut put = |name: &str, value: Value| psf.insert(name.to_owned(), value);
    match key {
        "PSF_SAMPLING" => put("sampling_px", json!(number(0)?)),
        "PSF_ACCURACY" => put("accuracy", json!(number(0)?)),
        "PSF_SIZE" => put("size_samples", json!(same()?)),
        "PSFVAR_DEGREES" => put("degree", json!(same()?)),
        "SAMPLE_FWHMRANGE" => {
            put("fwhm_min_px", json!(number(0)?));
            put("fwhm_max_px", json!(number(1)?))
        }
        "SAMPLE_MINSN" => put("min_snr", json!(number(0)?)),
        "SAMPLE_MAXELLIP" => put("max_ellipticity", json!(number(0)?)),
        "SAMPLE_VARIABILITY" => put("variability", json!(number(0)?)),
        "SAMPLE_FLAGMASK" => {
            let text = values.first().copied().unwrap_or_default();
            let bits = text.strip_prefix("0x").map_or_else(|| text.parse(), |digits| u16::from_str_radix(digits, 16));
            put("flag_mask", json!(bits.map_err(|_| format!("{key} is {text:?}, expected 16 bits"))?))
        }
        _ if WITHOUT_EFFECT.contains(&key) => None,
        _ => {
            let found = values.join(",");
            return match FIXED.iter().find(|(name, _)| *name == key) {
                Some((_, allowed)) if allowed.contains(&found.to_ascii_uppercase().as_str()) => Ok(()),
                Some((_, allowed)) => Err(format!("{key} is {found}, offered is {}", allowed.join(" or "))),
                None => Err(format!("{key} is not a key that psf knows")),
            };
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_psfex_configuration_gives_the_defaults() {
        let text = "BASIS_TYPE PIXEL_AUTO\nBASIS_NUMBER 20\nPSF_SAMPLING 0.0\nPSF_ACCURACY 0.01\nPSF_SIZE 25,25\nPHOTFLUX_KEY FLUX_APER(1)\n\
            PSFVAR_KEYS X_IMAGE,Y_IMAGE\nPSFVAR_DEGREES 2 # quadratic\nSAMPLE_AUTOSELECT Y\nSAMPLE_FWHMRANGE 2.0,10.0\nSAMPLE_MINSN 20\nSAMPLE_MAXELLIP 0.3\n";
        let value = parse(text).expect("every key is known");
        let config: PsfConfig = serde_json::from_value(value).expect("a valid configuration");
        assert_eq!(config, PsfConfig::default(), "the defaults are the survey plan's");
    }

    #[test]
    fn the_projects_own_file_has_the_values_of_the_plans_workflow() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let file = checkout.join("config/psfex/default.psfex");
        let bytes = std::fs::read(&file).expect("config/psfex/default.psfex");
        let value = from_psfex(&file, &bytes).expect("the ending of PSFEx's files").expect("every key is known");
        let config: PsfConfig = serde_json::from_value(value).expect("a valid configuration");
        assert_eq!(config.psf, PsfConfig::default().psf, "the survey plan's values are the defaults");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parse("PSF_SIZE 25,25\nPSF_SIZZE 25,25\n").expect_err("a misspelt key");
        assert!(error.contains("line 2") && error.contains("PSF_SIZZE"), "{error}");
    }

    #[test]
    fn an_unsupported_value_is_refused_with_what_is_offered() {
        let error = parse("BASIS_TYPE GAUSS-LAGUERRE\n").expect_err("only the pixel basis");
        assert!(error.contains("PIXEL_AUTO"), "{error}");
    }
}
