//! Configuration from SExtractor's own files: `.sex`, and the `.param` and `.conv` that it names.

use std::path::Path;

use serde_json::{Map, Value, json};

/// SExtractor's threshold where the file has none.
const DEFAULT_THRESHOLD_SIGMA: f64 = 1.5;
/// Width of the frame of BACKPHOTO_TYPE LOCAL where the file has none, pixels.
const DEFAULT_THICKNESS_PX: u64 = 24;

/// Keys that change nothing here: names of outputs, sizes of buffers, and what only columns need that we do not write.
const WITHOUT_EFFECT: &[&str] = &[
    "CATALOG_NAME",
    "CATALOG_TYPE",
    "CHECKIMAGE_NAME",
    "FILTER_THRESH_TYPE",
    "FLAG_IMAGE",
    "FLAG_TYPE",
    "GAIN_KEY",
    "HEADER_SUFFIX",
    "HEADER_TYPE",
    "MAG_GAMMA",
    "MEMORY_BUFSIZE",
    "MEMORY_OBJSTACK",
    "MEMORY_PIXSTACK",
    "NTHREADS",
    "PHOT_PETROPARAMS",
    "SATUR_KEY",
    "SEEING_FWHM",
    "STARNNW_NAME",
    "VERBOSE_TYPE",
    "WEIGHT_GAIN",
    "WEIGHT_IMAGE",
    "WRITE_XML",
    "XML_NAME",
    "XSL_URL",
];

/// Keys of which one setting is offered.
const FIXED: &[(&str, &[&str])] = &[
    ("ANALYSIS_TYPE", &["CCD"]),
    ("BACK_TYPE", &["AUTO"]),
    ("CHECKIMAGE_TYPE", &["NONE"]),
    ("DETECT_TYPE", &["CCD"]),
    ("MASK_TYPE", &["CORRECT"]),
    ("PHOT_AUTOAPERS", &["0.0,0.0", "0,0"]),
    ("PHOT_FLUXFRAC", &["0.5"]),
    ("PIXEL_SCALE", &["0", "0.0"]),
    ("THRESH_TYPE", &["RELATIVE"]),
];

/// The configuration that a `.sex` file asks for; `None` for other files. Keys that are not known, and settings that are not
/// offered, are refused with their line.
pub(crate) fn from_sex(path: &Path, bytes: &[u8]) -> Option<Result<Value, String>> {
    if !path.extension()?.eq_ignore_ascii_case("sex") {
        return None;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let parsed = Reader::new(folder).read(&String::from_utf8_lossy(bytes));
    Some(parsed.map_err(|error| format!("{}: {error}", path.display())))
}

struct Reader<'a> {
    folder: &'a Path,
    detect: Map<String, Value>,
    background: Map<String, Value>,
    photometry: Map<String, Value>,
    columns: Vec<String>,
    filter: bool,
    filter_name: Option<String>,
    local_background: bool,
    thickness_px: u64,
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
            columns: Vec::new(),
            filter: true,
            filter_name: None,
            local_background: false,
            thickness_px: DEFAULT_THICKNESS_PX,
        }
    }

    fn read(mut self, text: &str) -> Result<Value, String> {
        for (index, line) in text.lines().enumerate() {
            let separators = |c: char| c.is_whitespace() || c == ',';
            let mut words =
                line.split('#').next().unwrap_or_default().split(separators).filter(|word| !word.is_empty());
            let Some(key) = words.next() else { continue };
            let values: Vec<&str> = words.collect();
            self.set(&key.to_ascii_uppercase(), &values).map_err(|error| format!("line {}: {error}", index + 1))?;
        }
        match (self.filter, &self.filter_name) {
            (false, _) => drop(self.detect.insert("filter_kernel".to_owned(), json!([]))),
            (true, Some(name)) if name != "default.conv" => {
                let kernel = read_kernel(&self.folder.join(name))?;
                self.detect.insert("filter_kernel".to_owned(), json!(kernel));
            }
            (true, _) => {}
        }
        let thickness_px = if self.local_background { self.thickness_px } else { 0 };
        self.photometry.insert("local_background_px".to_owned(), json!(thickness_px));
        let mut all = json!({ "detect": self.detect, "background": self.background, "photometry": self.photometry });
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
        let mut detect = |name: &str, value: Value| drop(self.detect.insert(name.to_owned(), value));
        match key {
            "DETECT_THRESH" => detect("threshold_sigma", json!(one()?)),
            "ANALYSIS_THRESH" => detect("analysis_threshold_sigma", json!(one()?)),
            "DETECT_MINAREA" => detect("min_area_px", json!(whole()?)),
            "DEBLEND_NTHRESH" => detect("deblend_levels", json!(whole()?)),
            "DEBLEND_MINCONT" => detect("deblend_contrast", json!(number(0)?)),
            "CLEAN" => detect("clean", json!(yes()?)),
            "CLEAN_PARAM" => detect("clean_exponent", json!(number(0)?)),
            "WEIGHT_TYPE" => match values.first().map(|text| text.to_ascii_uppercase()).as_deref() {
                Some("NONE") => detect("threshold_map", json!("global")),
                Some("BACKGROUND") => detect("threshold_map", json!("local")),
                _ => return Err(format!("WEIGHT_TYPE is {}, offered is NONE or BACKGROUND", values.join(","))),
            },
            "FILTER" => self.filter = yes()?,
            "FILTER_NAME" => self.filter_name = values.first().map(|name| (*name).to_owned()),
            "PARAMETERS_NAME" => self.set_columns(values.first().copied().unwrap_or_default())?,
            "BACK_SIZE" => drop(self.background.insert("mesh_px".to_owned(), json!(whole()?))),
            "BACK_FILTERSIZE" => drop(self.background.insert("filter_cells".to_owned(), json!(whole()?))),
            "BACK_FILTTHRESH" => drop(self.background.insert("filter_threshold_adu".to_owned(), json!(number(0)?))),
            "BACK_PEARSON" => drop(self.background.insert("pearson_factor".to_owned(), json!(number(0)?))),
            "BACKPHOTO_TYPE" => match values {
                ["GLOBAL"] => self.local_background = false,
                ["LOCAL"] => self.local_background = true,
                other => return Err(format!("BACKPHOTO_TYPE is {}, offered is GLOBAL or LOCAL", other.join(","))),
            },
            "BACKPHOTO_THICK" => self.thickness_px = whole()?,
            "PHOT_APERTURES" => {
                let diameters = (0..values.len()).map(number).collect::<Result<Vec<f64>, String>>()?;
                self.photometry.insert("aperture_diameters_px".to_owned(), json!(diameters));
            }
            "PHOT_AUTOPARAMS" => {
                self.photometry.insert("kron_factor".to_owned(), json!(number(0)?));
                self.photometry.insert("kron_min_radius".to_owned(), json!(number(1)?));
            }
            "GAIN" => drop(self.photometry.insert("gain_e_per_adu".to_owned(), json!(number(0)?))),
            "SATUR_LEVEL" => drop(self.photometry.insert("saturation_adu".to_owned(), json!(number(0)?))),
            "MAG_ZEROPOINT" => drop(self.photometry.insert("zero_point_mag".to_owned(), json!(number(0)?))),
            _ if WITHOUT_EFFECT.contains(&key) => {}
            _ => {
                let found = values.join(",");
                return match FIXED.iter().find(|(name, _)| *name == key) {
                    Some((_, allowed)) if allowed.contains(&found.to_ascii_uppercase().as_str()) => Ok(()),
                    Some((_, allowed)) => Err(format!("{key} is {found}, offered is {}", allowed.join(" or "))),
                    None => Err(format!("{key} is not a key that detect knows")),
                };
            }
        }
        Ok(())
    }

    /// Columns of a `.param` file: one name a line, sizes of vectors in brackets. VIGNET switches the vignets on.
    fn set_columns(&mut self, name: &str) -> Result<(), String> {
        let path = self.folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("PARAMETERS_NAME {name}: {error}"))?;
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            if line.is_empty() {
                continue;
            }
            let (column, size) = line.split_once('(').unwrap_or((line, ""));
            if column == "VIGNET" {
                let side: u64 = size
                    .trim_end_matches(')')
                    .split(',')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .parse()
                    .map_err(|_| format!("{line} in {name}: expected VIGNET(width,height)"))?;
                self.detect.insert("vignet".to_owned(), json!(true));
                self.detect.insert("vignet_px".to_owned(), json!(side));
            }
            self.columns.push(column.trim().to_owned());
        }
        Ok(())
    }
}

/// Rows of a `.conv` file: `CONV NORM`, then numbers.
fn read_kernel(path: &Path) -> Result<Vec<Vec<f64>>, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = std::fs::read_to_string(path).map_err(|error| format!("FILTER_NAME {name}: {error}"))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if lines.next().is_none_or(|first| first.split_whitespace().collect::<Vec<_>>() != ["CONV", "NORM"]) {
        return Err(format!("FILTER_NAME {name}: expected CONV NORM in the first line"));
    }
    lines
        .map(|line| {
            let words = line.split_whitespace();
            words.map(|word| word.parse().map_err(|_| format!("FILTER_NAME {name}: {word:?} is no number"))).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let photo = read("DETECT_TYPE PHOTO\n").expect_err("not offered");
        assert!(photo.contains("line 1") && photo.contains("offered is CCD"), "{photo}");
        assert!(from_sex(Path::new("plan.toml"), b"").is_none(), "other files are read as TOML or JSON");
    }
}
