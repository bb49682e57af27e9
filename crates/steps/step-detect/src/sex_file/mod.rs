//! Configuration from SExtractor's own files: `.sex`, and the `.param`, `.conv` and `.nnw` that it names.

mod beside;
mod keys;
mod variables;

use std::path::Path;

use serde_json::{Map, Value, json};
use sky_photometry::ClassStarParams;

use crate::check_image_kind::CheckImage;

/// SExtractor's threshold where the file has none.
const DEFAULT_THRESHOLD_SIGMA: f64 = 1.5;
/// Width of the frame of BACKPHOTO_TYPE LOCAL where the file has none, pixels.
const DEFAULT_THICKNESS_PX: u64 = 24;
/// Header keys that SExtractor looks at where the file names none.
const DEFAULT_KEYS: [(&str, &str); 2] = [("gain_key", "GAIN"), ("saturation_key", "SATURATE")];
/// Network of CLASS_STAR where the file names none.
const DEFAULT_NETWORK: &str = "default.nnw";
/// The kernel that need not lie beside the file.
const DEFAULT_KERNEL: &str = "default.conv";
/// Gamma of DETECT_TYPE PHOTO where the file has none.
const DEFAULT_GAMMA: f64 = 4.0;
/// Flag image where the file names none.
const DEFAULT_FLAG_IMAGE: &str = "flag.fits";

/// The configuration that a `.sex` file asks for; `None` for other files. Keys that are not known, and settings that are not
/// offered, are refused with their line.
pub(crate) fn from_sex(path: &Path, bytes: &[u8]) -> Option<Result<Value, String>> {
    if !path.extension()?.eq_ignore_ascii_case("sex") {
        return None;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let parsed = Reader::new(folder).read(&String::from_utf8_lossy(bytes));
    Some(parsed)
}

struct Reader<'a> {
    folder: &'a Path,
    detect: Map<String, Value>,
    background: Map<String, Value>,
    photometry: Map<String, Value>,
    weights: Map<String, Value>,
    flag_image: Map<String, Value>,
    frame: Map<String, Value>,
    check_images: Vec<CheckImage>,
    columns: Vec<String>,
    filter: bool,
    filter_name: Option<String>,
    local_background: bool,
    thickness_px: u64,
    densities: bool,
    gamma: f64,
    flag_image_name: String,
    network_name: String,
    class_star: ClassStarParams,
}

impl<'a> Reader<'a> {
    fn new(folder: &'a Path) -> Self {
        let mut detect = Map::new();
        detect.insert("threshold_sigma".to_owned(), json!(DEFAULT_THRESHOLD_SIGMA));
        detect.insert("analysis_threshold_sigma".to_owned(), json!(DEFAULT_THRESHOLD_SIGMA));
        Self {
            folder,
            detect,
            background: Map::new(),
            photometry: Map::new(),
            weights: Map::new(),
            flag_image: Map::new(),
            frame: DEFAULT_KEYS.iter().map(|(name, key)| ((*name).to_owned(), json!(key))).collect(),
            check_images: Vec::new(),
            columns: Vec::new(),
            filter: true,
            filter_name: None,
            local_background: false,
            thickness_px: DEFAULT_THICKNESS_PX,
            densities: false,
            gamma: DEFAULT_GAMMA,
            flag_image_name: DEFAULT_FLAG_IMAGE.to_owned(),
            network_name: DEFAULT_NETWORK.to_owned(),
            class_star: ClassStarParams { pixel_scale_arcsec: 1.0, ..ClassStarParams::default() },
        }
    }

    fn read(mut self, text: &str) -> Result<Value, String> {
        for (index, line) in text.lines().enumerate() {
            let separators = |c: char| c.is_whitespace() || c == ',';
            let mut words =
                line.split('#').next().unwrap_or_default().split(separators).filter(|word| !word.is_empty());
            let Some(key) = words.next() else { continue };
            let at = |error: String| format!("line {}: {error}", index + 1);
            let values: Vec<String> = words
                .map(|word| variables::expanded(word, &|name| std::env::var(name).ok()))
                .collect::<Result<_, _>>()
                .map_err(at)?;
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            self.set(&key.to_ascii_uppercase(), &values).map_err(at)?;
        }
        match (self.filter, &self.filter_name) {
            (false, _) => drop(self.detect.insert("filter_kernel".to_owned(), json!([]))),
            (true, Some(name)) if name != DEFAULT_KERNEL || self.folder.join(name).is_file() => {
                let kernel = beside::read_kernel(self.folder, name)?;
                self.detect.insert("filter_kernel".to_owned(), json!(kernel));
            }
            (true, _) => {}
        }
        let asks = |name: &str| self.columns.iter().any(|column| column == name);
        if asks("CLASS_STAR") {
            let name = &self.network_name;
            let text = beside::read_network(self.folder, name)?;
            let network = self.class_star.with_weights(&text);
            self.class_star = network.map_err(|error| format!("STARNNW_NAME {name}: {error}"))?;
        }
        let flagged = self.flag_image_name != DEFAULT_FLAG_IMAGE;
        if flagged && (asks("IMAFLAGS_ISO") || asks("NIMAFLAGS_ISO")) {
            self.flag_image.insert("required".to_owned(), json!(true));
        }
        let thickness_px = if self.local_background { self.thickness_px } else { 0 };
        self.photometry.insert("local_background_px".to_owned(), json!(thickness_px));
        let gamma = if self.densities { self.gamma } else { 0.0 };
        self.photometry.insert("density_gamma_adu".to_owned(), json!(gamma));
        let mut all = json!({
            "detect": self.detect, "background": self.background, "photometry": self.photometry, "weights": self.weights,
            "flag_image": self.flag_image, "frame": self.frame, "check_images": self.check_images,
            "class_star": self.class_star,
        });
        if !self.columns.is_empty() {
            all["columns"] = json!(self.columns);
        }
        Ok(all)
    }

    fn set(&mut self, key: &str, values: &[&str]) -> Result<(), String> {
        let number = |index: usize| -> Result<f64, String> {
            let text = values.get(index).ok_or_else(|| format!("{key} has no value {}", index + 1))?;
            text.parse().map_err(|_| format!("{key} is {text:?}, expected a number"))
        };
        let numbers = || (0..values.len()).map(number).collect::<Result<Vec<f64>, String>>();
        let whole = || -> Result<u64, String> {
            let (first, last) = (number(0)?, number(values.len().saturating_sub(1))?);
            let good = first == last && first.fract() == 0.0 && first >= 0.0;
            good.then_some(first as u64)
                .ok_or_else(|| format!("{key} is {}, expected one whole number", values.join(",")))
        };
        let yes = || match values {
            ["Y" | "y"] => Ok(true),
            ["N" | "n"] => Ok(false),
            other => Err(format!("{key} is {}, expected Y or N", other.join(","))),
        };
        let one = || match values {
            [_] => number(0),
            other => Err(format!("{key} is {}, expected one number in units of the noise", other.join(","))),
        };
        let text = || values.first().copied().unwrap_or_default().to_owned();
        let upper = || values.join(",").to_ascii_uppercase();
        let offered = |what: &str| Err(format!("{key} is {}, offered is {what}", values.join(",")));
        let mut detect = |name: &str, value: Value| drop(self.detect.insert(name.to_owned(), value));
        let mut background = |name: &str, value: Value| drop(self.background.insert(name.to_owned(), value));
        let mut photometry = |name: &str, value: Value| drop(self.photometry.insert(name.to_owned(), value));
        match key {
            "DETECT_THRESH" => detect("threshold_sigma", json!(one()?)),
            "ANALYSIS_THRESH" => detect("analysis_threshold_sigma", json!(one()?)),
            "DETECT_MINAREA" => detect("min_area_px", json!(whole()?)),
            "DEBLEND_NTHRESH" => detect("deblend_levels", json!(whole()?)),
            "DEBLEND_MINCONT" => detect("deblend_contrast", json!(number(0)?)),
            "CLEAN" => detect("clean", json!(yes()?)),
            "CLEAN_PARAM" => detect("clean_exponent", json!(number(0)?)),
            "DETECT_TYPE" => match upper().as_str() {
                "CCD" => self.densities = false,
                "PHOTO" => self.densities = true,
                _ => return offered("CCD or PHOTO"),
            },
            "MASK_TYPE" => match upper().as_str() {
                "CORRECT" => photometry("neighbour_pixels", json!("mirror")),
                "BLANK" => photometry("neighbour_pixels", json!("blank")),
                "NONE" => photometry("neighbour_pixels", json!("keep")),
                _ => return offered("CORRECT, BLANK or NONE"),
            },
            "MAG_GAMMA" => self.gamma = number(0)?,
            "WEIGHT_TYPE" => return self.set_weights(&upper()),
            "WEIGHT_THRESH" if values.is_empty() => {}
            "WEIGHT_THRESH" => drop(self.weights.insert("threshold".to_owned(), json!(one()?))),
            "FLAG_IMAGE" => self.flag_image_name = text(),
            "FLAG_TYPE" => match upper().as_str() {
                kind @ ("OR" | "AND" | "MIN" | "MAX" | "MOST") => {
                    self.flag_image.insert("combination".to_owned(), json!(kind.to_ascii_lowercase()));
                }
                _ => return offered("OR, AND, MIN, MAX or MOST"),
            },
            "FILTER" => self.filter = yes()?,
            "FILTER_NAME" => self.filter_name = values.first().map(|name| (*name).to_owned()),
            "PARAMETERS_NAME" => {
                let columns = beside::read_columns(self.folder, &text())?;
                if let Some(side) = columns.vignet_px {
                    detect("vignet", json!(true));
                    detect("vignet_px", json!(side));
                }
                self.columns = columns.names;
            }
            "CHECKIMAGE_TYPE" => {
                self.check_images.clear();
                for name in values.iter().filter(|name| !name.eq_ignore_ascii_case("NONE")) {
                    let known = CheckImage::BY_NAME.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                    let names = || CheckImage::BY_NAME.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                    match known {
                        Some((_, check)) if !self.check_images.contains(check) => self.check_images.push(*check),
                        Some(_) => {}
                        None => return Err(format!("{key} is {name}, offered is NONE, {}", names())),
                    }
                }
            }
            "BACK_SIZE" => background("mesh_px", json!(whole()?)),
            "BACK_FILTERSIZE" => background("filter_cells", json!(whole()?)),
            "BACK_FILTTHRESH" => background("filter_threshold_adu", json!(number(0)?)),
            "BACK_PEARSON" => background("pearson_factor", json!(number(0)?)),
            "BACKPHOTO_TYPE" => match upper().as_str() {
                "GLOBAL" => self.local_background = false,
                "LOCAL" => self.local_background = true,
                _ => return offered("GLOBAL or LOCAL"),
            },
            "BACKPHOTO_THICK" => self.thickness_px = whole()?,
            "PHOT_APERTURES" => photometry("aperture_diameters_px", json!(numbers()?)),
            "PHOT_FLUXFRAC" => photometry("light_fractions", json!(numbers()?)),
            "PHOT_AUTOPARAMS" => {
                photometry("kron_factor", json!(number(0)?));
                photometry("kron_min_radius", json!(number(1)?));
            }
            "PHOT_PETROPARAMS" => {
                photometry("petrosian_factor", json!(number(0)?));
                photometry("petrosian_min_radius", json!(number(1)?));
            }
            "GAIN" => photometry("gain_e_per_adu", json!(number(0)?)),
            "SATUR_LEVEL" => photometry("saturation_adu", json!(number(0)?)),
            "MAG_ZEROPOINT" => photometry("zero_point_mag", json!(number(0)?)),
            "GAIN_KEY" => drop(self.frame.insert("gain_key".to_owned(), json!(text()))),
            "SATUR_KEY" => drop(self.frame.insert("saturation_key".to_owned(), json!(text()))),
            "SEEING_FWHM" => self.class_star.seeing_fwhm_arcsec = number(0)?,
            "PIXEL_SCALE" => self.class_star.pixel_scale_arcsec = number(0)?,
            "STARNNW_NAME" => self.network_name = text(),
            _ if keys::WITHOUT_EFFECT.contains(&key) => {}
            _ => {
                return match keys::FIXED.iter().find(|(name, _)| *name == key) {
                    Some((_, allowed)) if allowed.contains(&upper().as_str()) => Ok(()),
                    Some((_, allowed)) => offered(&allowed.join(" or ")),
                    None => Err(format!("{key} is not a key that detect knows")),
                };
            }
        }
        Ok(())
    }

    /// WEIGHT_TYPE: the threshold's noise, or what the pixels of the map are that `--read weights=FILE` binds.
    fn set_weights(&mut self, kind: &str) -> Result<(), String> {
        let mut map = |kind: &str| {
            self.weights.insert("kind".to_owned(), json!(kind));
            self.weights.insert("required".to_owned(), json!(true));
        };
        match kind {
            "NONE" => drop(self.detect.insert("threshold_map".to_owned(), json!("global"))),
            "BACKGROUND" => drop(self.detect.insert("threshold_map".to_owned(), json!("local"))),
            "MAP_WEIGHT" => map("weight"),
            "MAP_VAR" => map("variance"),
            "MAP_RMS" => map("rms"),
            _ => {
                return Err(format!(
                    "WEIGHT_TYPE is {kind}, offered is one of NONE, BACKGROUND, MAP_WEIGHT, MAP_VAR and MAP_RMS"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_photometry::NeighbourPixels;

    fn read(text: &str) -> Result<Value, String> {
        from_sex(Path::new("plan.sex"), text.as_bytes()).expect("the ending of SExtractor's files")
    }

    #[test]
    fn the_plans_first_pass_is_understood() {
        let text = "DETECT_TYPE CCD\nDETECT_MINAREA 5 # pixels\nDETECT_THRESH 5.0\nANALYSIS_THRESH 5.0\nFILTER N\n\
            DEBLEND_NTHRESH 32\nDEBLEND_MINCONT 0.005\nCLEAN Y\nCLEAN_PARAM 1.0\nMASK_TYPE CORRECT\nPHOT_APERTURES 5\n\
            PHOT_AUTOPARAMS 2.5, 3.5\nSATUR_LEVEL 50000.0\nMAG_ZEROPOINT 21.1\nGAIN 1.0\nBACK_SIZE 64\nBACK_FILTERSIZE 3\n\
            BACKPHOTO_TYPE LOCAL\nCATALOG_TYPE FITS_LDAC\n";
        let config: crate::DetectConfig =
            serde_json::from_value(read(text).expect("all keys are known")).expect("a configuration");
        assert_eq!((config.detect.threshold_sigma, config.detect.min_area_px), (5.0, 5));
        assert!(config.detect.filter_kernel.is_empty(), "FILTER N");
        assert_eq!((config.photometry.gain_e_per_adu, config.photometry.local_background_px), (1.0, 24));
        assert_eq!((config.photometry.kron_factor, config.photometry.kron_min_radius), (2.5, 3.5));
    }

    #[test]
    fn what_is_absent_is_sextractors_default() {
        let config: crate::DetectConfig =
            serde_json::from_value(read("").expect("an empty file")).expect("a configuration");
        assert_eq!((config.detect.threshold_sigma, config.photometry.local_background_px), (1.5, 0));
    }

    #[test]
    fn unknown_keys_and_settings_are_refused_with_their_line() {
        let unknown = read("GAIN 1\nNO_SUCH_KEY 3\n").expect_err("no key of SExtractor");
        assert!(unknown.contains("line 2") && unknown.contains("NO_SUCH_KEY"), "{unknown}");
        let back = read("BACK_TYPE MANUAL\n").expect_err("not offered");
        assert!(back.contains("line 1") && back.contains("offered is AUTO"), "{back}");
        assert!(from_sex(Path::new("plan.toml"), b"").is_none(), "other files are read as TOML or JSON");
    }

    /// The configuration of a `.sex` file in a folder with files beside it.
    fn read_beside(files: &[(&str, &str)], text: &str) -> Result<crate::DetectConfig, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file in the temporary folder");
        }
        let value = from_sex(&folder.path().join("plan.sex"), text.as_bytes()).expect("a .sex file")?;
        Ok(serde_json::from_value(value).expect("a configuration"))
    }

    #[test]
    fn check_images_weights_densities_and_vectors_are_understood() {
        let text = "CHECKIMAGE_TYPE -BACKGROUND,SEGMENTATION\nWEIGHT_TYPE MAP_RMS\nDETECT_TYPE PHOTO\nMAG_GAMMA 9000\n\
            PHOT_FLUXFRAC 0.2,0.5\nPHOT_PETROPARAMS 1.5,3\nGAIN_KEY EGAIN\nFLAG_TYPE MOST\n";
        let config = read_beside(&[], text).expect("known keys");
        assert_eq!(config.check_images, [CheckImage::MinusBackground, CheckImage::Segmentation]);
        assert!(config.weights.required && config.weights.kind == sky_detect::WeightKind::Rms);
        assert_eq!((config.photometry.density_gamma_adu, config.photometry.petrosian_factor), (9000.0, 1.5));
        assert_eq!(config.photometry.light_fractions, [0.2, 0.5]);
        assert_eq!((config.frame.gain_key.as_str(), config.frame.saturation_key.as_str()), ("EGAIN", "SATURATE"));
        assert_eq!(config.flag_image.combination, crate::FlagCombination::Most);
        for (mask, pixels) in
            [("CORRECT", NeighbourPixels::Mirror), ("BLANK", NeighbourPixels::Blank), ("NONE", NeighbourPixels::Keep)]
        {
            let config = read_beside(&[], &format!("MASK_TYPE {mask}\n")).expect("known keys");
            assert_eq!(config.photometry.neighbour_pixels, pixels, "{mask}");
        }
        let other = read("CHECKIMAGE_TYPE MODELS\n").expect_err("not offered");
        assert!(other.contains("line 1") && other.contains("-OBJECTS"), "{other}");
    }

    #[test]
    fn columns_and_networks_are_read_from_their_files() {
        let network = "NNW\n3 10 1 1\n0 0 0 0 0 0 0 0 0 0\n1 1 1 1 1 1 1 1 1 1\n0 1 0 0 0 0 0 0 0 0 0\n1 0\n0\n1\n";
        let text = "PARAMETERS_NAME my.param\nSTARNNW_NAME my.nnw\nSEEING_FWHM 3.5\n";
        let files = [("my.param", "NUMBER # a comment\nVIGNET(9,9)\nCLASS_STAR\n"), ("my.nnw", network)];
        let config = read_beside(&files, text).expect("all files are there");
        assert_eq!(config.columns, ["NUMBER", "VIGNET", "CLASS_STAR"]);
        assert!(config.detect.vignet && config.detect.vignet_px == 9);
        assert_eq!((config.class_star.hidden.len(), config.class_star.seeing_fwhm_arcsec), (1, 3.5));
        let missing = read_beside(&files[..1], text).expect_err("no network");
        assert!(missing.contains("my.nnw"), "{missing}");
        let unknown = read_beside(&[("my.param", "NUMBER\nX_IMAGINARY\n")], "PARAMETERS_NAME my.param\n");
        let unknown = unknown.expect_err("no such column");
        assert!(unknown.contains("my.param line 2") && unknown.contains("X_IMAGINARY"), "{unknown}");
    }

    #[test]
    fn a_kernel_beside_the_file_counts_whatever_its_name() {
        let text = "FILTER Y\nFILTER_NAME default.conv\n";
        let own = [("default.conv", "CONV NORM\n0 1 0\n1 4 1\n0 1 0\n")];
        assert_eq!(read_beside(&own, text).expect("a kernel").detect.filter_kernel[0], [0.0, 1.0, 0.0]);
        assert_eq!(read_beside(&[], text).expect("the known kernel").detect.filter_kernel[0], [1.0, 2.0, 1.0]);
    }

    /// What `source-extractor -d` prints is read as it stands.
    #[test]
    fn source_extractors_own_default_file_is_read() {
        let Some(tool) = test_sky::tool("source-extractor") else { return };
        for option in ["-d", "-dd"] {
            let printed =
                std::process::Command::new(&tool).arg(option).output().expect("source-extractor starts").stdout;
            let text = String::from_utf8_lossy(&printed).into_owned();
            let config = read_beside(&[("default.param", "NUMBER\n")], &text).expect("every key is known");
            assert_eq!((config.detect.threshold_sigma, config.columns.len()), (1.5, 1), "{option}");
        }
    }
}
