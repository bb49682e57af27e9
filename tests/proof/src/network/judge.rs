//! Whether a run left what it must leave.

use loopback_services::Fault;

use super::bed::{Bed, RETRY_AFTER_MAX_S};
use super::expected::Expected;
use super::outcome::Outcome;

impl Outcome {
    /// Whether this is what the fault must come to.
    pub(super) fn check(&self, expected: &Expected, fault: &Fault, bed: &Bed) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{}: {what}, expected {expected:?}; {}", self.describe(), self.stderr));
        self.check_clean()?;
        let attempts = self.attempts.unwrap_or(0);
        let is_redirect = matches!(fault, Fault::RedirectLoop | Fault::RedirectOnce | Fault::RedirectToPage);
        if !is_redirect && attempts != bed.requests() as u64 {
            return wrong(&format!("{} requests reached the service", bed.requests()));
        }
        let undisturbed = &bed.undisturbed;
        let (status, reason, exit, tries) = match expected {
            Expected::Same | Expected::Redirected | Expected::Odd(_) | Expected::Empty => ("done", None, 0, 1),
            Expected::Split => ("done", None, 0, attempts),
            Expected::Retry(kind) => ("failed", Some(kind), 75, u64::from(bed.attempts_max())),
            Expected::Failed(kind) => ("failed", Some(kind), 20, 1),
            Expected::Answered(status, kind) => {
                (status.as_str(), Some(kind), if status == "no-work" { 0 } else { 20 }, 1)
            }
        };
        if self.status != status || self.reason.as_ref() != reason {
            return wrong("another outcome");
        }
        if self.exit != Some(exit) {
            return wrong(&format!("exit, expected {exit}"));
        }
        if attempts != tries {
            return wrong(&format!("attempts, expected {tries}"));
        }
        if self.is_temporary != matches!(expected, Expected::Retry(_)) {
            return wrong("whether it may pass is not what is noted");
        }
        if status != "done" && !self.files.is_empty() {
            return wrong(&format!("files at final paths: {:?}", self.files.keys()));
        }
        if status == "failed" && self.kept > 0 {
            return wrong(&format!("{} answers of a failure are kept", self.kept));
        }
        let is_same = self.files == undisturbed.files;
        match expected {
            Expected::Same | Expected::Redirected | Expected::Split if !is_same => {
                wrong("other files than undisturbed")
            }
            Expected::Split if !matches!(self.splits, Some(1..)) => wrong("no split"),
            Expected::Odd(_) if is_same => wrong("the files of an undisturbed run"),
            Expected::Odd(Some(kind)) if !self.warnings.contains(kind) => wrong("the warning is missing"),
            Expected::Empty if self.rows != Some(0) => wrong("rows"),
            Expected::Retry(_) => self.check_waits(fault, tries),
            _ => Ok(()),
        }
    }

    /// What `Retry-After` asks for is waited for, within the cap; without it the waits are short here.
    fn check_waits(&self, fault: &Fault, tries: u64) -> Result<(), String> {
        let asks =
            |text: &str| text.parse::<f64>().is_ok_and(|seconds| seconds > RETRY_AFTER_MAX_S) || text.contains("GMT");
        let is_asked = matches!(fault, Fault::Status { retry_after: Some(text), .. } if asks(text));
        let waits = (tries - 1) as f64;
        let expected =
            if is_asked { waits * RETRY_AFTER_MAX_S..=waits * RETRY_AFTER_MAX_S + 0.01 } else { 0.001..=waits * 0.1 };
        if expected.contains(&self.waits_s) {
            return Ok(());
        }
        Err(format!("{}: waits, expected {:.2} to {:.2} s", self.describe(), expected.start(), expected.end()))
    }

    fn check_clean(&self) -> Result<(), String> {
        if self.strays.is_empty() { Ok(()) } else { Err(format!("{}: left {:?}", self.describe(), self.strays)) }
    }

    /// Whether a run after the fault gave what an undisturbed run gives.
    pub(super) fn check_resumed(&self, bed: &Bed) -> Result<(), String> {
        self.check_clean()?;
        if self.exit != Some(0) || self.files != bed.undisturbed.files {
            return Err(format!("{}, expected the files of an undisturbed run; {}", self.describe(), self.stderr));
        }
        if self.identity != bed.undisturbed.identity {
            return Err("the manifest is not the one of an undisturbed run".to_owned());
        }
        Ok(())
    }

    /// Whether a run in which the first answer was disturbed gave the same after one more attempt.
    pub(super) fn check_retried(&self, bed: &Bed) -> Result<(), String> {
        self.check_resumed(bed)?;
        if self.attempts != Some(2) {
            return Err(format!("{}, expected 2 attempts", self.describe()));
        }
        Ok(())
    }
}
