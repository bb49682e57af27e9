//! Products: what a manifest is about.

use std::fmt::Debug;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::manifest::{FileEntry, Unit};

/// The files of one unit: a closed struct with one member a role. Implemented with [`crate::file_set!`].
pub trait FileSet:
    Serialize + DeserializeOwned + JsonSchema + Clone + Debug + PartialEq + Send + Sync + 'static
{
    /// Every role with whether a done unit must have it.
    const ROLES: &'static [(&'static str, bool)];
    /// The files that are there, by role, in the order of [`FileSet::ROLES`].
    fn entries(&self) -> Vec<(&'static str, &FileEntry)>;
    /// The set from its files; the error names the role that is missing or not known.
    fn from_entries(entries: Vec<(String, FileEntry)>) -> Result<Self, String>;

    /// The file of that role.
    fn entry(&self, role: &str) -> Option<&FileEntry> {
        self.entries().into_iter().find(|(name, _)| *name == role).map(|(_, entry)| entry)
    }
}

/// A file that came from elsewhere and is to become part of a unit.
#[derive(Clone, Debug)]
pub struct AdoptedFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its entry: `input:<name>/<relative path>`, bytes, sum.
    pub entry: FileEntry,
    /// Its name without `.gz`, `.fz` and extension, other characters turned to `_`.
    pub unit: String,
}

/// A unit made of files that came from elsewhere.
#[derive(Clone, Debug)]
pub struct AdoptedUnit<P: Product> {
    /// Id.
    pub unit: String,
    /// Files by role.
    pub files: P::Files,
    /// Facts read from the files themselves.
    pub facts: P::Facts,
}

/// What a manifest is about. A product is a marker type; its schema is checked in beside it.
pub trait Product: Sized + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// `frame-set`, `source-catalog` ...
    const NAME: &'static str;
    /// Version of the schema.
    const VERSION: u32;
    /// The checked-in JSON Schema of its manifest (`include_str!`).
    const SCHEMA: &'static str;
    /// Files of one unit.
    type Files: FileSet;
    /// Numbers of one unit: a closed struct, no NaN, no null.
    type Facts: Serialize + DeserializeOwned + JsonSchema + Clone + Debug + PartialEq + Send + Sync + 'static;
    /// Made from the units.
    type Payload: Serialize + DeserializeOwned + JsonSchema + Clone + Debug + PartialEq + Send + Sync + 'static;

    /// The payload, by step, merge and verify alike: a function of the units alone.
    fn payload(units: &[Unit<Self>]) -> Self::Payload;

    /// Units from files that came from elsewhere; the default refuses. An error is one lowercase sentence that names the file.
    fn adopt(files: &[AdoptedFile]) -> Result<Vec<AdoptedUnit<Self>>, String> {
        let _ = files;
        Err(format!("a {} cannot be made from files; give the manifest of the step that wrote it", Self::NAME))
    }
}

/// A product without its type, for the command's list of products.
#[derive(Clone, Copy)]
pub struct ProductEntry {
    /// Name.
    pub name: &'static str,
    /// Version.
    pub version: u32,
    /// Checked-in schema.
    pub schema: &'static str,
    /// Payload from the units of a manifest (JSON in, JSON out).
    pub payload: fn(&serde_json::Value) -> Result<serde_json::Value, String>,
    /// Units (JSON) from files that came from elsewhere.
    pub adopt: fn(&[AdoptedFile]) -> Result<serde_json::Value, String>,
    /// The schema derived from the types; the checked-in one must equal it.
    pub derived_schema: fn() -> serde_json::Value,
}

impl ProductEntry {
    /// The entry of a product.
    pub const fn of<P: Product>() -> Self {
        Self {
            name: P::NAME,
            version: P::VERSION,
            schema: P::SCHEMA,
            derived_schema: crate::schema::schema_of::<P>,
            payload: |units| {
                let units: Vec<Unit<P>> = serde_json::from_value(units.clone()).map_err(|error| error.to_string())?;
                serde_json::to_value(P::payload(&units)).map_err(|error| error.to_string())
            },
            adopt: |files| {
                let units: Vec<serde_json::Value> = P::adopt(files)?
                    .into_iter()
                    .map(|unit| {
                        let unit: Unit<P> = Unit {
                            unit: unit.unit,
                            status: crate::manifest::Status::Done,
                            key: None,
                            files: Some(unit.files),
                            facts: Some(unit.facts),
                            reason: None,
                            warnings: Vec::new(),
                        };
                        serde_json::to_value(unit).map_err(|error| error.to_string())
                    })
                    .collect::<Result<_, _>>()?;
                Ok(serde_json::Value::Array(units))
            },
        }
    }
}

/// Implements [`FileSet`] for a struct of [`FileEntry`] (required) and `Option<FileEntry>` (optional) members:
/// `file_set!(FrameFiles { required image; optional mask weight coverage background; });`
#[macro_export]
macro_rules! file_set {
    ($name:ident { required $($required:ident)*; optional $($optional:ident)*; }) => {
        impl $crate::FileSet for $name {
            const ROLES: &'static [(&'static str, bool)] =
                &[$((stringify!($required), true),)* $((stringify!($optional), false),)*];

            fn entries(&self) -> Vec<(&'static str, &$crate::FileEntry)> {
                let mut entries: Vec<(&'static str, &$crate::FileEntry)> = Vec::new();
                $(entries.push((stringify!($required), &self.$required));)*
                $(if let Some(entry) = &self.$optional { entries.push((stringify!($optional), entry)); })*
                entries
            }

            fn from_entries(entries: Vec<(String, $crate::FileEntry)>) -> Result<Self, String> {
                #[allow(unused_mut, reason = "a product may have no role")]
                let mut by_role: std::collections::BTreeMap<String, $crate::FileEntry> = entries.into_iter().collect();
                let set = Self {
                    $($required: by_role.remove(stringify!($required))
                        .ok_or_else(|| format!("the file of the role {} is missing", stringify!($required)))?,)*
                    $($optional: by_role.remove(stringify!($optional)),)*
                };
                match by_role.keys().next() {
                    Some(role) => Err(format!("the role {role} is not known")),
                    None => Ok(set),
                }
            }
        }
    };
}
