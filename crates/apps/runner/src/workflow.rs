//! Workflows: the ordered steps of a chain, declared in TOML.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A chain of steps: `workflows/<name>.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// One sentence for people.
    pub description: String,
    /// Name of its configuration: `config/<name>.toml`.
    pub config: String,
    /// Steps in order.
    #[serde(rename = "step")]
    pub steps: Vec<WorkflowStep>,
    /// Rules across steps.
    #[serde(rename = "rule", default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// One step of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowStep {
    /// Label, unique in the workflow: `detect-p2`.
    pub label: String,
    /// Step: `detect`. The label where it is not said.
    #[serde(default)]
    pub step: String,
    /// Folder relative to the root; the run id follows. `data/<label>` where it is not said.
    #[serde(default, deserialize_with = "not_empty")]
    pub folder: String,
    /// Folder of its logs: `logs/<log>/<run_id>.log`. The label where it is not said.
    #[serde(default, deserialize_with = "not_empty")]
    pub log: String,
    /// A second name of the manifest with the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<String>,
    /// Labels bound to input members, where the nearest earlier manifest of the product is not meant, or where there may be none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reads: BTreeMap<String, Vec<String>>,
    /// Optional members that must be bound: to what `reads` names, or else to the nearest earlier manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
}

/// A condition on one value that makes another one necessary: `when = ["psf.engine", "==", "psfex"]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Path of a value, `==` or `!=`, the value.
    pub when: (String, Comparison, toml::Value),
    /// What must then hold.
    pub need: (String, Comparison, toml::Value),
    /// What to tell the user otherwise.
    pub message: String,
}

/// How a rule compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Equal.
    #[serde(rename = "==")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    NotEqual,
}

/// A workflow cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// Not TOML, or not a workflow.
    #[error("{name}: {problem}")]
    Parse {
        /// Name or file.
        name: String,
        /// Place, found, expected, cure.
        problem: String,
    },
    /// A label, folder or name cannot stand.
    #[error("{name}: step {label}: {problem}; mend the workflow")]
    Step {
        /// Name or file.
        name: String,
        /// Label.
        label: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl Workflow {
    /// Reads a workflow; `name` is what errors call it.
    pub fn parse(name: &str, text: &str) -> Result<Self, WorkflowError> {
        let workflow: Self = toml::from_str(text).map_err(|error| {
            let problem = step_harness::toml_problem(text, &error);
            WorkflowError::Parse { name: name.to_owned(), problem }
        })?;
        workflow.completed(name)
    }

    /// A workflow from its tables; `name` is what errors call it.
    pub(crate) fn of_tables(name: &str, tables: toml::Table) -> Result<Self, WorkflowError> {
        let workflow: Self = tables.try_into().map_err(|error: toml::de::Error| WorkflowError::Parse {
            name: name.to_owned(),
            problem: format!("{}; mend the workflow", error.to_string().trim()),
        })?;
        workflow.completed(name)
    }

    /// Fills in what a step need not say, and checks the whole.
    fn completed(mut self, name: &str) -> Result<Self, WorkflowError> {
        for step in &mut self.steps {
            let label = step.label.clone();
            let fill = |place: &mut String, usual: String| {
                if place.is_empty() {
                    *place = usual;
                }
            };
            fill(&mut step.step, label.clone());
            fill(&mut step.folder, format!("data/{label}"));
            fill(&mut step.log, label);
        }
        self.check(name)?;
        Ok(self)
    }

    /// The step of that label and its place.
    pub fn step(&self, label: &str) -> Option<(usize, &WorkflowStep)> {
        self.steps.iter().enumerate().find(|(_, step)| step.label == label)
    }

    /// All labels in order.
    pub fn labels(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.label.as_str()).collect()
    }

    fn check(&self, name: &str) -> Result<(), WorkflowError> {
        if !self.config.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
            let problem = format!("at config: found {:?}, expected a plain name; mend the workflow", self.config);
            return Err(WorkflowError::Parse { name: name.to_owned(), problem });
        }
        let mut labels = BTreeSet::new();
        let mut folders = BTreeSet::new();
        for step in &self.steps {
            let refuse =
                |problem: String| WorkflowError::Step { name: name.to_owned(), label: step.label.clone(), problem };
            if !is_plain_name(&step.label) || !is_plain_name(&step.step) {
                return Err(refuse(format!(
                    "found the label {:?} and the step {:?}, expected names that hold only a-z, 0-9 and -",
                    step.label, step.step
                )));
            }
            if !is_relative_folder(&step.folder) || !is_relative_folder(&step.log) {
                return Err(refuse(format!(
                    "found folder {:?} and log {:?}, expected relative folders without `..`",
                    step.folder, step.log
                )));
            }
            if step.also.as_deref().is_some_and(|also| also.contains('/') || also == "manifest.json") {
                return Err(refuse(format!(
                    "found also = {:?}, expected a plain file name other than manifest.json",
                    step.also.as_deref().unwrap_or_default()
                )));
            }
            for bound in step.reads.values().flatten() {
                if !labels.contains(bound.as_str()) {
                    return Err(refuse(format!(
                        "found a read of {bound}, expected an earlier label ({})",
                        labels.iter().copied().collect::<Vec<_>>().join(", ")
                    )));
                }
            }
            if !labels.insert(step.label.as_str()) {
                return Err(refuse("found its label twice, expected it once".to_owned()));
            }
            if !folders.insert(step.folder.as_str()) {
                return Err(refuse(format!(
                    "found the folder {}, which is another step's, expected one of its own",
                    step.folder
                )));
            }
        }
        Ok(())
    }
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A folder that is said is not empty; one that is not said has its usual name.
fn not_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(serde::de::Error::invalid_value(
            serde::de::Unexpected::Str(""),
            &"a relative folder, or no such line",
        ));
    }
    Ok(text)
}

fn is_relative_folder(folder: &str) -> bool {
    !folder.is_empty()
        && !folder.starts_with('/')
        && !folder.contains('\\')
        && folder.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_STEPS: &str = r#"
        description = "two steps"
        config = "none"
        [[step]]
        label = "mask"
        step = "mask"
        folder = "data/masks"
        log = "mask"
        [[step]]
        label = "detect-p1"
        step = "detect"
        folder = "data/catalogs/p1"
        log = "p1"
        reads = { frames = ["mask"] }
    "#;

    #[test]
    fn a_step_reads_only_from_earlier_labels() {
        Workflow::parse("good", TWO_STEPS).expect("mask stands before detect-p1");
        let swapped = TWO_STEPS.replace("[\"mask\"]", "[\"psf\"]");
        let error = Workflow::parse("bad", &swapped).expect_err("psf is no label").to_string();
        assert_eq!(
            error,
            "bad: step detect-p1: found a read of psf, expected an earlier label (mask); mend the workflow"
        );
    }

    #[test]
    fn labels_and_folders_are_unique_and_stay_inside() {
        for (from, to, word) in [
            ("label = \"detect-p1\"", "label = \"mask\"", "twice"),
            ("data/catalogs/p1", "data/masks", "another step's"),
            ("data/catalogs/p1", "../outside", "relative folders"),
            ("label = \"detect-p1\"", "label = \"a/b\"", "hold only"),
        ] {
            let error = Workflow::parse("bad", &TWO_STEPS.replacen(from, to, 1)).expect_err(word).to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
