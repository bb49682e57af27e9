//! What a run was asked, held against what is asked now: a run with results takes no other question, or it would lose them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bindings::Bound;
use crate::chain::{Chain, Options};
use crate::run_json::{RunInput, RunJson};
use crate::workflow::{Workflow, WorkflowStep};

/// Parameter of a step that names its targets.
const TARGETS: &str = "targets";

impl Chain {
    /// How this question differs from the one that the run has answered: targets, files that are offered, workflow and, where the run ended well,
    /// addresses of services; one phrase each. Empty for a run without results. `inputs` are the adopted manifests of this question.
    ///
    /// Configuration is no part of it: a changed parameter makes a step and its followers run again. Only steps that would run are asked for what
    /// they read.
    pub fn other_question(&self, options: &Options, inputs: &[(PathBuf, Value)]) -> Vec<String> {
        let before = match RunJson::read(&self.layout.run_json()) {
            Ok(before) if !before.steps.is_empty() => before,
            _ => return Vec::new(),
        };
        let mut differences = Vec::new();
        let resolved = self.resolved();
        if before.workflow_name != self.workflow_name {
            differences.push(format!("workflow {}, before {}", self.workflow_name, before.workflow_name));
        }
        let answered: BTreeSet<&str> = before.steps.iter().map(|step| step.label.as_str()).collect();
        let asked: Vec<&str> = match self.range(options) {
            Ok(range) => {
                range.iter().map(|step| step.label.as_str()).filter(|label| answered.contains(label)).collect()
            }
            // The range is refused where it is used.
            Err(_) => Vec::new(),
        };
        for label in answered.iter().filter(|label| resolved.workflow.step(label).is_none()) {
            differences.push(format!("without the step {label}, which the run has"));
        }
        let now = resolved.configuration;
        for label in &asked {
            let step = |workflow: &Workflow| workflow.step(label).map(|(_, step)| step.clone());
            if let (Some(now), Some(before)) = (step(&resolved.workflow), step(&before.workflow)) {
                differences.extend(other_step(&now, &before));
            }
            let (now, before) = (&now[*label][TARGETS], &before.configuration[*label][TARGETS]);
            if step_contract::canonical_sha256(now) != step_contract::canonical_sha256(before) {
                differences.push(format!("{label}.{TARGETS} {}, before {}", shown(now), shown(before)));
            }
        }
        differences.extend(self.other_inputs(&before, inputs, &asked));
        // `skyledger merge` asks no service: what it was given says nothing of where the rows came from.
        let is_merge = before.execution.command.iter().take(2).any(|word| word == "merge");
        if options.from_step.is_none() && before.execution.exit == crate::exit::DONE && !is_merge {
            differences.extend(other_services(&services_of(&before.execution.command), &options.services));
        }
        differences
    }

    fn other_inputs(&self, before: &RunJson, inputs: &[(PathBuf, Value)], asked: &[&str]) -> Vec<String> {
        let now: BTreeMap<&str, (&Path, &Value)> = self
            .inputs
            .iter()
            .filter_map(|(name, path)| {
                let (path, manifest) = inputs.iter().find(|(adopted, _)| adopted == path)?;
                Some((name.as_str(), (path.as_path(), manifest)))
            })
            .collect();
        let mut differences = Vec::new();
        for input in before.inputs.iter().filter(|input| asked.iter().any(|label| self.takes(label, &input.name))) {
            match now.get(input.name.as_str()) {
                None => differences.push(format!("nothing is offered as {}, before there was", input.name)),
                Some((_, manifest)) => {
                    differences.extend(other_files(input, &before_of(&self.layout.run_folder(), input), manifest));
                }
            }
        }
        let known: BTreeSet<&str> = before.inputs.iter().map(|input| input.name.as_str()).collect();
        for (name, (path, _)) in now.iter().filter(|(name, _)| !known.contains(*name)) {
            let reads = |label: &&str| {
                let members = self.bindings.by_label.get(*label);
                members.is_some_and(|members| {
                    members.values().flatten().any(|one| *one == Bound::Manifest((*path).to_owned()))
                })
            };
            if let Some(label) = asked.iter().find(|label| reads(label)) {
                differences.push(format!("files are offered as {name}, before {label} had none"));
            }
        }
        differences
    }

    /// Whether a step takes what was offered under that name: `plates` to every member called so, or `label.member`.
    fn takes(&self, label: &str, name: &str) -> bool {
        match name.rsplit_once('.') {
            Some((of, _)) => of == label,
            None => self
                .workflow
                .step(label)
                .is_some_and(|(_, step)| self.descriptions[&step.step].inputs.iter().any(|input| input.name == name)),
        }
    }
}

/// What differs in a step of the workflow as it runs now and as it ran before.
fn other_step(now: &WorkflowStep, before: &WorkflowStep) -> Vec<String> {
    let label = &now.label;
    let mut differences = Vec::new();
    let mut differs = |what: &str, now: &str, before: &str| {
        if now != before {
            differences.push(format!("{label}: {what} {now}, before {before}"));
        }
    };
    differs("step", &now.step, &before.step);
    differs("folder", &now.folder, &before.folder);
    let reads = |step: &WorkflowStep, member: &str| match step.reads.get(member) {
        Some(labels) => labels.join(", "),
        None => "nothing of this run".to_owned(),
    };
    for member in now.reads.keys().chain(before.reads.keys()).collect::<BTreeSet<_>>() {
        differs(&format!("{member} from"), &reads(now, member), &reads(before, member));
    }
    differences
}

fn before_of(folder: &Path, input: &RunInput) -> Value {
    step_contract::read_strict(&folder.join(&input.manifest)).unwrap_or_default()
}

/// The first unit of an input that is no longer offered, or holds something else. More files are no other question.
fn other_files(input: &RunInput, before: &Value, now: &Value) -> Option<String> {
    let now = sums(now);
    sums(before).into_iter().find_map(|(unit, files)| match now.get(unit) {
        None => Some(format!("{} without {unit}, which the run has", input.name)),
        Some(other) if *other != files => Some(format!("{} {unit} with other content", input.name)),
        Some(_) => None,
    })
}

/// Sums of the files of each unit by role.
fn sums(manifest: &Value) -> BTreeMap<&str, BTreeMap<&str, &str>> {
    let units = manifest["units"].as_array().into_iter().flatten();
    units
        .map(|unit| {
            let files = unit["files"].as_object().into_iter().flatten();
            let sums = files.map(|(role, file)| (role.as_str(), file["sha256"].as_str().unwrap_or_default())).collect();
            (unit["unit"].as_str().unwrap_or_default(), sums)
        })
        .collect()
}

/// The addresses that a command line names.
fn services_of(command: &[String]) -> Vec<(String, String)> {
    let mut words = command.iter();
    let mut services = Vec::new();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--service") {
            Some("") => words.next().map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        services
            .extend(value.and_then(|value| value.split_once('=')).map(|(name, url)| (name.to_owned(), url.to_owned())));
    }
    services
}

fn other_services(before: &[(String, String)], now: &[(String, String)]) -> Vec<String> {
    let by_name = |services: &[(String, String)]| -> BTreeMap<String, String> {
        services.iter().map(|(name, url)| (name.clone(), url.clone())).collect()
    };
    let (before, now) = (by_name(before), by_name(now));
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let usual = "its usual address".to_owned();
    names
        .into_iter()
        .map(|name| (name, now.get(name).unwrap_or(&usual), before.get(name).unwrap_or(&usual)))
        .filter(|(_, now, before)| without_port(now) != without_port(before))
        .map(|(name, now, before)| format!("service {name} at {now}, before {before}"))
        .collect()
}

/// A stand-in on this machine has another port each time it is started.
fn without_port(url: &str) -> &str {
    match ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().find(|start| url.starts_with(**start)) {
        Some(start) => &url[..start.len()],
        None => url,
    }
}

/// At most so many characters of a value.
fn shown(value: &Value) -> String {
    const MAX_CHARS: usize = 80;
    match value {
        Value::Null => "none".to_owned(),
        value => {
            let text = value.to_string();
            match text.char_indices().nth(MAX_CHARS) {
                Some((at, _)) => format!("{} ...", &text[..at]),
                None => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Vec<(String, String)> {
        services_of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn services_are_read_from_both_spellings_of_the_option() {
        let both = command(&["run", "--service", "vizier=http://a", "--service=stsci-dss=http://b", "--services"]);
        assert_eq!(both, [("vizier".into(), "http://a".into()), ("stsci-dss".into(), "http://b".into())]);
    }

    #[test]
    fn another_port_of_a_stand_in_is_no_other_service() {
        let at = |url: &str| vec![("vizier".to_owned(), url.to_owned())];
        assert!(other_services(&at("http://127.0.0.1:1"), &at("http://127.0.0.1:2")).is_empty());
        assert_eq!(
            other_services(&at("http://127.0.0.1:1"), &[]),
            ["service vizier at its usual address, before http://127.0.0.1:1"]
        );
        assert_eq!(other_services(&at("https://a"), &at("https://b")).len(), 1);
    }

    #[test]
    fn more_files_are_no_other_question_and_other_ones_are() {
        let input = RunInput { name: "plates".into(), manifest: String::new(), identity: String::new() };
        let manifest = |units: &[(&str, &str)]| {
            let units: Vec<Value> = units
                .iter()
                .map(|(unit, sum)| serde_json::json!({"unit": unit, "files": {"raw": {"sha256": sum}}}))
                .collect();
            serde_json::json!({"units": units})
        };
        let before = manifest(&[("a", "1"), ("b", "2")]);
        assert_eq!(other_files(&input, &before, &manifest(&[("a", "1"), ("b", "2"), ("c", "3")])), None);
        let gone = other_files(&input, &before, &manifest(&[("a", "1")]));
        assert_eq!(gone.as_deref(), Some("plates without b, which the run has"));
        let changed = other_files(&input, &before, &manifest(&[("a", "1"), ("b", "9")]));
        assert_eq!(changed.as_deref(), Some("plates b with other content"));
    }
}
