//! What no schema can say of a manifest: the order of its units, and paths that stay relative.

use std::path::Path;

use serde_json::Value;

use crate::error::{CURE, ContractError, broken};
use crate::key::is_unit_id;

/// Checks the rules, the order of the units first.
pub(crate) fn check_rules(path: &Path, value: &Value) -> Result<(), ContractError> {
    check_order(path, value)?;
    check_paths(path, value)
}

/// Units stand in the order of their ids, each once; ids differ by more than case and hide nothing (a schema cannot say so).
fn check_order(path: &Path, value: &Value) -> Result<(), ContractError> {
    let units = value["units"].as_array().map_or(&[][..], Vec::as_slice);
    let ids: Vec<&str> = units.iter().filter_map(|unit| unit["unit"].as_str()).collect();
    let wrong = |index: usize, expected: &str| ContractError {
        pointer: format!("/units/{index}/unit"),
        found: format!("{:?}", ids[index]),
        expected: expected.to_owned(),
        ..broken(path, CURE)
    };
    if let Some(index) = ids.iter().position(|id| !is_unit_id(id)) {
        return Err(wrong(index, "at most 200 of A-Z a-z 0-9 . _ + -, not beginning with a dot"));
    }
    if let Some(index) = ids.windows(2).position(|pair| pair[0] >= pair[1]) {
        return Err(wrong(index + 1, "units sorted by id, each once"));
    }
    let mut folded: Vec<(String, usize)> =
        ids.iter().enumerate().map(|(index, id)| (id.to_ascii_lowercase(), index)).collect();
    folded.sort_unstable();
    match folded.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(wrong(pair[0].1.max(pair[1].1), "unit ids that differ by more than case")),
        None => Ok(()),
    }
}

/// Every path is relative with `/`, and climbs at its beginning only.
fn check_paths(path: &Path, value: &Value) -> Result<(), ContractError> {
    let files = |files: &Value, pointer: String| -> Vec<(String, String)> {
        let files = files.as_object().into_iter().flatten();
        files
            .filter_map(|(role, entry)| Some((format!("{pointer}/{role}/path"), entry["path"].as_str()?.to_owned())))
            .collect()
    };
    let units = value["units"].as_array().into_iter().flatten().enumerate();
    let reads = value["reads"].as_array().into_iter().flatten().enumerate();
    let all = files(&value["files"], "/files".to_owned())
        .into_iter()
        .chain(units.flat_map(|(index, unit)| files(&unit["files"], format!("/units/{index}/files"))))
        .chain(
            reads.filter_map(|(index, read)| Some((format!("/reads/{index}/path"), read["path"].as_str()?.to_owned()))),
        );
    for (pointer, found) in all {
        if !is_relative(&found) {
            return Err(ContractError {
                pointer,
                found: format!("{found:?}"),
                expected: "a relative path with /, `..` at its beginning only".to_owned(),
                ..broken(path, CURE)
            });
        }
    }
    Ok(())
}

fn is_relative(path: &str) -> bool {
    let path = match path.strip_prefix("input:") {
        // Behind the name of an input nothing climbs.
        Some(rest) => match rest.split_once('/') {
            Some((name, relative)) if !name.is_empty() && !relative.split('/').any(|part| part == "..") => relative,
            _ => return false,
        },
        None => path,
    };
    let mut parts = path.split('/').skip_while(|part| *part == "..").peekable();
    let safe =
        |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\\') && !part.chars().any(char::is_control);
    parts.peek().is_some() && parts.all(safe)
}

#[cfg(test)]
mod tests {
    use super::is_relative;

    #[test]
    fn paths_are_relative_and_climb_at_their_beginning_only() {
        for path in ["tile.fits", "../../downloads/run-1/tile.fits", "input:plates/a/tile.fits"] {
            assert!(is_relative(path), "{path}");
        }
        for path in [
            "/etc/passwd",
            "a/../b",
            "..",
            "",
            "a//b",
            "./a",
            "a\\b",
            "input:plates/../x",
            "input:/x",
            "input:x",
            "a\nb",
        ] {
            assert!(!is_relative(path), "{path:?}");
        }
    }
}
