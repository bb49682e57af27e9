//! Products: what a manifest is about, and their units.

use std::fmt::Debug;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::BrokenRule;
use crate::file_kind::FileKind;
use crate::parts::{FileEntry, Status};
use crate::reason::{Reason, Warning};
use crate::ties::Ties;

/// Kind of the reason of a unit that has no work because a step before rejected it.
pub const REJECTED: &str = "rejected";

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
    /// The unit id of a file of one unit ([`crate::unit_id_of_file`]).
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
    /// What its files are, those of [`Product::PIXEL_ROLES`] excepted.
    const FILE_KIND: FileKind = FileKind::Table;
    /// Roles of the files that are pixels.
    const PIXEL_ROLES: &'static [&'static str] = &[];
    /// Files of one unit.
    type Files: FileSet;
    /// Numbers of one unit: a closed struct, no NaN, no null.
    type Facts: Serialize + DeserializeOwned + JsonSchema + Clone + Debug + PartialEq + Send + Sync + 'static;
    /// Made from the units.
    type Payload: Serialize + DeserializeOwned + JsonSchema + Clone + Debug + PartialEq + Send + Sync + 'static;

    /// The payload, by step, merge and verify alike: a function of the units alone.
    fn payload(units: &[Unit<Self>]) -> Self::Payload;

    /// The group that a unit belongs to, where the facts say one: the member `group` of their JSON.
    fn group(facts: &Self::Facts) -> Option<&str> {
        let _ = facts;
        None
    }

    /// The kind of a unit, where units of several kinds share the product: the member `kind` of the facts' JSON.
    fn kind(facts: &Self::Facts) -> Option<&str> {
        let _ = facts;
        None
    }

    /// What a unit goes back to (target, tile), by which shards are taken: the member `root` of the facts' JSON.
    fn root(facts: &Self::Facts) -> Option<&str> {
        let _ = facts;
        None
    }

    /// Whether a unit that is done is to be used further: the member `selection.kept` of the facts' JSON.
    fn kept(facts: &Self::Facts) -> bool {
        let _ = facts;
        true
    }

    /// Checks what no schema can say of a done unit, when it is written and when it is read. The default has no rule.
    fn check(files: &Self::Files, facts: &Self::Facts) -> Result<(), BrokenRule> {
        let _ = (files, facts);
        Ok(())
    }

    /// Endings (lower case, without `.gz`) of the files that are taken from a folder, the others (a README beside the plates) are left out;
    /// empty: every file. A file that is offered by its own name is read whatever its ending.
    const ADOPTED_ENDINGS: &'static [&'static str] = &[];
    /// Whether two files of one folder that differ in nothing but their ending are two units, each with its ending in its id
    /// (`gaia.fits` beside `gaia.ecsv`); elsewhere they are refused.
    const ADOPTS_TWINS: bool = false;

    /// Units from one file that came from elsewhere; the default refuses. An error is one lowercase sentence that names the file.
    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        let _ = file;
        Err(format!("a {} cannot be made from files; give the manifest of the step that wrote it", Self::NAME))
    }
}

/// One unit of work: a tile, a frame, a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Unit<P: Product> {
    /// Id: `[A-Za-z0-9._+-]`, unique ignoring case.
    pub unit: String,
    /// How it ended.
    pub status: Status,
    /// What it was made of, as a sum; see [`crate::KeyBase`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Files by role; only when done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<P::Files>,
    /// Numbers; only when done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<P::Facts>,
    /// Why it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// What ties it to other units, where the facts do not say it.
    #[serde(default, skip_serializing_if = "Ties::is_empty")]
    pub ties: Ties,
}

impl<P: Product> Unit<P> {
    /// The group that it belongs to.
    pub fn group(&self) -> Option<&str> {
        self.facts.as_ref().and_then(P::group).or(self.ties.group.as_deref())
    }

    /// Its kind, where units of several kinds share the product.
    pub fn kind(&self) -> Option<&str> {
        self.facts.as_ref().and_then(P::kind).or(self.ties.kind.as_deref())
    }

    /// What it goes back to.
    pub fn root(&self) -> Option<&str> {
        self.facts.as_ref().and_then(P::root).or(self.ties.root.as_deref())
    }

    /// Whether it was rejected: done, but not to be used further, or passed over for that reason by a step before.
    pub fn is_rejected(&self) -> bool {
        match self.status {
            Status::Done => self.facts.as_ref().is_some_and(|facts| !P::kept(facts)),
            Status::NoWork => self.reason.as_ref().is_some_and(|reason| reason.kind == REJECTED),
            _ => false,
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

/// Checks the rules of the product on every done unit; the pointer is that of the manifest.
pub(crate) fn check_units<P: Product>(units: &[Unit<P>]) -> Result<(), BrokenRule> {
    units.iter().enumerate().try_for_each(|(index, unit)| check_unit(index, unit))
}

pub(crate) fn check_unit<P: Product>(index: usize, unit: &Unit<P>) -> Result<(), BrokenRule> {
    let (Some(files), Some(facts)) = (&unit.files, &unit.facts) else { return Ok(()) };
    P::check(files, facts)
        .map_err(|broken| BrokenRule { pointer: format!("/units/{index}{}", broken.pointer), ..broken })
}
