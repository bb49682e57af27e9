//! What happens in a run, as one stream: each line of `events.jsonl` is an [`EventLine`], each line that a step writes is an [`Event`].
//!
//! Events are execution: they are in no manifest and nothing is verified against them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::parts::Status;
use crate::reason::Reason;

/// One line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventLine {
    /// Place in the stream of the run, from 1. A resumed run goes on counting.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub number: u64,
    /// When the runner wrote it, UTC: `2026-11-30T20:00:34.123Z`.
    pub time: String,
    /// Label of the step that it is about; none where it is about the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A command began to work on the run.
    RunStarted {
        /// Run id.
        run_id: String,
        /// Name of the workflow.
        workflow: String,
        /// Labels that will run, in order.
        steps: Vec<String>,
        /// Command line that resumes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<String>,
    },
    /// The program of a step is started.
    StepCalled {
        /// Step.
        step: String,
    },
    /// The step knows its units.
    StepStarted {
        /// Units in all.
        units: u64,
        /// Units that it has to make; of the others the earlier result is taken, or they cannot be made.
        to_make: u64,
    },
    /// The work on a unit begins.
    UnitStarted {
        /// Unit.
        unit: String,
    },
    /// A unit ended. Units whose earlier result is reused have no event of their own.
    UnitEnded {
        /// Unit.
        unit: String,
        /// How.
        status: Status,
        /// Why, where it is not done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// Wall time of its work.
        seconds: f64,
    },
    /// How far a step is.
    Progress {
        /// Units of those to make that have ended.
        done: u64,
        /// Units to make.
        of: u64,
        /// Units a second since the step started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        units_per_second: Option<f64>,
    },
    /// Something odd that ends nothing.
    Warning {
        /// Unit that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// One word in snake_case, where the manifest notes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warning: Option<String>,
        /// One sentence for people.
        message: String,
    },
    /// A sentence for people.
    Message {
        /// Whether it says why something failed.
        is_error: bool,
        /// Unit that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// The sentence.
        message: String,
    },
    /// A step ended.
    StepEnded {
        /// Exit code.
        exit: u8,
        /// Units by status.
        units: BTreeMap<String, u64>,
        /// Units whose earlier result was taken.
        reused: u64,
        /// Wall time.
        seconds: f64,
    },
    /// The command ended its work on the run.
    RunEnded {
        /// Exit code.
        exit: u8,
        /// What was found: the counts of each manifest's payload, by label.
        found: BTreeMap<String, BTreeMap<String, f64>>,
        /// Why it stopped before its end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<String>,
        /// Command line that resumes it, where something is left to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<String>,
    },
}

/// The schema of a line of `events.jsonl`, derived from the types; the one checked in as `schemas/events-1.json` must equal it.
pub fn event_schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<EventLine>().to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_schema_is_that_of_the_types_and_takes_a_line() {
        let schema = crate::schema_text(&event_schema());
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/events-1.json");
        let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
        if checked_in != schema {
            std::fs::write(&file, &schema).expect("the schema is rewritten");
        }
        assert_eq!(checked_in, schema, "it was stale and is rewritten: look at it and check it in");
        let reason = Reason::new("no_coverage", "no plate covers it");
        let event = Event::UnitEnded {
            unit: "a".to_owned(),
            status: Status::Unprocessable,
            reason: Some(reason),
            seconds: 1.5,
        };
        let line = EventLine { number: 7, time: "2026-11-30T20:00:34.123Z".to_owned(), label: None, event };
        let json = serde_json::to_value(&line).expect("JSON");
        assert_eq!(json["event"]["kind"], "unit-ended");
        assert_eq!(json["event"]["status"], "unprocessable");
        assert!(schema_check::problems(&schema, &json).is_empty(), "{json}");
        let again: EventLine = serde_json::from_value(json).expect("a line");
        assert_eq!(again, line);
    }
}
