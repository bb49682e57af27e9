//! Manifests for files that came from elsewhere: nothing is copied, every file gets its sum.

use std::path::{Path, PathBuf};

use serde_json::json;
use step_contract::{AdoptedFile, FileEntry, ProductEntry, unit_id_of_file};

use crate::run_json::write_atomically;
use crate::verify::sum;

/// Files cannot be adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The disk.
    #[error("{}: {source}", path.display())]
    Disk {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is none.
    #[error("{}: holds no file to adopt", path.display())]
    Empty {
        /// Folder.
        path: PathBuf,
    },
    /// The product refuses them.
    #[error("adopt as {product}: {problem}")]
    Refused {
        /// Product.
        product: String,
        /// What is wrong.
        problem: String,
    },
    /// Two files give one unit.
    #[error("adopt as {product}: {first} and {second} both give the unit {unit}; rename one")]
    Twins {
        /// Product.
        product: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
        /// Unit.
        unit: String,
    },
}

/// Whether a file is a manifest (JSON with a product) and not a file to adopt.
pub fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
        && step_contract::read_strict(path).is_ok_and(|value| value["product"]["name"].is_string())
}

/// Adopts files, or all files of folders (not those that start with a dot), under a name; writes `<out>/manifest.json` and gives its path.
pub fn adopt(
    product: &ProductEntry,
    name: &str,
    paths: &[PathBuf],
    out: &Path,
    build: &str,
) -> Result<PathBuf, AdoptError> {
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |source| AdoptError::Disk { path, source }
    };
    let refuse = |problem: String| AdoptError::Refused { product: product.name.to_owned(), problem };
    let (base, files) = files_of(paths)?;
    let mut adopted = Vec::new();
    for file in files {
        let (bytes, sha256) = sum(&file).map_err(disk(&file))?;
        let inside = file.strip_prefix(&base).unwrap_or(&file);
        let parts: Vec<String> =
            inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let file_name = parts.last().cloned().unwrap_or_default();
        let entry =
            FileEntry { path: format!("input:{name}/{}", parts.join("/")), bytes, sha256, rows: None, discarded: None };
        adopted.push(AdoptedFile { path: file, entry, unit: unit_id_of_file(&file_name) });
    }
    adopted.sort_by(|a, b| (&a.unit, &a.entry.path).cmp(&(&b.unit, &b.entry.path)));
    for pair in adopted.windows(2) {
        if pair[0].unit.eq_ignore_ascii_case(&pair[1].unit) {
            return Err(AdoptError::Twins {
                product: product.name.to_owned(),
                first: pair[0].entry.path.clone(),
                second: pair[1].entry.path.clone(),
                unit: pair[0].unit.clone(),
            });
        }
    }
    let units = (product.adopt)(&adopted).map_err(refuse)?;
    let payload = (product.payload)(&units).map_err(refuse)?;
    let manifest = json!({
        "product": {"name": product.name, "version": product.version},
        "run_id": "adopted",
        "step": "adopt",
        "label": name,
        "build": build,
        "engine": {"name": "native", "version": env!("CARGO_PKG_VERSION")},
        "config": {},
        "reads": [],
        "units": units,
        "payload": payload,
        "execution": {"inputs": {name: base.to_string_lossy()}},
    });
    let path = out.join("manifest.json");
    step_contract::check_manifest(&path, &manifest, product.name, product.version, product.schema)
        .map_err(|error| refuse(error.to_string()))?;
    fs_err::create_dir_all(out).map_err(disk(out))?;
    let text = serde_json::to_string(&manifest).map_err(|error| refuse(error.to_string()))?;
    write_atomically(&path, format!("{text}\n").as_bytes()).map_err(disk(&path))?;
    Ok(path)
}

/// The files below the paths in order, and the folder that their names are relative to.
fn files_of(paths: &[PathBuf]) -> Result<(PathBuf, Vec<PathBuf>), AdoptError> {
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(|source| AdoptError::Disk { path: path.to_owned(), source });
    let mut files = Vec::new();
    let mut base: Option<PathBuf> = None;
    for path in paths {
        let path = absolute(path)?;
        let disk = |source: std::io::Error| AdoptError::Disk { path: path.clone(), source };
        let data = std::fs::metadata(&path).map_err(disk)?;
        let folder = if data.is_dir() { path.clone() } else { path.parent().unwrap_or(Path::new("/")).to_owned() };
        base = Some(match base {
            None => folder,
            Some(base) => common(&base, &folder),
        });
        if data.is_file() {
            files.push(path);
            continue;
        }
        let before = files.len();
        let walk = walkdir::WalkDir::new(&path)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.'));
        for entry in walk {
            let entry = entry.map_err(|error| disk(error.into()))?;
            if entry.file_type().is_file() {
                files.push(entry.into_path());
            }
        }
        if files.len() == before {
            return Err(AdoptError::Empty { path });
        }
    }
    let base = base.ok_or(AdoptError::Empty { path: PathBuf::new() })?;
    Ok((base, files))
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(part, _)| part).collect()
}
