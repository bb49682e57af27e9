//! Workflows and configurations: those inside the program, and files.

use std::path::Path;

use runner::{Configuration, Workflow};

/// The built-in workflows with their configurations.
const BUILT_IN: &[(&str, &str, &str)] = &[
    ("vanished", include_str!("../../../../workflows/vanished.toml"), include_str!("../../../../config/vanished.toml")),
    ("vasco", include_str!("../../../../workflows/vasco.toml"), include_str!("../../../../config/vasco.toml")),
    ("random", include_str!("../../../../workflows/random.toml"), include_str!("../../../../config/random.toml")),
];

/// A workflow with the name that run.json gives it, and its own configuration.
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) workflow: Workflow,
    pub(crate) configuration: Configuration,
    /// File of the configuration.
    pub(crate) config_name: String,
}

/// Loads a workflow by name or path, with its configuration or the one of `--config`.
pub(crate) fn load(name_or_path: &str, config: Option<&Path>) -> Result<Loaded, String> {
    let built_in = BUILT_IN.iter().find(|(name, _, _)| *name == name_or_path);
    let (name, workflow, own_config) = match built_in {
        Some((name, workflow, config)) => {
            let workflow = Workflow::parse(&format!("workflows/{name}.toml"), workflow).map_err(text)?;
            ((*name).to_owned(), workflow, Some((format!("config/{name}.toml"), (*config).to_owned())))
        }
        None => from_file(Path::new(name_or_path))?,
    };
    let given = match config {
        Some(path) => Some((path.display().to_string(), read(path)?)),
        None => own_config,
    };
    let (config_name, config_text) = given.ok_or_else(|| {
        format!(
            "workflow {name}: config/{}.toml is neither beside it nor built in; give one with --config",
            workflow.config
        )
    })?;
    let configuration = Configuration::parse(&config_name, &config_text, &workflow).map_err(text)?;
    Ok(Loaded { name, workflow, configuration, config_name })
}

type NameAndText = (String, String);

/// A workflow from a file; its configuration lies in `../config` or beside it, or is built in.
fn from_file(path: &Path) -> Result<(String, Workflow, Option<NameAndText>), String> {
    if !path.is_file() {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _, _)| *name).collect();
        return Err(format!(
            "{}: no such workflow; built in are {}, or give the path of a file",
            path.display(),
            names.join(", ")
        ));
    }
    let workflow = Workflow::parse(&path.display().to_string(), &read(path)?).map_err(text)?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = format!("{}.toml", workflow.config);
    let beside = [folder.join("../config").join(&file), folder.join("config").join(&file)];
    let config = match beside.iter().find(|candidate| candidate.is_file()) {
        Some(found) => Some((found.display().to_string(), read(found)?)),
        None => BUILT_IN
            .iter()
            .find(|(name, _, _)| *name == workflow.config)
            .map(|(name, _, config)| (format!("config/{name}.toml"), (*config).to_owned())),
    };
    Ok((name, workflow, config))
}

fn read(path: &Path) -> Result<String, String> {
    fs_err::read_to_string(path).map_err(text)
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
