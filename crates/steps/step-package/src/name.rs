//! Names of entries: relative, with `/`, safe on every file system.

use std::path::{Component, Path};

/// Deepest entry.
const DEPTH_MAX: usize = 16;
/// Longest part of a name, bytes.
const PART_MAX: usize = 255;

/// Why a name is refused; `None` if it is a safe relative name.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() > DEPTH_MAX {
        return Some("it is too deep");
    }
    parts.into_iter().find_map(|part| match part {
        "" => Some("it is absolute or has an empty part"),
        "." | ".." => Some("it leads out of its folder"),
        _ if part.len() > PART_MAX => Some("a part is too long"),
        _ if part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':') || is_bidi(c)) => {
            Some("it has a character that is not safe in a file name")
        }
        _ => None,
    })
}

/// Characters that change the direction in which text is shown.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}

/// `path` relative to `base`, with `/`, `..` and `.` resolved without asking the disk; `None` where it is not below.
pub(crate) fn below(base: &Path, path: &Path) -> Option<String> {
    let (base, path) = (parts(base), parts(path));
    path.strip_prefix(base.as_slice()).filter(|rest| !rest.is_empty()).map(|rest| rest.join("/"))
}

/// The longest folder that holds all of these.
pub(crate) fn common_folder<'a>(paths: impl IntoIterator<Item = &'a Path>) -> std::path::PathBuf {
    let mut common: Option<Vec<String>> = None;
    for path in paths {
        let parts = parts(path);
        common = Some(match common {
            None => parts,
            Some(common) => common.into_iter().zip(parts).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
        });
    }
    Path::new("/").join(common.unwrap_or_default().join("/"))
}

/// The parts of an absolute path, `.` and `..` resolved by text.
fn parts(path: &Path) -> Vec<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop();
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts
}

/// The entry that a relative path of a file in the folder of entry `manifest` names.
pub(crate) fn resolve(manifest: &str, relative: &str) -> Option<String> {
    let base = Path::new("/").join(Path::new(manifest).parent().unwrap_or(Path::new("")));
    let up = relative.split('/').filter(|part| *part == "..").count();
    (up <= manifest.split('/').count()).then(|| parts(&base.join(relative)).join("/"))
}

#[cfg(test)]
mod tests {
    use super::{below, common_folder, refusal, resolve};
    use std::path::Path;

    #[test]
    fn names_that_could_leave_the_folder_or_hide_are_refused() {
        for name in ["/etc/passwd", "a/../b", "..", "a//b", "", "C:/x", "a\\b", "a/\u{202e}b", "a\nb", "./a"] {
            assert!(refusal(name).is_some(), "{name:?}");
        }
        for name in ["data/masks/run-1/tile_RA150.000_DECp20.000.mask", "é.csv", "manifest.json"] {
            assert!(refusal(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn paths_are_resolved_without_the_disk() {
        let base =
            common_folder([Path::new("/r/data/masks/x"), Path::new("/r/data/tiles/x"), Path::new("/r/artifacts/x")]);
        assert_eq!(base, Path::new("/r"));
        let path = Path::new("/r/data/masks/x/../../downloads/x/t.fits");
        assert_eq!(below(&base, path).as_deref(), Some("data/downloads/x/t.fits"));
        assert_eq!(below(&base, Path::new("/elsewhere/t.fits")), None);
        assert_eq!(
            resolve("data/masks/x/manifest.json", "../../downloads/x/t.fits").as_deref(),
            Some("data/downloads/x/t.fits")
        );
    }
}
