//! Inputs of a step: named products, filled from manifests by the harness (or by a test).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::manifest::{Engine, FileEntry, Manifest, ProductRef, Status, Unit};
use crate::product::{FileSet as _, Product};
use crate::reason::Reason;

/// How many manifests an input member takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arity {
    /// Exactly one.
    One,
    /// One or none.
    Optional,
    /// Any number, each bound by name.
    Many,
    /// Every earlier manifest of the run.
    Run,
}

/// One member of a step's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct InputSpec {
    /// Name of the member.
    pub name: &'static str,
    /// Product that it takes (empty for `run`).
    pub product: &'static str,
    /// Version of the product (0 for `run`).
    pub version: u32,
    /// How many.
    pub arity: Arity,
}

/// Where inputs come from: the harness (files) or a test (memory). Errors are ready for people.
pub trait Source {
    /// The error of this source.
    type Error;
    /// The manifests bound to the member, in the order of the binding; a source refuses what the arity forbids.
    fn bound<P: Product>(&mut self, spec: &InputSpec) -> Result<Vec<Input<P>>, Self::Error>;
    /// All earlier manifests.
    fn run(&mut self, spec: &InputSpec) -> Result<RunManifests, Self::Error>;
}

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
            units: manifest.units,
            files: manifest.files,
        }
    }

    /// Ids and statuses of all units, in order. Facts and files are reached through a job's [`crate::Needs`] only.
    pub fn units(&self) -> impl ExactSizeIterator<Item = UnitRef<'_>> {
        self.units.iter().map(|unit| UnitRef { id: &unit.unit, status: unit.status })
    }

    /// The unit of that id, if the manifest has one. For the harness and for planning jobs of scope run.
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

/// Id and status of a unit.
#[derive(Clone, Copy, Debug)]
pub struct UnitRef<'a> {
    id: &'a str,
    status: Status,
}

impl<'a> UnitRef<'a> {
    /// Id.
    pub const fn id(&self) -> &'a str {
        self.id
    }

    /// How it ended.
    pub const fn status(&self) -> Status {
        self.status
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
    pub fn warnings(&self) -> &'a [crate::reason::Warning] {
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

/// All earlier manifests of a run, opened one at a time.
#[derive(Clone, Debug, Default)]
pub struct RunManifests {
    /// In workflow order.
    pub manifests: Vec<RunManifest>,
}

/// One earlier manifest of a run.
#[derive(Clone, Debug)]
pub struct RunManifest {
    /// Label.
    pub label: String,
    /// Step.
    pub step: String,
    /// Product.
    pub product: ProductRef,
    /// The file.
    pub path: PathBuf,
    /// Its identity.
    pub identity: String,
    /// Folder behind each `input:<name>` of its files.
    pub external: BTreeMap<String, PathBuf>,
}

impl RunManifest {
    /// Reads it, typed. It was validated when the inputs were bound.
    pub fn open<P: Product>(&self) -> Result<Input<P>, String> {
        let manifest: Manifest<P> = serde_json::from_value(self.json()?).map_err(|error| self.broken(&error))?;
        Ok(Input::new("run", 0, manifest, self.identity.clone(), self.folder().to_owned(), self.external.clone()))
    }

    /// Reads it as JSON.
    pub fn json(&self) -> Result<serde_json::Value, String> {
        let bytes = std::fs::read(&self.path).map_err(|error| self.broken(&error))?;
        serde_json::from_slice(&bytes).map_err(|error| self.broken(&error))
    }

    /// Folder of the manifest.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The path of a file of this manifest.
    pub fn path_of(&self, entry: &FileEntry) -> PathBuf {
        resolve(self.folder(), &self.external, entry)
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> String {
        format!("read {}: {error}", self.path.display())
    }
}

/// What can stand as a member of a step's inputs: `P`, `Option<P>`, `Vec<P>` or [`RunManifests`].
pub trait Slot {
    /// What the step gets.
    type Bound;
    /// What it takes.
    fn spec(name: &'static str) -> InputSpec;
    /// Fills it.
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error>;
}

impl<P: Product> Slot for P {
    type Bound = Input<P>;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { name, product: P::NAME, version: P::VERSION, arity: Arity::One }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        let bound = source.bound::<P>(spec)?;
        Ok(bound.into_iter().next().expect("a source gives exactly one manifest to a member of arity one"))
    }
}

impl<P: Product> Slot for Option<P> {
    type Bound = Option<Input<P>>;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Optional, ..P::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        Ok(source.bound::<P>(spec)?.into_iter().next())
    }
}

impl<P: Product> Slot for Vec<P> {
    type Bound = Vec<Input<P>>;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Many, ..P::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        source.bound::<P>(spec)
    }
}

impl Slot for RunManifests {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { name, product: "", version: 0, arity: Arity::Run }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        source.run(spec)
    }
}

/// The inputs of a step: a struct declared with [`crate::inputs!`].
pub trait Inputs: Sized {
    /// Members in order.
    fn specs() -> Vec<InputSpec>;
    /// Fills every member.
    fn read<S: Source>(source: &mut S) -> Result<Self, S::Error>;
}

/// Declares the inputs of a step. Members are products, `Option`s or `Vec`s of them, or `RunManifests`:
/// `inputs! { pub struct DetectInputs { frames: FrameSet, psf: Option<PsfModelSet> } }`; the step sees
/// `inputs.frames: Input<FrameSet>`, `inputs.psf: Option<Input<PsfModelSet>>`.
#[macro_export]
macro_rules! inputs {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$doc:meta])* $member:ident : $slot:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[$doc])* $vis $member: <$slot as $crate::Slot>::Bound),* }

        impl $crate::Inputs for $name {
            fn specs() -> Vec<$crate::InputSpec> {
                vec![$(<$slot as $crate::Slot>::spec(stringify!($member))),*]
            }
            fn read<S: $crate::Source>(source: &mut S) -> Result<Self, S::Error> {
                Ok(Self { $($member: {
                    let spec = <$slot as $crate::Slot>::spec(stringify!($member));
                    <$slot as $crate::Slot>::fill(&spec, source)?
                }),* })
            }
        }
    };
}

fn resolve(folder: &Path, external: &BTreeMap<String, PathBuf>, entry: &FileEntry) -> PathBuf {
    match entry.path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
        Some((name, relative)) => match external.get(name) {
            Some(base) => base.join(relative),
            None => PathBuf::from(&entry.path),
        },
        None => folder.join(&entry.path),
    }
}
