//! Where trials are run.

use std::path::{Path, PathBuf};

/// The program under trial, a seed, and a folder for what it leaves.
#[derive(Debug)]
pub struct Bench {
    /// Trials with random choices draw them from this seed.
    pub seed: u64,
    /// Fewer of those classes whose full number takes minutes (as `cargo test` wants it).
    pub quick: bool,
    scratch: tempfile::TempDir,
}

impl Bench {
    /// A bench with a folder of its own, removed at the end.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(seed: u64, quick: bool) -> std::io::Result<Self> {
        Ok(Self { seed, quick, scratch: tempfile::tempdir()? })
    }

    /// The program `skyledger` of this build.
    pub fn skyledger(&self) -> PathBuf {
        integration_tests::skyledger()
    }

    /// The checkout that this was built from.
    pub fn checkout(&self) -> PathBuf {
        integration_tests::checkout()
    }

    /// A new empty folder of that name.
    ///
    /// # Errors
    /// When it is there already or cannot be made.
    pub fn folder(&self, name: &str) -> std::io::Result<PathBuf> {
        let folder = self.scratch.path().join(name);
        fs_err::create_dir_all(self.scratch.path())?;
        fs_err::create_dir(&folder)?;
        Ok(folder)
    }

    /// The folder that holds all others.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }
}
