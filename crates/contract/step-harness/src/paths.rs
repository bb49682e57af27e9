//! Paths as manifests write them.

use std::path::{Component, Path, PathBuf};

/// An absolute path without `.` and `..`, without asking the disk where links point.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// `path` seen from `folder`, with `/`.
pub(crate) fn relative(folder: &Path, path: &Path) -> String {
    let (folder, path) = (absolute(folder), absolute(path));
    let from: Vec<Component<'_>> = folder.components().collect();
    let to: Vec<Component<'_>> = path.components().collect();
    let common = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
    let ups = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let downs = to[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    ups.chain(downs).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_a_folder() {
        for (folder, path, expected) in [
            ("/r/data/psf/x", "/r/data/masks/x/manifest.json", "../../masks/x/manifest.json"),
            ("/r/o", "/r/o/inputs/frames/manifest.json", "inputs/frames/manifest.json"),
            ("/r/./a/../o", "/r/b", "../b"),
        ] {
            assert_eq!(relative(Path::new(folder), Path::new(path)), expected);
        }
    }
}
