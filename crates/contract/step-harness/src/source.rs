//! Inputs from files: each member of a step's inputs from the paths bound to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use step_contract::{
    Arity, ContractError, Edge, Input, InputSpec, Product, ProductEntry, ProductRef, Read, RunManifest, RunManifests,
    Scope, Source, Status, Ties, UnitRef, identity, read_input, read_strict, typed,
};

use crate::adopt::{ADOPTED, adopt, manifest_at};
use crate::kept::{check_same_files, join};
use crate::paths::{absolute, relative};
use crate::session::{Bound, Session};

/// Why inputs could not be bound.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// Too many, too few.
    Usage(String),
    /// A manifest is not as its schema says.
    Contract(ContractError),
    /// Files cannot be adopted.
    Adopt(String),
}

/// The source of one run.
pub(crate) struct FileSource<'a> {
    session: &'a Session,
    paths: &'a BTreeMap<String, Vec<PathBuf>>,
    bound: Bound,
    first: Option<&'static str>,
    kinds: &'static [&'static str],
}

impl<'a> FileSource<'a> {
    /// The inputs of a step; of the first only the units of these kinds are the step's own.
    pub(crate) fn new(
        session: &'a Session,
        paths: &'a BTreeMap<String, Vec<PathBuf>>,
        kinds: &'static [&'static str],
    ) -> Self {
        Self { session, paths, bound: Bound::default(), first: None, kinds }
    }

    pub(crate) fn into_bound(self) -> Bound {
        self.bound
    }

    /// The manifests among the paths of a member, and the plain files.
    fn paths_of(&self, spec: &InputSpec) -> Result<(Vec<PathBuf>, Vec<PathBuf>), SourceError> {
        let (mut manifests, mut files) = (Vec::new(), Vec::new());
        for path in self.paths.get(spec.name).into_iter().flatten() {
            if !path.exists() {
                return Err(SourceError::Usage(format!(
                    "--read {}={}: there is no such file",
                    spec.name,
                    path.display()
                )));
            }
            match manifest_at(path) {
                Some(manifest) => manifests.push(absolute(&manifest)),
                None => files.push(path.clone()),
            }
        }
        let count = manifests.len() + usize::from(!files.is_empty());
        match (spec.arity, count) {
            // mark: input-required
            (Arity::One, 0) => Err(SourceError::Usage(format!(
                "input {} is not bound: give --read {}=MANIFEST of a {} (or files that describe themselves)",
                spec.name, spec.name, spec.product
            ))),
            (Arity::One | Arity::Optional, 2..) => {
                Err(SourceError::Usage(format!("input {} takes one {}, not {count}", spec.name, spec.product)))
            }
            _ => Ok((manifests, files)),
        }
    }

    fn adopt<P: Product>(
        &mut self,
        spec: &InputSpec,
        index: usize,
        files: &[PathBuf],
    ) -> Result<Input<P>, SourceError> {
        let (path, value) = self.adopted_manifest(spec, &ProductEntry::of::<P>(), files)?;
        let identity = identity(&value);
        let manifest: step_contract::Manifest<P> = typed(&path, value).map_err(SourceError::Contract)?;
        let external =
            manifest.execution.inputs.iter().map(|(name, path)| (name.clone(), PathBuf::from(path))).collect();
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Input::new(spec.name, index, manifest, identity, folder, external))
    }

    fn adopted_manifest(
        &mut self,
        spec: &InputSpec,
        product: &ProductEntry,
        files: &[PathBuf],
    ) -> Result<(PathBuf, serde_json::Value), SourceError> {
        let path = self.session.out.join("inputs").join(spec.name).join("manifest.json");
        let build = &self.session.base.build;
        let mut value = adopt(product, spec.name, files, build, &self.session.sums).map_err(SourceError::Adopt)?;
        if self.session.by_hand
            && let Ok(before) = read_strict(&path)
        {
            if self.session.scope != Scope::Unit {
                check_same_files(self.session, spec.name, &before, &value).map_err(SourceError::Usage)?;
            } else if spec.arity != Arity::Many {
                let joined = join(self.session, product, spec.name, &before, value).map_err(SourceError::Usage)?;
                if self.first.is_none_or(|first| first == spec.name) {
                    self.bound.kept = joined.1;
                }
                value = joined.0;
            }
        }
        self.bound.unwritten.push((path.clone(), value.clone()));
        Ok((path, value))
    }

    fn note(&mut self, member: &'static str, read: ReadManifest<'_>) {
        let ReadManifest { product, step, label, run_id, path, identity, external } = read;
        let inside = path.starts_with(&self.session.root) && self.session.out.starts_with(&self.session.root);
        let shown = if inside || run_id == ADOPTED && path.starts_with(&self.session.out) {
            relative(&self.session.out, path)
        } else {
            // From outside the root: its place is execution.
            let name = format!("{member}-{label}");
            let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            self.bound.external.insert(name.clone(), folder);
            format!("input:{name}/{file}")
        };
        for (name, folder) in external {
            self.bound.external.entry(name.clone()).or_insert_with(|| folder.clone());
        }
        self.bound.reads.push(Read {
            input: member.to_owned(),
            product: product.clone(),
            step: step.to_owned(),
            label: label.to_owned(),
            path: shown,
            identity: identity.to_owned(),
        });
    }
}

struct ReadManifest<'a> {
    product: &'a ProductRef,
    step: &'a str,
    label: &'a str,
    run_id: &'a str,
    path: &'a Path,
    identity: &'a str,
    external: &'a BTreeMap<String, PathBuf>,
}

impl Source for FileSource<'_> {
    type Error = SourceError;

    fn bound<P: Product>(&mut self, spec: &InputSpec) -> Result<Vec<Input<P>>, SourceError> {
        let (manifests, files) = self.paths_of(spec)?;
        let first = *self.first.get_or_insert(spec.name) == spec.name;
        let kinds = if first { self.kinds } else { &[] };
        let mut inputs = Vec::new();
        for path in manifests {
            let input = read_input::<P>(&path, spec.name, inputs.len()).map_err(SourceError::Contract)?;
            inputs.push((path, input.of_kinds(kinds)));
        }
        if !files.is_empty() {
            let input = self.adopt::<P>(spec, inputs.len(), &files)?.of_kinds(kinds);
            inputs.push((absolute(&input.folder.join("manifest.json")), input));
        }
        let product = ProductRef { name: P::NAME.to_owned(), version: P::VERSION };
        for (path, input) in &inputs {
            if input.adopted {
                self.bound.adopted.insert((spec.name, input.index));
            }
            if first && spec.arity != Arity::Many {
                self.bound.first_units =
                    Some(input.units().map(|unit| (unit.id().to_owned(), ties_of(&unit))).collect());
            }
            if spec.edge == Edge::Members {
                check_groups(path, spec, input).map_err(SourceError::Usage)?;
            }
            self.note(
                spec.name,
                ReadManifest {
                    product: &product,
                    step: &input.step,
                    label: &input.label,
                    run_id: &input.run_id,
                    path,
                    identity: &input.identity,
                    external: &input.external,
                },
            );
        }
        Ok(inputs.into_iter().map(|(_, input)| input).collect())
    }

    fn run(&mut self, spec: &InputSpec) -> Result<RunManifests, SourceError> {
        let (manifests, files) = self.paths_of(spec)?;
        if let Some(file) = files.first() {
            return Err(SourceError::Usage(format!("input {} takes manifests; {} is none", spec.name, file.display())));
        }
        self.first.get_or_insert(spec.name);
        let mut run = RunManifests::default();
        for path in manifests {
            let manifest = envelope(&path).map_err(SourceError::Contract)?;
            let Envelope { run_id, .. } = &manifest.envelope;
            self.note(
                spec.name,
                ReadManifest {
                    product: &manifest.run.product,
                    step: &manifest.run.step,
                    label: &manifest.run.label,
                    run_id,
                    path: &path,
                    identity: &manifest.run.identity,
                    external: &manifest.run.external,
                },
            );
            run.manifests.push(manifest.run);
        }
        Ok(run)
    }
}

fn ties_of<P: Product>(unit: &UnitRef<'_, P>) -> Ties {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Ties { group: text(unit.group()), kind: text(unit.kind()), root: text(unit.root()), ..Ties::default() }
}

/// A unit that is done says the group that it is a member of. Of one that ended before anybody knew its group nobody can say where it is missing.
fn check_groups<P: Product>(path: &Path, spec: &InputSpec, input: &Input<P>) -> Result<(), String> {
    match input.units().find(|unit| unit.status() == Status::Done && unit.group().is_none()) {
        None => Ok(()),
        Some(unit) => Err(format!(
            "{}: unit {} says no group; input {} takes units group by group: bind a {} whose facts say the group",
            path.display(),
            unit.id(),
            spec.name,
            P::NAME
        )),
    }
}

/// The members of any manifest that do not depend on its product.
#[derive(serde::Deserialize)]
struct Envelope {
    product: ProductRef,
    run_id: String,
    step: String,
    label: String,
    execution: Execution,
}

#[derive(serde::Deserialize)]
struct Execution {
    #[serde(default)]
    inputs: BTreeMap<String, PathBuf>,
}

struct OfRun {
    envelope: Envelope,
    run: RunManifest,
}

fn envelope(path: &Path) -> Result<OfRun, ContractError> {
    let value = read_strict(path)?;
    let identity = identity(&value);
    let envelope: Envelope = typed(path, value)?;
    let run = RunManifest {
        label: envelope.label.clone(),
        step: envelope.step.clone(),
        product: envelope.product.clone(),
        path: path.to_owned(),
        identity,
        external: envelope.execution.inputs.clone(),
    };
    Ok(OfRun { envelope, run })
}

/// The run id of a manifest, without reading the rest.
pub(crate) fn run_id_at(path: &Path) -> Option<String> {
    let manifest = read_strict(&manifest_at(path)?).ok()?;
    manifest["run_id"].as_str().filter(|run_id| *run_id != ADOPTED).map(str::to_owned)
}
