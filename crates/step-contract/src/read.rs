//! Reading a manifest: size cap, strict JSON, schema, then typed. One error type says file, pointer, found, expected and cure.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::canonical::identity;
use crate::inputs::Input;
use crate::manifest::{Engine, FileEntry, Manifest, ProductRef, Read, Shard, Status};
use crate::product::{Product, ProductEntry};
use crate::reason::{Reason, Warning};
use crate::strict::parse_strict;

/// A manifest larger than this is refused before it is read (12,000 units take about 10 MB).
pub const MAX_MANIFEST_BYTES: u64 = 512 << 20;

/// A manifest, a configuration or a unit is not as its schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError {
    /// The file (or what was checked, where it is none).
    pub file: PathBuf,
    /// JSON pointer of the value.
    pub pointer: String,
    /// What is there.
    pub found: String,
    /// What the contract asks for.
    pub expected: String,
    /// What to do.
    pub cure: &'static str,
    /// How many more problems the document has.
    pub more: usize,
}

impl fmt::Display for ContractError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, pointer, found, expected, cure, more } = self;
        write!(formatter, "{}: ", file.display())?;
        if !pointer.is_empty() {
            write!(formatter, "at {pointer}: ")?;
        }
        write!(formatter, "found {found}, expected {expected}")?;
        if *more > 0 {
            write!(formatter, " (and {more} more problems)")?;
        }
        if !cure.is_empty() {
            write!(formatter, "; {cure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ContractError {}

/// A manifest as JSON, checked against the schema of its product, with its identity.
#[derive(Clone, Debug)]
pub struct CheckedJson {
    /// The manifest.
    pub value: Value,
    /// Its identity.
    pub identity: String,
}

/// Reads and types the manifest of a product.
pub fn read_manifest<P: Product>(path: &Path) -> Result<(Manifest<P>, String), ContractError> {
    let CheckedJson { value, identity } = read_checked(path, P::NAME, P::VERSION, P::SCHEMA)?;
    Ok((typed(path, value)?, identity))
}

/// Reads and types a manifest as an input bound to a member.
pub fn read_input<P: Product>(path: &Path, member: &'static str, index: usize) -> Result<Input<P>, ContractError> {
    let (manifest, identity) = read_manifest::<P>(path)?;
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    let external = manifest.execution.inputs.iter().map(|(name, path)| (name.clone(), PathBuf::from(path))).collect();
    Ok(Input::new(member, index, manifest, identity, folder, external))
}

/// Reads a manifest and checks it against the schema of that product.
pub fn read_checked(path: &Path, product: &str, version: u32, schema: &str) -> Result<CheckedJson, ContractError> {
    let value = read_strict(path)?;
    check_manifest(path, &value, product, version, schema)?;
    Ok(CheckedJson { identity: identity(&value), value })
}

/// Reads a file of strict JSON.
pub fn read_strict(path: &Path) -> Result<Value, ContractError> {
    let bytes = read_bytes(path)?;
    parse_strict(&bytes).map_err(|error| ContractError {
        pointer: error.pointer,
        found: error.message,
        expected: "strict JSON".to_owned(),
        ..broken(path, "run the step that wrote it again")
    })
}

/// Checks a manifest that is already JSON: its product and version first, then its schema, then the order of its units.
pub fn check_manifest(
    path: &Path,
    value: &Value,
    product: &str,
    version: u32,
    schema: &str,
) -> Result<(), ContractError> {
    let found = (value["product"]["name"].as_str(), value["product"]["version"].as_u64());
    if found != (Some(product), Some(u64::from(version))) {
        let found = match found {
            (Some(name), Some(version)) => format!("{name} version {version}"),
            _ => "no product".to_owned(),
        };
        let cure = "give the manifest of a step that writes this product, or run that step again with this release";
        return Err(ContractError {
            pointer: "/product".to_owned(),
            found,
            expected: format!("{product} version {version}"),
            ..broken(path, cure)
        });
    }
    check(path, value, schema)?;
    check_order(path, value)
}

/// Checks any document against a schema.
pub fn check(path: &Path, value: &Value, schema: &str) -> Result<(), ContractError> {
    let problems = schema_check::problems(schema, value);
    let more = problems.len().saturating_sub(1);
    match problems.into_iter().next() {
        None => Ok(()),
        Some(problem) => Err(ContractError {
            pointer: problem.pointer,
            found: problem.found,
            expected: problem.expected,
            more,
            ..broken(path, "")
        }),
    }
}

/// Types a document; the error points at the member that cannot be typed.
pub fn typed<T: DeserializeOwned>(path: &Path, value: Value) -> Result<T, ContractError> {
    serde_path_to_error::deserialize(value).map_err(|error| ContractError {
        pointer: pointer_of(error.path()),
        found: error.inner().to_string(),
        expected: "a value of its type".to_owned(),
        ..broken(path, "")
    })
}

/// A manifest without the type of its product: what planning, verifying and reporting need, small enough for all of a chain at once.
#[derive(Clone, Debug)]
pub struct RawManifest {
    /// Product.
    pub product: ProductRef,
    /// Run.
    pub run_id: String,
    /// Step.
    pub step: String,
    /// Label.
    pub label: String,
    /// Build of the program.
    pub build: String,
    /// Engine.
    pub engine: Engine,
    /// Resolved configuration without the parameters marked `x-execution`.
    pub config: Value,
    /// What it read.
    pub reads: Vec<Read>,
    /// Units in order.
    pub units: Vec<RawUnit>,
    /// Files that belong to no unit.
    pub files: BTreeMap<String, FileEntry>,
    /// Payload.
    pub payload: Value,
    /// Shard.
    pub shard: Option<Shard>,
    /// The execution.
    pub execution: Value,
    /// Identity.
    pub identity: String,
}

/// A unit without its facts.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct RawUnit {
    /// Id.
    pub unit: String,
    /// How it ended.
    pub status: Status,
    /// Its key.
    #[serde(default)]
    pub key: Option<String>,
    /// Files by role.
    #[serde(default)]
    pub files: RawFiles,
    /// Why it is not done.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

/// Files by role, in the order of the manifest: a map of two entries would take five times their memory.
#[derive(Clone, Debug, Default)]
pub struct RawFiles(Box<[(String, FileEntry)]>);

impl RawFiles {
    /// The file of that role.
    pub fn get(&self, role: &str) -> Option<&FileEntry> {
        self.iter().find(|(name, _)| *name == role).map(|(_, entry)| entry)
    }

    /// Roles and files.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &FileEntry)> {
        self.0.iter().map(|(role, entry)| (role, entry))
    }
}

impl<'a> IntoIterator for &'a RawFiles {
    type Item = (&'a String, &'a FileEntry);
    type IntoIter =
        std::iter::Map<std::slice::Iter<'a, (String, FileEntry)>, fn(&(String, FileEntry)) -> (&String, &FileEntry)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(role, entry)| (role, entry))
    }
}

impl<'de> serde::Deserialize<'de> for RawFiles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Files;
        impl<'de> serde::de::Visitor<'de> for Files {
            type Value = RawFiles;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("files by role")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<RawFiles, A::Error> {
                let mut files = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(entry) = map.next_entry()? {
                    files.push(entry);
                }
                Ok(RawFiles(files.into_boxed_slice()))
            }
        }
        deserializer.deserialize_map(Files)
    }
}

impl RawManifest {
    /// Reads and checks a manifest of any of the products.
    pub fn read(path: &Path, products: &[ProductEntry]) -> Result<Self, ContractError> {
        Ok(Self::read_json(path, products)?.0)
    }

    /// The same, with the whole JSON.
    pub fn read_json(path: &Path, products: &[ProductEntry]) -> Result<(Self, Value), ContractError> {
        let value = read_strict(path)?;
        let name = value["product"]["name"].as_str().unwrap_or_default();
        let product = products.iter().find(|product| product.name == name).ok_or_else(|| ContractError {
            pointer: "/product/name".to_owned(),
            found: format!("{name:?}"),
            expected: format!("one of {}", products.iter().map(|product| product.name).collect::<Vec<_>>().join(", ")),
            ..broken(path, "")
        })?;
        check_manifest(path, &value, product.name, product.version, product.schema)?;
        let raw = Self::from_checked(path, &value)?;
        Ok((raw, value))
    }

    /// From JSON that was checked against its schema.
    pub fn from_checked(path: &Path, value: &Value) -> Result<Self, ContractError> {
        fn member<'a, T: serde::Deserialize<'a>>(
            path: &Path,
            value: &'a Value,
            name: &str,
        ) -> Result<T, ContractError> {
            T::deserialize(&value[name]).map_err(|error| ContractError {
                pointer: format!("/{name}"),
                found: error.to_string(),
                expected: "a value of its type".to_owned(),
                ..broken(path, "")
            })
        }
        let absent = |name: &str| value.get(name).is_none();
        Ok(Self {
            product: member(path, value, "product")?,
            run_id: member(path, value, "run_id")?,
            step: member(path, value, "step")?,
            label: member(path, value, "label")?,
            build: member(path, value, "build")?,
            engine: member(path, value, "engine")?,
            config: value["config"].clone(),
            reads: member(path, value, "reads")?,
            units: member(path, value, "units")?,
            files: if absent("files") { BTreeMap::new() } else { member(path, value, "files")? },
            payload: value["payload"].clone(),
            shard: if absent("shard") { None } else { Some(member(path, value, "shard")?) },
            execution: value["execution"].clone(),
            identity: identity(value),
        })
    }

    /// The unit of that id.
    pub fn unit(&self, id: &str) -> Option<&RawUnit> {
        self.units.binary_search_by(|unit| unit.unit.as_str().cmp(id)).ok().map(|index| &self.units[index])
    }

    /// Every file that it lists, with the unit and role (no unit for files of the run).
    pub fn all_files(&self) -> impl Iterator<Item = (Option<&str>, &str, &FileEntry)> {
        let of_run = self.files.iter().map(|(role, entry)| (None, role.as_str(), entry));
        let of_units = self.units.iter().flat_map(|unit| {
            unit.files.iter().map(move |(role, entry)| (Some(unit.unit.as_str()), role.as_str(), entry))
        });
        of_run.chain(of_units)
    }

    /// The path of a file of this manifest, which lies in `folder`.
    pub fn path_of(&self, folder: &Path, entry: &FileEntry) -> PathBuf {
        match entry.path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
            Some((name, relative)) => match self.execution["inputs"][name].as_str() {
                Some(base) => Path::new(base).join(relative),
                None => PathBuf::from(&entry.path),
            },
            None => folder.join(&entry.path),
        }
    }
}

fn broken(path: &Path, cure: &'static str) -> ContractError {
    ContractError {
        file: path.to_owned(),
        pointer: String::new(),
        found: String::new(),
        expected: String::new(),
        cure,
        more: 0,
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ContractError> {
    let unreadable = |error: std::io::Error| ContractError {
        found: error.to_string(),
        expected: "a manifest that can be read".to_owned(),
        ..broken(path, "run the step that writes it, or give another path")
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > MAX_MANIFEST_BYTES {
        return Err(ContractError {
            found: format!("{length} bytes"),
            expected: format!("at most {MAX_MANIFEST_BYTES} bytes"),
            ..broken(path, "is it a manifest?")
        });
    }
    let mut bytes = Vec::with_capacity(length as usize + 1);
    file.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Units stand in the order of their ids, each once; ids differ by more than case (a schema cannot say so).
fn check_order(path: &Path, value: &Value) -> Result<(), ContractError> {
    let units = value["units"].as_array().map_or(&[][..], Vec::as_slice);
    let ids: Vec<&str> = units.iter().filter_map(|unit| unit["unit"].as_str()).collect();
    let wrong = |index: usize, expected: &str| ContractError {
        pointer: format!("/units/{index}/unit"),
        found: format!("{:?}", ids[index]),
        expected: expected.to_owned(),
        ..broken(path, "")
    };
    if let Some(index) = ids.windows(2).position(|pair| pair[0] >= pair[1]) {
        return Err(wrong(index + 1, "units sorted by id, each once"));
    }
    let mut folded: Vec<(String, usize)> =
        ids.iter().enumerate().map(|(index, id)| (id.to_ascii_lowercase(), index)).collect();
    folded.sort_unstable();
    match folded.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(wrong(pair[0].1.max(pair[1].1), "unit ids that differ by more than case")),
        None => Ok(()),
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    pointer
}
