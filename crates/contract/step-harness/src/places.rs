//! Where a run reads and writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use step_contract::Arity;

use crate::ended::Ended;
use crate::exit;
use crate::options::Options;
use crate::paths::absolute;
use crate::program::Program;
use crate::source::run_id_at;

/// Where a run writes, known before anything else.
pub(crate) struct Places {
    pub(crate) root: PathBuf,
    pub(crate) out: PathBuf,
    pub(crate) run_id: String,
    pub(crate) label: String,
    pub(crate) log: PathBuf,
    pub(crate) paths: BTreeMap<String, Vec<PathBuf>>,
}

/// Checks names and finds the places.
pub(crate) fn places(program: &Program, options: &Options) -> Result<Places, Ended> {
    let specs = (program.specs)();
    let usage = |message: String| Ended::new(exit::USAGE, message);
    let mut paths: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (name, path) in &options.read {
        if !specs.iter().any(|spec| spec.name == name) {
            let names: Vec<&str> = specs.iter().map(|spec| spec.name).collect();
            return Err(usage(format!("--read {name}: step {} has the inputs {}", program.id, names.join(", "))));
        }
        paths.entry(name.clone()).or_default().push(path.clone());
    }
    for (name, path) in &options.input {
        // Offered to members of that name only; what --read binds wins.
        if specs.iter().any(|spec| spec.name == name && spec.arity != Arity::Run)
            && !options.read.iter().any(|(read, _)| read == name)
        {
            paths.entry(name.clone()).or_default().push(path.clone());
        }
    }
    let label = options.label.clone().unwrap_or_else(|| program.id.to_owned());
    let first =
        || specs.iter().flat_map(|spec| paths.get(spec.name).into_iter().flatten()).find_map(|path| run_id_at(path));
    let run_id = options.run_id.clone().or_else(first).unwrap_or_else(|| "local".to_owned());
    for (what, text) in [("--run-id", &run_id), ("--label", &label)] {
        if !step_contract::is_unit_id(text) {
            return Err(usage(format!("{what} {text:?}: use letters, digits and . _ + -")));
        }
    }
    let root = absolute(options.root.as_deref().unwrap_or(Path::new(".")));
    let log = match &options.log {
        Some(log) => absolute(log),
        None => root.join("logs").join(&label).join(format!("{run_id}.log")),
    };
    Ok(Places { out: absolute(&options.out), root, run_id, label, log, paths })
}
