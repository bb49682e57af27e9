//! A manifest without the type of its product.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::canonical::identity;
use crate::error::{CURE, ContractError, broken, of_rule};
use crate::parts::{Engine, FileEntry, ProductRef, Read, Status};
use crate::product_entry::ProductEntry;
use crate::raw_files::RawFiles;
use crate::read::{check_manifest, read_strict};
use crate::reason::{Reason, Warning};
use crate::shard::Shard;
use crate::ties::Ties;

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
    /// What ties it to other units, from its facts and its ties: nothing for a unit that stands alone.
    #[serde(skip)]
    pub ties: Option<Box<Ties>>,
}

impl RawUnit {
    /// What it goes back to: its root, or itself. A shard is a set of these.
    pub fn root(&self) -> &str {
        self.ties.as_ref().and_then(|ties| ties.root.as_deref()).unwrap_or(&self.unit)
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
            ..broken(path, CURE)
        })?;
        check_manifest(path, &value, product.name, product.version, product.schema)?;
        (product.check)(&value["units"]).map_err(|rule| of_rule(path, rule))?;
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
                ..broken(path, CURE)
            })
        }
        let absent = |name: &str| value.get(name).is_none();
        let mut units: Vec<RawUnit> = member(path, value, "units")?;
        for (unit, json) in units.iter_mut().zip(value["units"].as_array().into_iter().flatten()) {
            let ties = Ties::of_unit(json);
            unit.ties = (!ties.is_empty()).then(|| Box::new(ties));
        }
        Ok(Self {
            product: member(path, value, "product")?,
            run_id: member(path, value, "run_id")?,
            step: member(path, value, "step")?,
            label: member(path, value, "label")?,
            build: member(path, value, "build")?,
            engine: member(path, value, "engine")?,
            config: value["config"].clone(),
            reads: member(path, value, "reads")?,
            units,
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
