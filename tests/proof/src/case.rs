//! What one trial showed.

/// One trial of a class.
#[derive(Clone, Debug)]
pub struct Case {
    /// What was done, short and unique in its class: `truncated at block 3`.
    pub name: String,
    /// What was seen: `failed truncated, 3 attempts, no file left`.
    pub seen: String,
    /// Whether that is what must be seen.
    pub passed: bool,
}

impl Case {
    /// A trial that showed what it had to.
    pub fn passed(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { name: name.into(), seen: seen.into(), passed: true }
    }

    /// A trial that showed something else; `seen` says what was seen and what was expected.
    pub fn failed(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { name: name.into(), seen: seen.into(), passed: false }
    }

    /// By the answer of a trial: what was seen, or what is wrong.
    pub fn of(name: impl Into<String>, answer: Result<String, String>) -> Self {
        match answer {
            Ok(seen) => Self::passed(name, seen),
            Err(seen) => Self::failed(name, seen),
        }
    }
}

/// All trials of one kind.
#[derive(Clone, Debug)]
pub struct Class {
    /// `network`, `files: FITS`, `kills`, ...
    pub name: &'static str,
    /// In the order in which they were run.
    pub cases: Vec<Case>,
    /// Whether the page lists what was seen in each case (else only what failed).
    pub list_all: bool,
}

impl Class {
    /// How many passed.
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.passed).count()
    }

    /// Those that did not.
    pub fn failures(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| !case.passed)
    }

    /// Panics with everything that failed, and when there were fewer than `at_least` cases.
    pub fn expect(&self, at_least: usize) {
        let failures: Vec<String> = self.failures().map(|case| format!("{}: {}", case.name, case.seen)).collect();
        assert!(
            failures.is_empty(),
            "{}: {} of {} failed:\n{}",
            self.name,
            failures.len(),
            self.cases.len(),
            failures.join("\n")
        );
        assert!(
            self.cases.len() >= at_least,
            "{}: {} cases, expected at least {at_least}",
            self.name,
            self.cases.len()
        );
    }
}
