//! Makes the build string: the version and the first 12 hexadecimal digits of the SHA-256 over `Cargo.lock` and every file under `crates/`.
//!
//! For each file, sorted by its path: path relative to the workspace with `/`, a zero byte, length in 8 bytes little-endian, content.

use std::error::Error;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let workspace = here.ancestors().nth(3).ok_or("build-identity lies in crates/ of the workspace")?.to_owned();
    println!("cargo::rerun-if-changed={}", workspace.join("Cargo.lock").display());
    println!("cargo::rerun-if-changed={}", workspace.join("crates").display());

    let mut files = vec![workspace.join("Cargo.lock")];
    for entry in walkdir::WalkDir::new(workspace.join("crates")) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    let mut named: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|path| Ok((relative(&workspace, &path)?, path)))
        .collect::<Result<_, Box<dyn Error>>>()?;
    named.sort();
    let mut hash = Sha256::new();
    for (name, path) in named {
        let content = std::fs::read(&path)?;
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    let digits: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=SKYLEDGER_BUILD={}+{digits}", std::env::var("CARGO_PKG_VERSION")?);
    Ok(())
}

fn relative(workspace: &Path, path: &Path) -> Result<String, Box<dyn Error>> {
    let relative = path.strip_prefix(workspace)?;
    let parts: Vec<&str> = relative
        .components()
        .map(|part| part.as_os_str().to_str().ok_or_else(|| format!("{} is not UTF-8", path.display())))
        .collect::<Result<_, _>>()?;
    Ok(parts.join("/"))
}
