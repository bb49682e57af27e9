//! The checksum beside an archive, `<archive>.sha256`, in the form of `sha256sum`.

use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::hashing::Hashing;

/// A file longer than this is no checksum.
const MAX_BYTES: u64 = 4096;

/// Where the checksum of an archive would lie.
pub(crate) fn place(archive: &Path) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// Whether the archive has the sum that stands beside it; `None` where nothing stands there.
pub(crate) fn compare(archive: &Path) -> Option<Result<(), Problem>> {
    let path = place(archive);
    let shown = path.display().to_string();
    let length = std::fs::symlink_metadata(&path).ok()?.len();
    let text = match length {
        0..=MAX_BYTES => std::fs::read_to_string(&path).map_err(|error| error.to_string()),
        _ => Err(format!("{length} bytes")),
    };
    let text = match text {
        Ok(text) => text,
        Err(found) => return Some(Err(Problem::new(shown, found, "one line as sha256sum writes it"))),
    };
    let name = archive.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut hashing = Hashing::default();
    let read = std::fs::File::open(archive).and_then(|mut file| std::io::copy(&mut file, &mut hashing));
    if let Err(error) = read {
        return Some(Err(Problem::new(shown, format!("an archive that cannot be read ({error})"), "its bytes")));
    }
    let expected = format!("{}  {name}\n", hashing.sha256());
    if text == expected {
        return Some(Ok(()));
    }
    Some(Err(Problem::new(
        shown,
        format!("{:?}", text.trim_end()),
        format!("{:?}, the sum of {name}", expected.trim_end()),
    )))
}
