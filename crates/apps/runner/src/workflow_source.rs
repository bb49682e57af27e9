//! Workflows and configurations: those inside the program, and files. Either may extend another one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::configuration::Configuration;
use crate::extends::{EXTENDS, lay_over, name_of_base};
use crate::workflow::Workflow;

/// A workflow that a program brings along, with its configuration.
#[derive(Clone, Copy, Debug)]
pub struct BuiltInWorkflow {
    /// Name.
    pub name: &'static str,
    /// Text of `workflows/<name>.toml`.
    pub workflow: &'static str,
    /// Text of `config/<name>.toml`.
    pub config: &'static str,
}

/// A workflow with the name that run.json gives it, and its own configuration.
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) workflow: Workflow,
    pub(crate) configuration: Configuration,
    /// File of the configuration.
    pub(crate) config_name: String,
}

/// A text with the name that errors give it, and the folder that it lies in.
struct Source {
    shown: String,
    text: String,
    folder: Option<PathBuf>,
}

/// Loads a workflow by name or path, with its configuration or the one of `config`.
pub(crate) fn load(built_in: &[BuiltInWorkflow], name_or_path: &str, config: Option<&Path>) -> Result<Loaded, String> {
    let source = workflow_source(built_in, name_or_path, None)?;
    let name = Path::new(name_or_path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let workflow = workflow_of(built_in, &source, &mut Vec::new())?;
    let given = match config {
        Some(path) => Source::file(path)?,
        None => config_source(built_in, &workflow.config, source.folder.as_deref()).ok_or_else(|| {
            format!(
                "workflow {name}: config/{}.toml is neither beside it nor built in; give one with --config",
                workflow.config
            )
        })??,
    };
    let tables = config_of(built_in, &given, &workflow, &mut Vec::new())?;
    let configuration = Configuration::of_tables(&given.shown, tables, &workflow).map_err(text)?;
    Ok(Loaded { name, workflow, configuration, config_name: given.shown })
}

/// The workflow of a text, laid over the one that it extends.
fn workflow_of(built_in: &[BuiltInWorkflow], source: &Source, below: &mut Vec<String>) -> Result<Workflow, String> {
    let own: toml::Table = source
        .text
        .parse()
        .map_err(|error| format!("{}: {}", source.shown, step_harness::toml_problem(&source.text, &error)))?;
    if !own.contains_key(EXTENDS) {
        return Workflow::parse(&source.shown, &source.text).map_err(text);
    }
    let base_name = name_of_base(&source.shown, own.get(EXTENDS).and_then(toml::Value::as_str), below)?;
    let base = workflow_source(built_in, &base_name, source.folder.as_deref())?;
    let base = workflow_of(built_in, &base, below)?;
    let tables = lay_over(base, own).map_err(|problem| format!("{}: {problem}", source.shown))?;
    Workflow::of_tables(&source.shown, tables).map_err(text)
}

/// The tables of a configuration, laid over the one that it extends.
fn config_of(
    built_in: &[BuiltInWorkflow],
    source: &Source,
    workflow: &Workflow,
    below: &mut Vec<String>,
) -> Result<Value, String> {
    let named = |problem: String| format!("{}: {problem}", source.shown);
    let mut own = step_harness::parse_toml(&source.text).map_err(named)?;
    let Some(extends) = own.as_object_mut().and_then(|own| own.remove(EXTENDS)) else { return Ok(own) };
    let base_name = name_of_base(&source.shown, extends.as_str(), below)?;
    let base = config_source(built_in, &base_name, source.folder.as_deref()).ok_or_else(|| {
        named(format!("config/{base_name}.toml, which it extends, is neither beside it nor built in"))
    })??;
    let mut tables = config_of(built_in, &base, workflow, below)?;
    if let Some(tables) = tables.as_object_mut() {
        // Of a label that this workflow does not have the base has nothing to say.
        tables.retain(|label, _| label == "run" || workflow.step(label).is_some());
    }
    step_harness::overlay(&mut tables, own);
    Ok(tables)
}

/// A workflow by name or path; a workflow that another one extends may lie beside that.
fn workflow_source(built_in: &[BuiltInWorkflow], name: &str, beside: Option<&Path>) -> Result<Source, String> {
    if let Some(file) = beside.map(|folder| folder.join(format!("{name}.toml"))).filter(|file| file.is_file()) {
        return Source::file(&file);
    }
    if let Some(found) = built_in.iter().find(|found| found.name == name) {
        return Ok(Source { shown: format!("workflows/{name}.toml"), text: found.workflow.to_owned(), folder: None });
    }
    if Path::new(name).is_file() {
        return Source::file(Path::new(name));
    }
    let names: Vec<&str> = built_in.iter().map(|found| found.name).collect();
    Err(format!("{name}: no such workflow; built in are {}, or give the path of a file", names.join(", ")))
}

/// A configuration by name: in `../config`, in `config` or beside the file that names it, or built in.
fn config_source(built_in: &[BuiltInWorkflow], name: &str, beside: Option<&Path>) -> Option<Result<Source, String>> {
    let file = format!("{name}.toml");
    let places = beside.map(|folder| [folder.join("../config").join(&file), folder.join("config").join(&file)]);
    if let Some(found) = places.into_iter().flatten().find(|candidate| candidate.is_file()) {
        return Some(Source::file(&found));
    }
    let found = built_in.iter().find(|found| found.name == name)?;
    Some(Ok(Source { shown: format!("config/{file}"), text: found.config.to_owned(), folder: None }))
}

impl Source {
    fn file(path: &Path) -> Result<Self, String> {
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Self {
            shown: path.display().to_string(),
            text: fs_err::read_to_string(path).map_err(text)?,
            folder: Some(folder),
        })
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
