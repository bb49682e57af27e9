//! The log of a session that a DWARF telescope writes beside its frames (`shotsInfo.json`).

use std::path::Path;

use serde_json::Value;

/// Name of the log.
const NAME: &str = "shotsInfo.json";
/// A log is a short file.
const MOST_BYTES: u64 = 1 << 20;

/// What a log says of all frames of its folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SessionLog {
    pub(crate) exposure_s: Option<f64>,
    pub(crate) gain: Option<f64>,
    pub(crate) filter: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) binning: Option<u64>,
}

/// Whether the file is a log by its name.
pub(crate) fn is_log(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == NAME)
}

/// Reads a log; `None` where it is none.
pub(crate) fn read(path: &Path) -> Option<SessionLog> {
    let length = std::fs::metadata(path).ok()?.len();
    if length > MOST_BYTES {
        return None;
    }
    let log: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    log.is_object().then(|| {
        let number = |key: &str| match &log[key] {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let text = |key: &str| log[key].as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        SessionLog {
            exposure_s: number("exp").filter(|exposure| *exposure >= 0.0),
            gain: number("gain"),
            filter: text("ir").or_else(|| text("filter")),
            target: text("target"),
            binning: text("binning").and_then(|text| text.split('*').next()?.trim().parse().ok()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_a_dwarf_is_read_and_another_file_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let text = r#"{"DEC": -5.4, "RA": 5.5, "binning": "1*1", "exp": "15", "format": "FITS", "gain": 60, "ir": "Astro", "target": "M 42"}"#;
        std::fs::write(&path, text).expect("written");
        assert!(is_log(&path));
        let log = read(&path).expect("a log");
        assert_eq!((log.exposure_s, log.gain, log.binning), (Some(15.0), Some(60.0), Some(1)));
        assert_eq!((log.target.as_deref(), log.filter.as_deref()), (Some("M 42"), Some("Astro")));
        std::fs::write(&path, "[1, 2").expect("written");
        assert_eq!(read(&path), None);
    }
}
