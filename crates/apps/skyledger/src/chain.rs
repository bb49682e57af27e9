//! From the command line to a bound and configured chain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner::{Bindings, Chain, Configuration, Description, Layout, Options, Outside, Steps, Workflow};
use step_contract::ContractError;

use crate::cli::RunArgs;
use crate::workflows::{Loaded, load};

/// Why a chain cannot be prepared: the sentence and the exit code.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) exit: u8,
}

/// A chain with its options.
pub(crate) struct Prepared<'a> {
    pub(crate) chain: Chain<'a>,
    pub(crate) options: Options,
}

/// How far preparing may go: a plan takes no run id and leaves nothing behind but a temporary folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Run,
    Plan,
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

/// Loads, configures, adopts and binds.
pub(crate) fn prepare<'a>(
    args: &RunArgs,
    steps: &'a Steps,
    purpose: Purpose,
    command: Vec<String>,
) -> Result<Prepared<'a>, Refusal> {
    let Loaded { name, workflow, mut configuration, config_name } =
        load(&args.workflow, args.config.as_deref()).map_err(configuration_refused)?;
    for text in &args.set {
        configuration.set(text, &workflow).map_err(configuration_refused)?;
    }
    if let (Some(ra_deg), Some(dec_deg)) = (args.ra, args.dec) {
        let label = label_of_step(&workflow, "tiling")?;
        let target = serde_json::json!([{"ra_deg": ra_deg, "dec_deg": dec_deg}]);
        configuration.put(&label, &["targets"], target).map_err(configuration_refused)?;
    }
    let of_workflow = |error: String| configuration_refused(format!("workflow {name}: {error}"));
    let descriptions = steps.describe_all(&workflow).map_err(|error| of_workflow(error.to_string()))?;
    check_values(&workflow, &descriptions, &configuration, Path::new(&config_name)).map_err(configuration_refused)?;
    configuration.check_rules(&workflow, &descriptions).map_err(configuration_refused)?;
    let root = std::path::absolute(&args.root).map_err(|error| disk_refused(&args.root, &error))?;
    let layout = layout(args, root, purpose)?;
    let input_root = match purpose {
        Purpose::Run => layout.run_folder().join("inputs"),
        Purpose::Plan if layout.run_folder().join("inputs").is_dir() => layout.run_folder().join("inputs"),
        Purpose::Plan => plan_folder()?,
    };
    let mut outside = Outside::default();
    let mut inputs = Vec::new();
    let adopt = |product: &str, name: &str, paths: &[PathBuf]| {
        let product = products::ALL
            .iter()
            .find(|entry| entry.name == product)
            .ok_or_else(|| configuration_refused(format!("{product} is not a product of this release")))?;
        runner::adopt(product, name, paths, &input_root.join(name), build_identity::BUILD).map_err(|error| {
            let is_disk = matches!(error, runner::AdoptError::Disk { .. });
            let exit = if is_disk { runner::exit::DISK } else { runner::exit::CONFIGURATION };
            Refusal { message: error.to_string(), exit }
        })
    };
    for (input, folder) in &args.input {
        let folder = PathBuf::from(folder);
        if !folder.is_dir() {
            return Err(usage_refused(format!("--input {input}={}: is not a folder", folder.display())));
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
            return Err(usage_refused(format!("--input {input}: no step of {name} asks for an input of that name")));
        };
        let manifest = adopt(product, input, std::slice::from_ref(&folder))?;
        inputs.push((input.clone(), manifest.clone()));
        for (label, _) in members {
            outside.inputs.insert((label, input.clone()), manifest.clone());
        }
    }
    let mut reads = args.read.clone();
    if let Some(file) = &args.targets {
        let label = label_of_step(&workflow, "tiling")?;
        reads.push((format!("{label}.targets"), file.display().to_string()));
    }
    for (bound, path) in &reads {
        let (label, member) = bound
            .rsplit_once('.')
            .ok_or_else(|| usage_refused(format!("--read {bound}={path}: expected LABEL.INPUT=PATH")))?;
        let path = PathBuf::from(path);
        if !path.exists() {
            return Err(usage_refused(format!("--read {bound}={}: is not there", path.display())));
        }
        let product = workflow
            .step(label)
            .and_then(|(_, step)| descriptions[&step.step].inputs.iter().find(|input| input.name == member))
            .map(|input| input.product.clone());
        let manifest = match (product, path.is_dir(), runner::is_manifest(&path)) {
            (_, _, true) => std::path::absolute(&path).map_err(|error| disk_refused(&path, &error))?,
            (_, true, _) if path.join("manifest.json").is_file() => {
                std::path::absolute(path.join("manifest.json")).map_err(|error| disk_refused(&path, &error))?
            }
            (Some(product), _, _) => {
                let manifest = adopt(&product, bound, std::slice::from_ref(&path))?;
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
        steps,
        products: products::ALL,
        layout,
        inputs,
        build: build_identity::BUILD.to_owned(),
        shard: args.shard,
    };
    Ok(Prepared { chain, options: options(args, command) })
}

fn options(args: &RunArgs, command: Vec<String>) -> Options {
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
        services: args.service.clone(),
        only: args.only.clone(),
        step_options,
        fail_fast: args.fail_fast,
        command,
    }
}

/// Takes a run id (its folder), or checks the one that was given.
fn layout(args: &RunArgs, root: PathBuf, purpose: Purpose) -> Result<Layout, Refusal> {
    let run_id = match (&args.run_id, purpose) {
        (Some(id), _) if !runner::is_run_id(id) => {
            return Err(usage_refused(format!("--run-id {id}: a run id holds only letters, digits and ._+-")));
        }
        (Some(id), _) => id.clone(),
        (None, Purpose::Run) => runner::take_run_id(&root).map_err(|error| disk_refused(&root, &error))?,
        (None, Purpose::Plan) => "run-planned".to_owned(),
    };
    let layout = Layout { root, run_id };
    if purpose == Purpose::Run {
        let folder = layout.run_folder();
        std::fs::create_dir_all(&folder).map_err(|error| disk_refused(&folder, &error))?;
    }
    Ok(layout)
}

fn plan_folder() -> Result<PathBuf, Refusal> {
    let folder = std::env::temp_dir().join(format!("skyledger-plan-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| disk_refused(&folder, &error))?;
    Ok(folder)
}

/// Removes what a plan adopted.
pub(crate) fn forget_plan() {
    let folder = std::env::temp_dir().join(format!("skyledger-plan-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(folder);
}

fn label_of_step(workflow: &runner::Workflow, id: &str) -> Result<String, Refusal> {
    workflow
        .steps
        .iter()
        .find(|step| step.step == id)
        .map(|step| step.label.clone())
        .ok_or_else(|| usage_refused(format!("this workflow has no step {id}, so it takes no targets")))
}

fn configuration_refused(error: impl ToString) -> Refusal {
    Refusal { message: error.to_string(), exit: runner::exit::CONFIGURATION }
}

fn usage_refused(message: String) -> Refusal {
    Refusal { message, exit: runner::exit::USAGE }
}

fn disk_refused(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal { message: format!("{}: {error}", path.display()), exit: runner::exit::DISK }
}
