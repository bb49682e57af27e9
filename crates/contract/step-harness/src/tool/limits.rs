//! How much an engine may take, in a step's configuration.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of an engine that is a program of its own; they change no result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EngineLimits {
    /// Its run for one unit is killed after this time (unit s; default 600).
    #[schemars(range(min = 1.0, max = 86400.0), extend("x-execution" = true))]
    pub time_s: f64,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self { time_s: 600.0 }
    }
}

impl EngineLimits {
    /// The limit of time.
    pub fn time(&self) -> Duration {
        Duration::try_from_secs_f64(self.time_s).unwrap_or(Duration::MAX)
    }
}
