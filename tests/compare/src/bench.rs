//! Where the comparison runs.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Programs, data and a folder for what they leave.
#[derive(Debug)]
pub struct Bench {
    /// This program: it runs and measures others.
    pub own: PathBuf,
    /// The command `skyledger` of this build.
    pub skyledger: PathBuf,
    /// source-extractor.
    pub source_extractor: PathBuf,
    /// PSFEx.
    pub psfex: PathBuf,
    /// Real data and the measured tiles; without them most parts cannot run.
    pub data: Option<PathBuf>,
    /// Where plots are written.
    pub plots: Option<PathBuf>,
    /// Fewer repetitions and sources: to try the program, not for figures.
    pub quick: bool,
    /// Seed of the simulated fields and of the bootstrap.
    pub seed: u64,
    scratch: tempfile::TempDir,
}

impl Bench {
    /// Finds the programs. Fails where source-extractor, PSFEx or this build's `skyledger` is missing.
    pub fn new(own: PathBuf, seed: u64, quick: bool, plots: Option<PathBuf>) -> Result<Self, String> {
        let tool = |name: &str| test_sky::tool(name).ok_or_else(|| format!("{name} is not installed"));
        let skyledger = own.with_file_name("skyledger");
        if !skyledger.is_file() {
            return Err(format!("skyledger is not built beside {}; run cargo xtask compare", own.display()));
        }
        let scratch = tempfile::tempdir().map_err(|error| format!("a temporary folder: {error}"))?;
        Ok(Self {
            own,
            skyledger,
            source_extractor: tool("source-extractor")?,
            psfex: tool("psfex")?,
            data: std::env::var_os("SKYLEDGER_REAL_DATA").map(PathBuf::from),
            plots,
            quick,
            seed,
            scratch,
        })
    }

    /// The root of the checkout that this was built from.
    pub fn checkout() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    /// A file of the real data.
    pub fn data(&self, name: &str) -> Result<PathBuf, String> {
        let data = self.data.as_ref().ok_or("SKYLEDGER_REAL_DATA names no folder of real data")?;
        let path = data.join(name);
        if path.is_file() { Ok(path) } else { Err(format!("{name} is not among the real data")) }
    }

    /// A folder of that name with the survey plan's configuration files, made where it is missing.
    pub fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.scratch.path().join(name);
        fs_err::create_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(folder)
    }

    /// A file of the real data in `folder` under the name `as_name`, unpacked.
    pub fn unpacked(&self, name: &str, folder: &Path, as_name: &str) -> Result<PathBuf, String> {
        let (from, to) = (self.data(name)?, folder.join(as_name));
        let mut bytes = fs_err::read(from).map_err(|error| error.to_string())?;
        if sky_fits::Packing::is_gzip(&bytes) {
            let mut plain = Vec::new();
            let unpacked = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain);
            unpacked.map_err(|error| format!("{name}: {error}"))?;
            bytes = plain;
        }
        fs_err::write(&to, bytes).map_err(|error| error.to_string())?;
        Ok(to)
    }
}
