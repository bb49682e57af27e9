//! From what was given to a checked configuration with all defaults.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::{Resolved, in_config, overlay, parse_config, set_member, split};
use crate::ended::Ended;
use crate::exit;
use crate::options::Options;
use crate::program::Program;

/// A given configuration with the step's defaults, without the parameters marked `x-execution`.
pub(crate) fn identity_config(program: &Program, given: Value) -> Result<Value, step_contract::ContractError> {
    let schema = (program.config_schema)();
    step_contract::check(Path::new("configuration"), &given, &schema.to_string())?;
    let all = (program.resolve)(given)?;
    Ok(split(all, &schema).identity)
}

/// File, then overlays, flags and settings; checked before and after the defaults are filled in.
pub(crate) fn resolve(program: &Program, options: &Options) -> Result<(Resolved, step_contract::Engine), Ended> {
    let wrong = |message: String| Ended::new(exit::CONTRACT, message);
    let mut given = json!({});
    if let Some(path) = &options.config_file {
        let bytes = fs_err::read(path).map_err(|error| wrong(error.to_string()))?;
        let parsed = (program.config_from)(path, &bytes).unwrap_or_else(|| parse_config(path, &bytes));
        overlay(&mut given, parsed.map_err(|message| wrong(format!("{}: {message}", path.display())))?);
    }
    for over in &options.overlays {
        overlay(&mut given, over.clone());
    }
    for (key, value) in &options.settings {
        let path: Vec<&str> = key.split('.').collect();
        set_member(&mut given, &path, value.clone()).map_err(|message| wrong(format!("--set {key}: {message}")))?;
    }
    let schema = (program.config_schema)();
    let text = schema.to_string();
    let contract = |error| wrong(in_config(error, options.config_file.as_ref()).to_string());
    step_contract::check(Path::new(""), &given, &text).map_err(contract)?;
    let all = (program.resolve)(given).map_err(contract)?;
    step_contract::check(Path::new(""), &all, &text).map_err(contract)?;
    let engine = (program.engine)(all.clone()).map_err(wrong)?;
    if !program.engines.contains(&engine.name.as_str()) {
        return Err(wrong(format!(
            "engine {}: step {} offers {}",
            engine.name,
            program.id,
            program.engines.join(", ")
        )));
    }
    Ok((split(all, &schema), engine))
}
