//! The build strings that programs link: that of the command, and that of each step.
//!
//! A build is the version and 12 hexadecimal digits of the SHA-256 over everything that the compiler made a step of ([`tree`] says
//! what counts): a manifest's `build` is the step's, so a word that changes in one step leaves the units of all others reusable.
//! Only programs depend on this crate: a library that did would be compiled again at each edit of any other.
//!
//! A feature that changes what a step does has the same name in each crate that has it, and in this one; a program's feature turns on
//! `build-identity/<name>` beside the rest, so that the builds of the steps whose crates have it differ.

pub mod tree;

include!(concat!(env!("OUT_DIR"), "/builds.rs"));

/// Build of a step of the workspace, `0.1.0+1a2b3c4d5e6f`: the one that its manifests carry, whether it runs as `step-<id>` or as
/// `skyledger step <id>`.
///
/// # Panics
/// If there is no folder `crates/steps/step-<id>`: at compile time where the result is a constant.
pub const fn of_step(id: &str) -> &'static str {
    let mut place = 0;
    while place < STEPS.len() {
        if equal(STEPS[place].0.as_bytes(), id.as_bytes()) {
            return STEPS[place].1;
        }
        place += 1;
    }
    panic!("no folder crates/steps/step-<id> for this step")
}

const fn equal(left: &[u8], right: &[u8]) -> bool {
    let mut place = 0;
    while place < left.len() && place < right.len() && left[place] == right[place] {
        place += 1;
    }
    place == left.len() && place == right.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::tree::{PROGRAM, Tree};

    #[test]
    fn a_build_is_the_version_and_twelve_digits() {
        for build in [super::BUILD, super::ADOPTION, super::of_step("detect")] {
            let (version, digits) = build.split_once('+').expect("a plus sign");
            assert_eq!(version, env!("CARGO_PKG_VERSION"));
            let are_digits = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(are_digits, "12 hexadecimal digits, not {digits}");
        }
    }

    #[test]
    fn what_was_linked_is_what_the_tree_gives() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tree = Tree::read(here.ancestors().nth(3).expect("the workspace")).expect("the tree can be read");
        assert_eq!(tree.build(&PROGRAM, &BTreeSet::new()).expect("a build"), super::BUILD);
        for id in tree.steps() {
            let build = tree.build(&[&format!("step-{id}")], &BTreeSet::new()).expect("a build");
            assert_eq!(build, super::of_step(&id), "step {id}");
        }
    }
}
