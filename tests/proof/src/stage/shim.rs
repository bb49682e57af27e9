//! The shim between a program and the C library, built when a class is run.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::text;

/// The library of `tests/proof/shim/shim.c`.
#[derive(Clone, Debug)]
pub(crate) struct Shim {
    library: PathBuf,
}

impl Shim {
    /// Builds it with `cc`, which Rust needs anyway.
    pub(crate) fn build(checkout: &Path, folder: &Path) -> Result<Self, String> {
        let library = folder.join("shim.so");
        let source = checkout.join("tests/proof/shim/shim.c");
        let built = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .output()
            .map_err(|error| format!("cc: {error}"))?;
        if built.status.success() {
            Ok(Self { library })
        } else {
            Err(format!("cc {}: {}", source.display(), String::from_utf8_lossy(&built.stderr)))
        }
    }

    /// Puts the shim below a command, for files below `root`.
    pub(crate) fn below(&self, command: &mut Command, root: &Path, settings: &[(&str, String)]) {
        command.env("LD_PRELOAD", &self.library).env("SHIM_UNDER", root);
        command.envs(settings.iter().map(|(name, value)| (*name, value)));
    }

    /// What `SHIM_COUNT` has counted: eight bytes.
    pub(crate) fn counted(file: &Path) -> Result<u64, String> {
        let bytes = fs_err::read(file).map_err(text)?;
        bytes.first_chunk::<8>().map(|bytes| u64::from_ne_bytes(*bytes)).ok_or_else(|| "no count".to_owned())
    }
}
