//! Exit codes of step programs and of the command.

/// Every unit is done, without work, or not asked for.
pub const DONE: u8 = 0;
/// A wrong command line.
pub const USAGE: u8 = 2;
/// Some units failed; others are done.
pub const SOME_FAILED: u8 = 3;
/// Failed on this data, or incomplete upstream: the same again fails again.
pub const FAILED: u8 = 20;
/// Configuration, contract, or a tool that is missing.
pub const CONTRACT: u8 = 21;
/// The disk is full or cannot be read or written.
pub const DISK: u8 = 74;
/// Temporary: network, lock held. The same again may succeed.
pub const TEMPORARY: u8 = 75;

use step_contract::Status;

/// Exit code of ended units: 0 if none counts as a failure; 3 if, beside those, one is done or without work; else 75 if every failure is
/// temporary; else 20. `units`: status, and whether the failure is temporary. Units that are only blocked do not speak against "temporary"
/// where another one failed.
pub fn of_units(units: impl IntoIterator<Item = (Status, bool)>) -> u8 {
    let (mut good, mut temporary, mut lasting, mut blocked) = (0, 0, 0, 0);
    for (status, is_temporary) in units {
        match status {
            Status::Done | Status::NoWork => good += 1,
            Status::Skipped => {}
            Status::Blocked => blocked += 1,
            Status::Failed if is_temporary => temporary += 1,
            Status::Failed | Status::Unprocessable => lasting += 1,
        }
    }
    match (temporary + lasting + blocked, good) {
        (0, _) => DONE,
        // mark: failed-units-exit
        (_, 1..) => SOME_FAILED,
        _ if temporary > 0 && lasting == 0 => TEMPORARY,
        _ => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_follows_the_units() {
        use Status::{Blocked, Done, Failed, NoWork, Skipped, Unprocessable};
        for (units, code) in [
            (vec![], DONE),
            (vec![(Done, false), (NoWork, false), (Skipped, false)], DONE),
            (vec![(Skipped, false)], DONE),
            (vec![(Done, false), (Failed, true)], SOME_FAILED),
            (vec![(NoWork, false), (Blocked, false)], SOME_FAILED),
            (vec![(Failed, true), (Failed, true), (Blocked, false)], TEMPORARY),
            (vec![(Failed, true), (Unprocessable, false)], FAILED),
            (vec![(Blocked, false)], FAILED),
        ] {
            assert_eq!(of_units(units.clone()), code, "{units:?}");
        }
    }
}
