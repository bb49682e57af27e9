//! Files and folders that are offered to a step: which files they hold, and where each lies below what was offered.

use std::path::{Path, PathBuf};

use crate::paths::{absolute, relative};

/// What was offered.
#[derive(Debug, Default)]
pub(crate) struct Offered {
    /// The folder that all files share.
    pub(crate) folder: PathBuf,
    /// Files in the order of their paths, each once.
    pub(crate) files: Vec<OfferedFile>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OfferedFile {
    /// Absolute path.
    pub(crate) path: PathBuf,
    /// Its folder below the offered one, with `/`; empty where it lies directly in it, or was offered by its own name.
    pub(crate) below: String,
    /// Whether it was offered by its own name.
    pub(crate) named: bool,
}

impl OfferedFile {
    /// Name of the file.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// The files of the paths; folders are walked, names that begin with a dot left out.
pub(crate) fn offered(paths: &[PathBuf]) -> Result<Offered, String> {
    let mut files = Vec::new();
    let mut shared: Option<PathBuf> = None;
    for path in paths {
        let path = absolute(path);
        let named = !path.is_dir();
        let base = if named { path.parent().unwrap_or(Path::new("/")).to_owned() } else { path.clone() };
        shared = Some(match shared {
            None => base.clone(),
            Some(before) => common(&before, &base),
        });
        let walk = walkdir::WalkDir::new(&path).follow_links(true).sort_by_file_name().into_iter();
        for entry in
            walk.filter_entry(|entry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.'))
        {
            let entry = entry.map_err(|error| error.to_string())?;
            if entry.file_type().is_file() {
                let path = entry.into_path();
                let below = relative(&base, path.parent().unwrap_or(&base));
                files.push(OfferedFile { path, below, named });
            }
        }
    }
    // A file that was offered twice has the id of its nearest offered folder.
    files.sort_by(|left, right| {
        (&left.path, left.below.len(), !left.named).cmp(&(&right.path, right.below.len(), !right.named))
    });
    files.dedup_by(|later, first| later.path == first.path);
    Ok(Offered { folder: shared.unwrap_or_default(), files })
}

/// The folder that both lie in.
pub(crate) fn common(left: &Path, right: &Path) -> PathBuf {
    left.components().zip(right.components()).take_while(|(left, right)| left == right).map(|(part, _)| part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_its_folder_below_the_offered_one() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("night/flats")).expect("folders");
        for file in ["night/a.fits", "night/flats/a.fits", "night/.hidden", "b.fits"] {
            std::fs::write(at(file), "x").expect("a file");
        }
        let found = offered(&[at("night"), at("b.fits")]).expect("walked");
        let files: Vec<(String, &str, bool)> =
            found.files.iter().map(|file| (file.name(), file.below.as_str(), file.named)).collect();
        assert_eq!(found.folder, root.path());
        assert_eq!(
            files,
            [("b.fits".to_owned(), "", true), ("a.fits".to_owned(), "", false), ("a.fits".to_owned(), "flats", false)]
        );
        let twice = offered(&[at("night"), at("night/flats")]).expect("walked");
        assert_eq!(twice.files[1].below, "", "the nearest offered folder counts");
    }
}
