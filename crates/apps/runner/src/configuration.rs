//! Configuration: one table a label, from a file and from `--set`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::description::Description;
use crate::workflow::{Comparison, Workflow};

/// What the user asked for, by label. Defaults are not here: each step adds its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    tables: BTreeMap<String, Value>,
    run: RunSettings,
}

/// `[run]` of a configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSettings {
    /// Stop after so many failed units of one step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_failed_units: Option<u64>,
}

/// A configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// Not TOML.
    #[error("{name}: {problem}")]
    Parse {
        /// File or option.
        name: String,
        /// Place, found, expected, cure.
        problem: String,
    },
    /// A table of a label that the workflow does not have.
    #[error("{name}: found the table [{label}], expected labels of the workflow ({labels}); rename or remove it")]
    UnknownLabel {
        /// File or option.
        name: String,
        /// Table.
        label: String,
        /// Those that there are.
        labels: String,
    },
    /// `--set` without a label, a path or a value.
    #[error("--set {text}: {problem}; expected LABEL.PATH=VALUE such as detect-p1.detect.threshold_sigma=4")]
    Set {
        /// What was typed.
        text: String,
        /// What is wrong.
        problem: String,
    },
    /// A rule of the workflow does not hold.
    #[error("{message} (rule: when {when}, {need})")]
    Rule {
        /// What to do.
        message: String,
        /// Condition.
        when: String,
        /// What must hold.
        need: String,
    },
}

impl Configuration {
    /// Reads a configuration file; every table must be a label of the workflow (or `run`).
    pub fn parse(name: &str, text: &str, workflow: &Workflow) -> Result<Self, ConfigurationError> {
        let refuse = |problem: String| ConfigurationError::Parse { name: name.to_owned(), problem };
        Self::of_tables(name, step_harness::parse_toml(text).map_err(refuse)?, workflow)
    }

    /// From the tables of a file; every table must be a label of the workflow (or `run`).
    pub(crate) fn of_tables(name: &str, tables: Value, workflow: &Workflow) -> Result<Self, ConfigurationError> {
        let mut tables: BTreeMap<String, Value> = tables.as_object().cloned().unwrap_or_default().into_iter().collect();
        let run = match tables.remove("run") {
            None => RunSettings::default(),
            Some(table) => serde_json::from_value(table).map_err(|error| ConfigurationError::Set {
                text: format!("[run] of {name}"),
                problem: error.to_string(),
            })?,
        };
        for label in tables.keys() {
            if workflow.step(label).is_none() {
                return Err(ConfigurationError::UnknownLabel {
                    name: name.to_owned(),
                    label: label.clone(),
                    labels: workflow.labels().join(", "),
                });
            }
        }
        Ok(Self { tables, run })
    }

    /// Overrides one value: `detect-p1.detect.threshold_sigma=4`. The value is TOML; a word that is not is taken as text.
    pub fn set(&mut self, text: &str, workflow: &Workflow) -> Result<(), ConfigurationError> {
        let refuse = |problem: &str| ConfigurationError::Set { text: text.to_owned(), problem: problem.to_owned() };
        let (path, value) = text.split_once('=').ok_or_else(|| refuse("there is no ="))?;
        let value = parse_value(value.trim());
        let mut parts = path.trim().split('.');
        let label = parts.next().filter(|label| !label.is_empty()).ok_or_else(|| refuse("there is no label"))?;
        let path: Vec<&str> = parts.collect();
        if path.is_empty() || path.iter().any(|part| part.is_empty()) {
            return Err(refuse("there is no parameter"));
        }
        if label == "run" && path == ["max_failed_units"] {
            let limit = value.as_u64().ok_or_else(|| refuse("max_failed_units is a whole number"))?;
            self.run.max_failed_units = Some(limit);
            return Ok(());
        }
        if workflow.step(label).is_none() {
            return Err(refuse(&format!("{label} is not a label ({})", workflow.labels().join(", "))));
        }
        self.put(label, &path, value).map_err(|problem| refuse(&problem))
    }

    /// Puts a value at a path below a label, making tables on the way.
    pub fn put(&mut self, label: &str, path: &[&str], value: Value) -> Result<(), String> {
        let empty = || Value::Object(serde_json::Map::new());
        let mut place = self.tables.entry(label.to_owned()).or_insert_with(empty);
        for part in path {
            place = place
                .as_object_mut()
                .ok_or_else(|| format!("the value before {part} is not a table"))?
                .entry((*part).to_owned())
                .or_insert_with(empty);
        }
        *place = value;
        Ok(())
    }

    /// What was asked for of that label (an empty table if nothing was).
    pub fn of(&self, label: &str) -> Value {
        self.tables.get(label).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()))
    }

    /// `[run]`.
    pub const fn run(&self) -> RunSettings {
        self.run
    }

    /// All tables as one value, for `run.json`.
    pub fn to_value(&self) -> Value {
        let mut all: serde_json::Map<String, Value> = self.tables.clone().into_iter().collect();
        if self.run != RunSettings::default() {
            all.insert("run".to_owned(), serde_json::to_value(self.run).unwrap_or_default());
        }
        Value::Object(all)
    }

    /// Holds the rules of the workflow against the values, defaults included.
    pub fn check_rules(
        &self,
        workflow: &Workflow,
        descriptions: &BTreeMap<String, Description>,
    ) -> Result<(), ConfigurationError> {
        let holds = |(path, comparison, expected): &(String, Comparison, toml::Value)| {
            let mut parts = path.split('.');
            let label = parts.next().unwrap_or_default();
            let path: Vec<&str> = parts.collect();
            let given = self.of(label);
            let found = workflow
                .step(label)
                .and_then(|(_, step)| descriptions.get(&step.step))
                .and_then(|description| description.value_at(&given, &path).cloned());
            let expected = serde_json::to_value(expected).ok();
            (found == expected) == (*comparison == Comparison::Equal)
        };
        let words = |(path, comparison, value): &(String, Comparison, toml::Value)| {
            let sign = if *comparison == Comparison::Equal { "==" } else { "!=" };
            format!("{path} {sign} {value}")
        };
        for rule in &workflow.rules {
            if holds(&rule.when) && !holds(&rule.need) {
                return Err(ConfigurationError::Rule {
                    message: rule.message.clone(),
                    when: words(&rule.when),
                    need: words(&rule.need),
                });
            }
        }
        Ok(())
    }
}

fn parse_value(text: &str) -> Value {
    let table: Result<BTreeMap<String, Value>, _> = toml::from_str(&format!("value = {text}"));
    match table {
        Ok(mut table) if table.len() == 1 => table.remove("value").unwrap_or_default(),
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow() -> Workflow {
        Workflow::parse(
            "w",
            r#"
            description = "d"
            config = "c"
            [[step]]
            label = "psf"
            step = "psf"
            folder = "data/psf"
            log = "psf"
            [[step]]
            label = "detect-p1"
            step = "detect"
            folder = "data/p1"
            log = "p1"
            [[rule]]
            when = ["psf.engine", "==", "psfex"]
            need = ["detect-p1.detect.vignet", "==", true]
            message = "PSFEx reads VIGNET: set detect-p1.detect.vignet = true"
            "#,
        )
        .expect("a workflow")
    }

    fn description(step: &str, schema: Value) -> (String, Description) {
        let description = Description {
            step: step.to_owned(),
            version: "1".to_owned(),
            scope: step_contract::Scope::Unit,
            kinds: Vec::new(),
            inputs: Vec::new(),
            output: step_contract::ProductRef { name: "x".to_owned(), version: 1 },
            config_schema: schema,
            engines: Vec::new(),
            memory_bytes: 0,
            events: false,
            always_runs: false,
            pixel_roles: Vec::new(),
            dashboard_role: None,
            page_role: None,
            explained_roles: BTreeMap::new(),
        };
        (step.to_owned(), description)
    }

    #[test]
    fn set_takes_toml_values_and_bare_words() {
        let workflow = workflow();
        let mut configuration = Configuration::default();
        for text in ["detect-p1.detect.threshold_sigma=4.5", "psf.engine=psfex", "psf.names=[\"a\", \"b\"]"] {
            configuration.set(text, &workflow).expect(text);
        }
        assert_eq!(configuration.of("detect-p1")["detect"]["threshold_sigma"], 4.5);
        assert_eq!(configuration.of("psf")["engine"], "psfex");
        assert_eq!(configuration.of("psf")["names"][1], "b");
        for text in ["detect-p1=4", "nobody.x=1", "psf.engine", "psf.engine.deeper=1"] {
            configuration.set(text, &workflow).expect_err(text);
        }
    }

    #[test]
    fn a_rule_sees_defaults_and_given_values() {
        let workflow = workflow();
        let descriptions: BTreeMap<String, Description> = [
            description("psf", serde_json::json!({"properties": {"engine": {"default": "native"}}})),
            description(
                "detect",
                serde_json::json!({
                    "properties": {"detect": {"$ref": "#/$defs/D"}},
                    "$defs": {"D": {"properties": {"vignet": {"default": false}}}}
                }),
            ),
        ]
        .into();
        let mut configuration = Configuration::default();
        configuration.check_rules(&workflow, &descriptions).expect("the native engine needs no VIGNET");
        configuration.set("psf.engine=psfex", &workflow).expect("a value");
        let error = configuration.check_rules(&workflow, &descriptions).expect_err("VIGNET is off by default");
        assert!(error.to_string().starts_with("PSFEx reads VIGNET"), "{error}");
        configuration.set("detect-p1.detect.vignet=true", &workflow).expect("a value");
        configuration.check_rules(&workflow, &descriptions).expect("VIGNET is on");
    }

    #[test]
    fn a_table_of_no_label_is_refused_with_the_labels() {
        let error = Configuration::parse("config/x.toml", "[detect]\nx = 1\n", &workflow()).expect_err("no such label");
        assert_eq!(
            error.to_string(),
            "config/x.toml: found the table [detect], expected labels of the workflow (psf, detect-p1); rename or remove it"
        );
    }
}
