//! What a chain really is: every read written out, every value with its default.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::bindings::Bound;
use crate::chain::Chain;
use crate::workflow::Workflow;

/// A workflow and its configuration with nothing left to look up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resolved {
    /// Name of the workflow.
    pub workflow_name: String,
    /// One table a label, defaults included (those of a foreign step only it knows).
    pub configuration: Value,
    /// The workflow with what each member of each step reads.
    pub workflow: Workflow,
}

impl Chain {
    /// The workflow and configuration as they stand in `run.json` and `plan --resolved` prints them.
    pub fn resolved(&self) -> Resolved {
        Resolved {
            workflow_name: self.workflow_name.clone(),
            configuration: self.resolved_configuration(),
            workflow: self.resolved_workflow(),
        }
    }

    /// Each value as given, over the step's defaults.
    fn resolved_configuration(&self) -> Value {
        let Value::Object(mut tables) = self.configuration.to_value() else { return Value::Null };
        for step in &self.workflow.steps {
            let given = self.configuration.of(&step.label);
            let mut values = match self.steps.resolve(&step.step, &given) {
                Ok(Some(values)) => values,
                Ok(None) | Err(_) => Value::Object(Map::new()),
            };
            step_harness::overlay(&mut values, given);
            tables.insert(step.label.clone(), values);
        }
        Value::Object(tables)
    }

    /// Each step with the labels that its members read; what comes from outside stands in `inputs` of `run.json`.
    fn resolved_workflow(&self) -> Workflow {
        let mut workflow = self.workflow.clone();
        for step in &mut workflow.steps {
            let members = self.bindings.by_label.get(&step.label).into_iter().flatten();
            // A member that takes the whole run has no product.
            let takes_run = |member: &str| {
                let inputs = &self.descriptions[&step.step].inputs;
                inputs.iter().any(|input| input.name == member && input.arity == step_contract::Arity::Run)
            };
            step.reads = members
                .filter(|(member, _)| !takes_run(member))
                .filter_map(|(member, bound)| {
                    let labels: Vec<String> = bound
                        .iter()
                        .filter_map(|one| match one {
                            Bound::Label(label) => Some(label.clone()),
                            Bound::Manifest(_) => None,
                        })
                        .collect();
                    (!labels.is_empty()).then(|| (member.clone(), labels))
                })
                .collect();
        }
        workflow
    }
}
