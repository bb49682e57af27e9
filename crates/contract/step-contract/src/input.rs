//! One manifest bound to an input, and its units as steps see them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::parts::{Engine, FileEntry, Status};
use crate::product::{FileSet as _, Product, Unit};
use crate::reason::{Reason, Warning};

/// One manifest bound to an input member, validated and typed.
#[derive(Clone, Debug)]
pub struct Input<P: Product> {
    /// Name of the member that it is bound to.
    pub member: &'static str,
    /// Position among the manifests bound to that member.
    pub index: usize,
    /// Label of the step that wrote it (`adopted` files: the name of the input).
    pub label: String,
    /// Step that wrote it.
    pub step: String,
    /// Run that it belongs to.
    pub run_id: String,
    /// Identity.
    pub identity: String,
    /// What did the work.
    pub engine: Engine,
    /// Whether its files came from elsewhere: every shard has it whole, and a unit of any id may be needed.
    pub adopted: bool,
    /// Folder of the manifest.
    pub folder: PathBuf,
    /// Folder behind each `input:<name>`.
    pub external: BTreeMap<String, PathBuf>,
    /// Units in the order of their ids.
    units: Vec<Unit<P>>,
    /// Places of the units that are the step's own: those of the kinds that it names of its first input, else all.
    own: Vec<usize>,
    /// Files that belong to no unit.
    files: BTreeMap<String, FileEntry>,
}

impl<P: Product> Input<P> {
    /// An input from a validated manifest that lies in `folder`.
    pub fn new(
        member: &'static str,
        index: usize,
        manifest: Manifest<P>,
        identity: String,
        folder: PathBuf,
        external: BTreeMap<String, PathBuf>,
    ) -> Self {
        Self {
            member,
            index,
            adopted: manifest.run_id == "adopted",
            label: manifest.label,
            step: manifest.step,
            run_id: manifest.run_id,
            identity,
            engine: manifest.engine,
            folder,
            external,
            own: (0..manifest.units.len()).collect(),
            units: manifest.units,
            files: manifest.files,
        }
    }

    /// The same with the units of these kinds alone as the step's own (no kinds: all). [`Input::unit`] still finds the others.
    #[must_use]
    pub fn of_kinds(mut self, kinds: &[&str]) -> Self {
        if !kinds.is_empty() {
            self.own.retain(|place| self.units[*place].kind().is_some_and(|kind| kinds.contains(&kind)));
        }
        self
    }

    /// The step's own units, in the order of their ids. Files are reached through a job's [`crate::Needs`] only.
    pub fn units(&self) -> impl ExactSizeIterator<Item = UnitRef<'_, P>> {
        self.own.iter().map(|place| UnitRef { unit: &self.units[*place] })
    }

    /// The step's own units with their places.
    pub(crate) fn own_units(&self) -> impl Iterator<Item = (usize, &Unit<P>)> {
        self.own.iter().map(|place| (*place, &self.units[*place]))
    }

    /// The unit at a place.
    pub(crate) fn unit_at(&self, place: usize) -> &Unit<P> {
        &self.units[place]
    }

    /// The unit of that id, if the manifest has one. For the harness and for planning jobs.
    pub fn unit(&self, id: &str) -> Option<&Unit<P>> {
        self.units.binary_search_by(|unit| unit.unit.as_str().cmp(id)).ok().map(|index| &self.units[index])
    }

    /// The path of a file of this manifest.
    pub fn path_of(&self, entry: &FileEntry) -> PathBuf {
        resolve(&self.folder, &self.external, entry)
    }

    /// A file that belongs to no unit, such as `tiles` of a tile plan.
    pub fn run_file(&self, role: &str) -> Option<(&FileEntry, PathBuf)> {
        self.files.get(role).map(|entry| (entry, self.path_of(entry)))
    }
}

/// A unit as a step sees it when it plans its jobs.
#[derive(Clone, Copy, Debug)]
pub struct UnitRef<'a, P: Product> {
    unit: &'a Unit<P>,
}

impl<'a, P: Product> UnitRef<'a, P> {
    /// Id.
    pub fn id(&self) -> &'a str {
        &self.unit.unit
    }

    /// How it ended.
    pub const fn status(&self) -> Status {
        self.unit.status
    }

    /// The group that it belongs to.
    pub fn group(&self) -> Option<&'a str> {
        self.unit.group()
    }

    /// Its kind, where units of several kinds share the product.
    pub fn kind(&self) -> Option<&'a str> {
        self.unit.kind()
    }

    /// What it goes back to.
    pub fn root(&self) -> Option<&'a str> {
        self.unit.root()
    }

    /// Its facts, where it is done: what a job is planned by.
    pub const fn facts(&self) -> Option<&'a P::Facts> {
        self.unit.facts.as_ref()
    }
}

/// A needed unit that is done.
#[derive(Clone, Copy, Debug)]
pub struct DoneUnit<'a, P: Product> {
    pub(crate) input: &'a Input<P>,
    pub(crate) unit: &'a Unit<P>,
}

impl<'a, P: Product> DoneUnit<'a, P> {
    /// Id.
    pub fn id(&self) -> &'a str {
        &self.unit.unit
    }

    /// Facts.
    ///
    /// # Panics
    /// Never for a unit that came through validation: a done unit has facts.
    pub fn facts(&self) -> &'a P::Facts {
        self.unit.facts.as_ref().expect("validated: a done unit has facts")
    }

    /// Path of the file of that role, where there is one.
    pub fn file_if(&self, role: &str) -> Option<PathBuf> {
        self.entry(role).map(|entry| self.input.path_of(entry))
    }

    /// Path of a file that a done unit must have.
    ///
    /// # Panics
    /// If the role is not a required one of the product: a mistake of the programmer, which ends this unit as `failed{internal}`.
    pub fn file(&self, role: &str) -> PathBuf {
        self.file_if(role).unwrap_or_else(|| panic!("unit {} of {} has no file {role}", self.unit.unit, P::NAME))
    }

    /// Entry (path in the manifest, bytes, sum, rows) of the file of that role.
    pub fn entry(&self, role: &str) -> Option<&'a FileEntry> {
        self.unit.files.as_ref().and_then(|files| files.entry(role))
    }

    /// Warnings of the unit.
    pub fn warnings(&self) -> &'a [Warning] {
        &self.unit.warnings
    }
}

/// One member of a `Vec` input as a job sees it: done, or not done and why.
#[derive(Clone, Copy, Debug)]
pub struct MemberUnit<'a, P: Product> {
    /// Label of the step that wrote it (`catalog-gaia`).
    pub label: &'a str,
    /// How the unit ended there.
    pub status: Status,
    /// Why it is not done.
    pub reason: Option<&'a Reason>,
    /// The unit, where it is done.
    pub done: Option<DoneUnit<'a, P>>,
}

/// Where a file of a manifest in `folder` lies.
pub(crate) fn resolve(folder: &Path, external: &BTreeMap<String, PathBuf>, entry: &FileEntry) -> PathBuf {
    match entry.path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
        Some((name, relative)) => match external.get(name) {
            Some(base) => base.join(relative),
            None => PathBuf::from(&entry.path),
        },
        None => folder.join(&entry.path),
    }
}
