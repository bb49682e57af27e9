//! How a service is asked. Nothing of it changes an answer, so every member is marked `x-execution`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Tries, waits and limits of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TransferSettings {
    /// Tries after the first one, for failures that may pass. Source: the survey plan.
    #[schemars(range(max = 20), extend("x-execution" = true, "x-flag" = "--retry"))]
    pub retry: u32,
    /// The n-th wait (n = 0, 1, ...) is `first_wait_s` times this to the power n. Source: the survey plan.
    #[schemars(range(min = 1.0, max = 10.0), extend("x-execution" = true, "x-flag" = "--backoff"))]
    pub backoff: f64,
    /// First wait, s.
    #[schemars(range(min = 0.0, max = 600.0), extend("x-execution" = true))]
    pub first_wait_s: f64,
    /// Each wait is drawn between 1 minus and 1 plus this share of itself, so that many clients do not come back together.
    #[schemars(range(min = 0.0, max = 0.9), extend("x-execution" = true))]
    pub jitter: f64,
    /// Longest wait that a service may ask for with `Retry-After`, s.
    #[schemars(range(min = 0.0, max = 86400.0), extend("x-execution" = true))]
    pub retry_after_max_s: f64,
    /// Pause between two requests to one service, s: archives ask for it.
    #[schemars(range(min = 0.0, max = 600.0), extend("x-execution" = true))]
    pub gap_s: f64,
    /// Time to open a connection, s.
    #[schemars(range(min = 0.05, max = 600.0), extend("x-execution" = true))]
    pub connect_timeout_s: f64,
    /// Longest silence of a connection, s.
    #[schemars(range(min = 0.05, max = 3600.0), extend("x-execution" = true))]
    pub read_timeout_s: f64,
    /// Time of a whole answer, s; for large files the time that they need at 100 kB/s is added.
    #[schemars(range(min = 0.05, max = 86400.0), extend("x-execution" = true))]
    pub total_timeout_s: f64,
    /// Redirects that are followed.
    #[schemars(range(max = 20), extend("x-execution" = true))]
    pub redirects_max: u32,
    /// Answer from the cache alone; what is not there fails as `not_in_cache`.
    #[schemars(extend("x-execution" = true))]
    pub offline: bool,
}

impl Default for TransferSettings {
    fn default() -> Self {
        Self {
            retry: 5,
            // mark: backoff-of-the-plan
            backoff: 1.5,
            first_wait_s: 1.0,
            jitter: 0.2,
            retry_after_max_s: 120.0,
            gap_s: 1.0,
            connect_timeout_s: 20.0,
            read_timeout_s: 90.0,
            total_timeout_s: 300.0,
            redirects_max: 5,
            offline: false,
        }
    }
}

/// A member of [`TransferSettings`] that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} is {found}, expected {expected}")]
pub struct BadSetting {
    name: &'static str,
    found: f64,
    expected: &'static str,
}

impl TransferSettings {
    /// Whether every number can be used as a time.
    pub(crate) fn check(&self) -> Result<(), BadSetting> {
        let members = [
            ("backoff", self.backoff, 1.0, "a number of at least 1"),
            ("first_wait_s", self.first_wait_s, 0.0, "seconds, 0 or more"),
            ("jitter", self.jitter, 0.0, "a share between 0 and 0.9"),
            ("retry_after_max_s", self.retry_after_max_s, 0.0, "seconds, 0 or more"),
            ("gap_s", self.gap_s, 0.0, "seconds, 0 or more"),
            ("connect_timeout_s", self.connect_timeout_s, 0.01, "seconds, at least 0.01"),
            ("read_timeout_s", self.read_timeout_s, 0.01, "seconds, at least 0.01"),
            ("total_timeout_s", self.total_timeout_s, 0.01, "seconds, at least 0.01"),
        ];
        for (name, found, least, expected) in members {
            if !(found >= least && found <= 1e6) || (name == "jitter" && found > 0.9) {
                return Err(BadSetting { name, found, expected });
            }
        }
        Ok(())
    }

    /// The wait after the failed attempt of that number (the first is 1): backoff with jitter, or what the service asked for if that is longer.
    pub(crate) fn wait(&self, attempt: u32, retry_after: Option<Duration>, random: f64) -> Duration {
        let steps = attempt.saturating_sub(1).min(60);
        let own =
            self.first_wait_s * libm::pow(self.backoff, f64::from(steps)) * (1.0 + self.jitter * (2.0 * random - 1.0));
        let asked = retry_after.map_or(0.0, |wait| wait.as_secs_f64().min(self.retry_after_max_s));
        Duration::from_secs_f64(own.max(asked).clamp(0.0, 1e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_by_the_backoff_within_the_jitter() {
        let settings = TransferSettings::default();
        for (attempt, expected) in [(1, 1.0), (2, 1.5), (3, 2.25), (4, 3.375), (5, 5.0625)] {
            for random in [0.0, 0.5, 1.0] {
                let wait = settings.wait(attempt, None, random).as_secs_f64();
                let share = wait / expected - 1.0;
                assert!(
                    share.abs() <= 0.2 + 1e-12,
                    "wait {wait} s after attempt {attempt} is not within 20 % of {expected} s"
                );
            }
        }
    }

    #[test]
    fn a_service_that_asks_for_patience_gets_it_up_to_the_cap() {
        let settings = TransferSettings::default();
        let wait = |seconds| settings.wait(1, Some(Duration::from_secs(seconds)), 0.5).as_secs_f64();
        assert_eq!(wait(30), 30.0, "Retry-After is honoured");
        assert_eq!(wait(100_000), settings.retry_after_max_s, "Retry-After is capped");
        assert_eq!(wait(0), 1.0, "Retry-After shorter than our own wait does not shorten it");
    }

    #[test]
    fn every_member_is_marked_as_execution() {
        let schema = schemars::schema_for!(TransferSettings);
        let properties = schema.get("properties").and_then(|value| value.as_object()).expect("a struct has properties");
        for (name, property) in properties {
            assert_eq!(property.get("x-execution"), Some(&true.into()), "{name} would enter keys and identities");
        }
    }
}
