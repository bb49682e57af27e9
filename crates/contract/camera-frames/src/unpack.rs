//! Compressed camera files, unpacked once.

use std::io;
use std::path::{Path, PathBuf};

use sky_fits::{Limits, Packing};
use step_harness::OutputError;

/// The file itself, or where it is gzip its plain copy in `<cache>/frames/<sha256>.fits`. The sum names the packed file, so that a copy
/// that is there is the right one. A gzip file that is read in blocks would else be inflated in memory, whole, for each frame.
pub(crate) fn plain(path: &Path, sha256: &str, cache: &Path) -> Result<PathBuf, OutputError> {
    let at = |path: &Path, source: io::Error| OutputError { path: path.to_owned(), source };
    match Packing::of_file(path).map_err(|source| at(path, source))? {
        Some(Packing::Gzip) => {}
        _ => return Ok(path.to_owned()),
    }
    let folder = cache.join("frames");
    let copy = folder.join(format!("{sha256}.fits"));
    if copy.is_file() {
        return Ok(copy);
    }
    fs_err::create_dir_all(&folder).map_err(|source| at(&folder, source))?;
    let packed = fs_err::File::open(path).map_err(|source| at(path, source))?;
    let limit = Limits::default().max_bytes;
    let mut reader = io::Read::take(flate2::read::MultiGzDecoder::new(io::BufReader::new(packed)), limit + 1);
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(|source| at(&folder, source))?;
    let bytes = io::copy(&mut reader, &mut file);
    match bytes {
        // A stream that is broken or too long is told by the reader of the packed file, with its words.
        Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(at(&copy, error)),
        Err(_) => return Ok(path.to_owned()),
        Ok(bytes) if bytes > limit => return Ok(path.to_owned()),
        Ok(_) => {}
    }
    file.as_file().sync_all().map_err(|source| at(&copy, source))?;
    file.persist(&copy).map_err(|error| at(&copy, error.error))?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_gzip_file_is_unpacked_once_and_a_broken_one_is_left_to_its_reader() {
        let folder = tempfile::tempdir().expect("a folder");
        let packed = folder.path().join("a.fits.gz");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"SIMPLE  = and so on").expect("memory");
        let bytes = encoder.finish().expect("memory");
        std::fs::write(&packed, &bytes).expect("written");
        let copy = plain(&packed, "abc", folder.path()).expect("unpacked");
        assert_eq!(std::fs::read(&copy).expect("the copy"), b"SIMPLE  = and so on");
        std::fs::remove_file(&packed).and_then(|()| std::fs::write(&packed, &bytes[..12])).expect("cut off");
        assert_eq!(plain(&packed, "abc", folder.path()).expect("in the cache"), copy);
        assert_eq!(plain(&packed, "abd", folder.path()).expect("left alone"), packed, "a broken stream");
        let left: Vec<_> = std::fs::read_dir(folder.path().join("frames")).expect("the cache").collect();
        assert_eq!(left.len(), 1, "nothing half written stays");
    }
}
