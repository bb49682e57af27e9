//! From a request to a bound and configured chain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use step_contract::ContractError;

use super::installation::Installation;
use super::refusal::Refusal;
use super::run_request::RunRequest;
use super::started::Started;
use crate::adopt::{AdoptError, adopted as adopted_manifest, is_manifest, write_adopted};
use crate::bindings::{Bindings, Outside};
use crate::chain::{Chain, Options};
use crate::configuration::Configuration;
use crate::description::Description;
use crate::layout::{Layout, is_run_id, take_run_id};
use crate::workflow::Workflow;
use crate::workflow_source::{Loaded, load};

/// Product of lists of targets.
const TARGETS: &str = "target-list";

/// A chain with its options.
pub struct Prepared {
    /// The chain.
    pub chain: Chain,
    /// How it is executed.
    pub options: Options,
    /// What of it goes again where its start is refused.
    pub(super) started: Started,
}

/// How far preparing may go: a plan takes no run id and leaves nothing behind but a temporary folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Run,
    Plan,
}

impl RunRequest {
    /// The chain as it would run; no run is begun. What was adopted for it is removed by [`forget_plan`].
    ///
    /// # Errors
    /// When the request does not fit the workflow, its configuration or the disk.
    pub fn plan(&self, installation: &Installation) -> Result<Prepared, Refusal> {
        prepare(self, installation, Purpose::Plan)
    }
}

/// Every value against the parameters of its step, before anything runs: a step at the end of the chain would find it hours later.
fn check_values(
    workflow: &Workflow,
    descriptions: &BTreeMap<String, Description>,
    configuration: &Configuration,
    file: &Path,
) -> Result<(), ContractError> {
    for step in &workflow.steps {
        let Some(description) = descriptions.get(&step.step) else { continue };
        let schema = description.config_schema.to_string();
        step_contract::check(file, &configuration.of(&step.label), &schema).map_err(|error| ContractError {
            pointer: format!("/{}{}", step.label, error.pointer),
            cure: "`skyledger step ID config-schema` prints every parameter with its range and default",
            ..error
        })?;
    }
    Ok(())
}

/// Every schema against the type that it was derived from: with a stale one each manifest of the product would be refused once it is
/// written.
fn check_schemas(products: &[step_contract::ProductEntry]) -> Result<(), Refusal> {
    let is_stale = |product: &&step_contract::ProductEntry| {
        step_contract::schema_text(&(product.derived_schema)()) != product.schema
    };
    match products.iter().find(is_stale) {
        None => Ok(()),
        Some(product) => Err(Refusal::configuration(format!(
            "schemas/{}-{}.json: is not the schema of the product's type; run cargo xtask schemas and build again",
            product.name, product.version
        ))),
    }
}

/// Loads, configures, adopts and binds.
pub(super) fn prepare(args: &RunRequest, installation: &Installation, purpose: Purpose) -> Result<Prepared, Refusal> {
    let Installation { steps, products, workflows, .. } = installation;
    check_schemas(products)?;
    let Loaded { name, workflow, mut configuration, config_name } =
        load(workflows, &args.workflow, args.config.as_deref()).map_err(Refusal::configuration)?;
    for text in &args.set {
        configuration.set(text, &workflow).map_err(Refusal::configuration)?;
    }
    let of_workflow = |error: String| Refusal::configuration(format!("workflow {name}: {error}"));
    let descriptions = steps.describe_all(&workflow).map_err(|error| of_workflow(error.to_string()))?;
    if let Some((ra_deg, dec_deg)) = args.place {
        // The step that takes a list of targets has a parameter of the same name.
        let (label, member) = takes_targets(&workflow, &descriptions)?;
        let target = serde_json::json!([{"ra_deg": ra_deg, "dec_deg": dec_deg}]);
        configuration.put(&label, &[&member], target).map_err(Refusal::configuration)?;
    }
    check_values(&workflow, &descriptions, &configuration, Path::new(&config_name)).map_err(Refusal::configuration)?;
    configuration.check_rules(&workflow, &descriptions).map_err(Refusal::configuration)?;
    let root = std::path::absolute(&args.root).map_err(|error| Refusal::disk(&args.root, &error))?;
    let (layout, started) = layout(args, root, purpose)?;
    let mut manifests = Vec::new();
    let mut outside = Outside::default();
    let mut inputs = Vec::new();
    let mut adopted = |product: &str, name: &str, paths: &[PathBuf]| {
        let product = products
            .iter()
            .find(|entry| entry.name == product)
            .ok_or_else(|| Refusal::configuration(format!("{product} is not a product of this release")))?;
        let manifest = adopted_manifest(product, name, paths, installation.adoption_build).map_err(adoption_refused)?;
        let path = place_of_adopted(&layout, name, &manifest, purpose)?;
        manifests.push((path.clone(), manifest));
        Ok::<PathBuf, Refusal>(path)
    };
    for (input, folder) in &args.inputs {
        if !folder.is_dir() {
            return Err(Refusal::usage(format!("--input {input}={}: is not a folder", folder.display())));
        }
        let members: Vec<(String, String)> = workflow
            .steps
            .iter()
            .flat_map(|step| {
                let inputs = &descriptions[&step.step].inputs;
                inputs
                    .iter()
                    .filter(|member| member.name == *input)
                    .map(|member| (step.label.clone(), member.product.clone()))
            })
            .collect();
        let Some((_, product)) = members.first() else {
            return Err(Refusal::usage(format!("--input {input}: no step of {name} asks for an input of that name")));
        };
        let manifest = adopted(product, input, std::slice::from_ref(folder))?;
        inputs.push((input.clone(), manifest.clone()));
        for (label, _) in members {
            outside.inputs.insert((label, input.clone()), manifest.clone());
        }
    }
    let mut reads = args.reads.clone();
    if let Some(file) = &args.targets {
        let (label, member) = takes_targets(&workflow, &descriptions)?;
        reads.push((format!("{label}.{member}"), file.clone()));
    }
    for (bound, path) in &reads {
        let (label, member) = bound
            .rsplit_once('.')
            .ok_or_else(|| Refusal::usage(format!("--read {bound}={}: expected LABEL.INPUT=PATH", path.display())))?;
        if !path.exists() {
            return Err(Refusal::usage(format!("--read {bound}={}: is not there", path.display())));
        }
        let product = workflow
            .step(label)
            .and_then(|(_, step)| descriptions[&step.step].inputs.iter().find(|input| input.name == member))
            .map(|input| input.product.clone());
        let manifest = match (product, path.is_dir(), is_manifest(path)) {
            (_, _, true) => std::path::absolute(path).map_err(|error| Refusal::disk(path, &error))?,
            (_, true, _) if path.join("manifest.json").is_file() => {
                std::path::absolute(path.join("manifest.json")).map_err(|error| Refusal::disk(path, &error))?
            }
            (Some(product), _, _) => {
                let manifest = adopted(&product, bound, std::slice::from_ref(path))?;
                inputs.push((bound.clone(), manifest.clone()));
                manifest
            }
            // An unknown label or member: binding says which there are.
            (None, _, _) => path.clone(),
        };
        outside.reads.entry((label.to_owned(), member.to_owned())).or_default().push(manifest);
    }
    let bindings = Bindings::new(&workflow, &descriptions, &outside).map_err(|error| of_workflow(error.to_string()))?;
    let chain = Chain {
        workflow_name: name,
        workflow,
        configuration,
        descriptions,
        bindings,
        steps: steps.clone(),
        products,
        layout,
        inputs,
        build: installation.build.to_owned(),
        shard: args.shard,
    };
    let options = options(args);
    if purpose == Purpose::Run && !args.replace {
        refuse_other_question(&chain, &options, &manifests)?;
    }
    for (path, manifest) in &manifests {
        write_adopted(path, manifest).map_err(adoption_refused)?;
    }
    Ok(Prepared { chain, options, started })
}

/// Nothing of a run that has results is touched before its question is known to be the same.
fn refuse_other_question(chain: &Chain, options: &Options, adopted: &[(PathBuf, Value)]) -> Result<(), Refusal> {
    let differences = chain.other_question(options, adopted);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Refusal::usage(format!(
        "run {} has results of another question: {}; give another --run-id (or none), or --replace to let these results take the place of \
         the others",
        chain.layout.run_id,
        differences.join("; ")
    )))
}

fn adoption_refused(error: AdoptError) -> Refusal {
    let is_disk = matches!(error, AdoptError::Disk { .. });
    let exit = if is_disk { crate::exit::DISK } else { crate::exit::CONFIGURATION };
    Refusal { message: error.to_string(), exit }
}

/// Where the manifest of adopted files lies: in the run's folder; for a plan only where the run has the same one already.
fn place_of_adopted(layout: &Layout, name: &str, manifest: &Value, purpose: Purpose) -> Result<PathBuf, Refusal> {
    let of_run = layout.input_folder(name).join("manifest.json");
    let is_there = || {
        step_contract::read_strict(&of_run)
            .is_ok_and(|before| step_contract::identity(&before) == step_contract::identity(manifest))
    };
    Ok(match purpose {
        Purpose::Run => of_run,
        Purpose::Plan if is_there() => of_run,
        Purpose::Plan => plan_folder()?.join(name).join("manifest.json"),
    })
}

fn options(args: &RunRequest) -> Options {
    let mut step_options = Vec::new();
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            step_options.extend([name.to_owned(), value]);
        }
    };
    option("--threads", args.threads.map(|threads| threads.to_string()));
    option("--memory", args.memory.clone());
    if args.fail_fast {
        step_options.push("--fail-fast".to_owned());
    }
    Options {
        from_step: args.from_step.clone(),
        to_step: args.to_step.clone(),
        services: args.services.clone(),
        only: args.only.clone(),
        step_options,
        fail_fast: args.fail_fast,
        replace: args.replace,
        command: args.command.clone(),
    }
}

/// Takes a run id (its folder), or checks the one that was given.
fn layout(args: &RunRequest, root: PathBuf, purpose: Purpose) -> Result<(Layout, Started), Refusal> {
    let run_id = match (&args.run_id, purpose) {
        (Some(id), _) if !is_run_id(id) => {
            return Err(Refusal::usage(format!("--run-id {id}: a run id holds only letters, digits and ._+-")));
        }
        (Some(id), _) => id.clone(),
        (None, Purpose::Run) => take_run_id(&root).map_err(|error| Refusal::disk(&root, &error))?,
        (None, Purpose::Plan) => "run-planned".to_owned(),
    };
    let layout = Layout { root, run_id };
    let started = match purpose {
        Purpose::Plan => Started::nothing(),
        Purpose::Run => {
            let folder = layout.run_folder();
            // A run id that was taken just now has its folder already. What a refused shard leaves may belong to the others.
            let is_empty = std::fs::read_dir(&folder).map_or(true, |mut entries| entries.next().is_none());
            let is_new = args.shard.is_none() && is_empty;
            std::fs::create_dir_all(&folder).map_err(|error| Refusal::disk(&folder, &error))?;
            if is_new { Started::run(layout.clone()) } else { Started::nothing() }
        }
    };
    Ok((layout, started))
}

fn plan_folder() -> Result<PathBuf, Refusal> {
    let folder = std::env::temp_dir().join(format!("skyledger-plan-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Refusal::disk(&folder, &error))?;
    Ok(folder)
}

/// Removes what a plan adopted.
pub fn forget_plan() {
    let folder = std::env::temp_dir().join(format!("skyledger-plan-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(folder);
}

/// Label and member of the first step that takes a list of targets.
fn takes_targets(
    workflow: &Workflow,
    descriptions: &BTreeMap<String, Description>,
) -> Result<(String, String), Refusal> {
    let taken = workflow.steps.iter().find_map(|step| {
        let member = descriptions[&step.step].inputs.iter().find(|input| input.product == TARGETS)?;
        Some((step.label.clone(), member.name.clone()))
    });
    taken.ok_or_else(|| Refusal::usage(format!("no step of this workflow takes a {TARGETS}, so it takes no targets")))
}
