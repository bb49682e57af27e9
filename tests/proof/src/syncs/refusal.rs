//! One call that the disk refuses.

use std::path::Path;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::witness::{Call, Deed};

/// What the disk says: name and number of the error.
const ERRORS: [(&str, u32); 3] = [("ENOSPC", 28), ("EIO", 5), ("EDQUOT", 122)];
/// Kinds of calls, as the shim knows them.
const KINDS: [&str; 4] = ["create", "write", "fsync", "rename"];

/// One refused call.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    kind: &'static str,
    nth: usize,
    of: usize,
    error: (&'static str, u32),
    /// Whether every later one is refused too.
    lasting: bool,
}

/// So many of each kind, drawn from the calls of an undisturbed run; every second ENOSPC lasts.
pub(super) fn plan(seed: u64, each: usize, calls: &[Call]) -> Vec<Refusal> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut refusals = Vec::new();
    for kind in KINDS {
        let of = calls.iter().filter(|call| kind_of(call.deed) == Some(kind)).count();
        // One from each of as many equal parts of the run.
        for part in 0..each {
            let (first, last) = (part * of / each + 1, ((part + 1) * of / each).max(part * of / each + 1));
            let error = ERRORS[(part + refusals.len()) % ERRORS.len()];
            let lasting = error.0 == "ENOSPC" && part % 2 == 0;
            refusals.push(Refusal { kind, nth: random.random_range(first..=last), of, error, lasting });
        }
    }
    refusals
}

fn kind_of(deed: Deed) -> Option<&'static str> {
    match deed {
        Deed::Create | Deed::MakeFolder => Some("create"),
        Deed::Write => Some("write"),
        Deed::Sync => Some("fsync"),
        Deed::Rename => Some("rename"),
        Deed::Unlink => None,
    }
}

impl Refusal {
    /// `fsync 17 of 160: EIO`.
    pub(super) fn name(&self) -> String {
        let lasting = if self.lasting { " from then on" } else { "" };
        format!("{} {} of {}: {}{lasting}", self.kind, self.nth, self.of, self.error.0)
    }

    /// A folder's name.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}-{}", self.kind, self.nth, self.error.0)
    }

    /// What the shim has to do.
    pub(super) fn settings(&self, root: &Path, seen: &Path) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("SHIM_FAIL", self.kind.to_owned()),
            ("SHIM_NTH", self.nth.to_string()),
            ("SHIM_ERRNO", self.error.1.to_string()),
            ("SHIM_COUNT", root.with_extension("count").display().to_string()),
            ("SHIM_SEEN", seen.display().to_string()),
        ];
        if self.lasting {
            settings.push(("SHIM_STICKY", "1".to_owned()));
        }
        settings
    }
}
