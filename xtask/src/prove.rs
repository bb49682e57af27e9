//! `docs/proof.md`: the trials of `tests/proof`, run now; and faults put back on purpose, which they must find.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::tree_copy::TreeCopy;

/// `cargo xtask prove [--seed N] [--mutate] [class...]`
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// Trials with random choices draw them from this seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Puts faults back in a copy of the tree, one after another: each must turn its class red
    #[arg(long)]
    mutate: bool,
    /// Only these classes (with --mutate: only their faults); docs/proof.md is left alone then
    classes: Vec<String>,
}

/// A fault that a class of trials must find.
struct Fault {
    name: &'static str,
    class: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
}

/// What was wrong in other pipelines, or could be here.
const FAULTS: [Fault; 9] = [
    Fault {
        name: "a file gets its name before it is synced",
        class: "syncs",
        file: "crates/contract/step-harness/src/atomic.rs",
        old: "    temporary.as_file().sync_all()?;\n",
        new: "",
    },
    Fault {
        name: "an error of syncing a folder is swallowed",
        class: "syncs",
        file: "crates/contract/step-harness/src/atomic.rs",
        old: "    fs_err::File::open(folder)?.sync_all()\n",
        new: "    let _ = fs_err::File::open(folder).map(|folder| folder.sync_all());\n    Ok(())\n",
    },
    Fault {
        name: "a failed unit is taken for done",
        class: "disasters",
        file: "crates/contract/step-harness/src/decision.rs",
        old: "    if !status.may_be_reused() {\n",
        new: "    if status == Status::Failed {\n        return Ok(unit.clone());\n    }\n    if !status.may_be_reused() {\n",
    },
    Fault {
        name: "a folder is not locked",
        class: "disasters",
        file: "crates/contract/step-harness/src/lock.rs",
        old: "    match if shared { file.try_lock_shared() } else { file.try_lock() } {\n",
        new: "    let _ = shared;\n    match Ok::<(), TryLockError>(()) {\n",
    },
    Fault {
        name: "what a killed command left is not removed",
        class: "kills",
        file: "crates/contract/step-harness/src/atomic.rs",
        old: "starts_with(TEMPORARY_PREFIX)",
        new: "starts_with(\"never\")",
    },
    Fault {
        name: "an engine is not ended when its step is killed",
        class: "kills",
        file: "crates/contract/step-harness/src/tool/guard.rs",
        old: "        let _ = kill_process_group(getpgrp(), Signal::KILL);\n",
        new: "",
    },
    Fault {
        name: "an image whose last block was cut is taken for whole",
        class: "network",
        file: "crates/io/sky-services/src/stsci.rs",
        old: "            end if end > body.bytes => Err(truncated(body.bytes, end)),\n",
        new: "",
    },
    Fault {
        name: "the sum of a file is not looked at",
        class: "tampering",
        file: "crates/apps/runner/src/verify/mod.rs",
        old: "    if (written.bytes, &written.sha256) != (entry.bytes, &entry.sha256) {\n",
        new: "    if written.bytes != entry.bytes {\n",
    },
    Fault {
        name: "what failed before --from-step is taken for a change",
        class: "slices",
        file: "crates/apps/runner/src/plan.rs",
        old: "            State::Retry => look == Look::Planned,\n",
        new: "            State::Retry => true,\n",
    },
];

/// Builds the command and the trials, runs them, and writes the page when all classes were run.
pub(crate) fn run(checkout: &Path, task: &Prove) -> Result<(), String> {
    if task.mutate {
        return mutate(checkout, task);
    }
    cargo(checkout, &["build", "--release", "--quiet", "-p", "skyledger", "-p", "step-detect", "-p", "proof"])?;
    let seed = task.seed.to_string();
    let page = checkout.join("docs/proof.md").display().to_string();
    let mut arguments = vec!["run", "--release", "--quiet", "-p", "proof", "--", "--seed", &seed];
    if task.classes.is_empty() {
        arguments.extend(["--page", &page]);
    }
    arguments.extend(task.classes.iter().map(String::as_str));
    cargo(checkout, &arguments)
}

/// Each class must be green in the copy, and red with its fault.
fn mutate(checkout: &Path, task: &Prove) -> Result<(), String> {
    let wanted = |class: &str| task.classes.is_empty() || task.classes.iter().any(|name| name == class);
    let faults: Vec<&Fault> = FAULTS.iter().filter(|fault| wanted(fault.class)).collect();
    let copy = TreeCopy::of(checkout)?;
    let mut classes: Vec<&str> = faults.iter().map(|fault| fault.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut wrong = Vec::new();
    for class in classes {
        match trials(&copy, task.seed, class)? {
            Ended::Green(said) => println!("{class} without a fault: {said}"),
            Ended::Red(said) => return Err(format!("{class} is red without a fault:\n{said}")),
        }
    }
    for fault in &faults {
        let ended = copy.with_edit(fault.file, fault.old, fault.new, || trials(&copy, task.seed, fault.class))?;
        println!("\n{}\n  {}: {:?} becomes {:?}", fault.name, fault.file, fault.old.trim(), fault.new.trim());
        match ended {
            Ended::Red(said) => println!("  {} turns red:\n{said}", fault.class),
            Ended::Green(said) => {
                println!("  {} STAYS GREEN: {said}", fault.class);
                wrong.push(fault.name);
            }
        }
    }
    if wrong.is_empty() {
        println!("\n{} faults, each turned its class red", faults.len());
        Ok(())
    } else {
        Err(format!("not found: {}", wrong.join("; ")))
    }
}

/// How a class ended, with what it said.
enum Ended {
    Green(String),
    Red(String),
}

/// Builds the command and the trials in the copy, and runs the quick form of one class.
fn trials(copy: &TreeCopy, seed: u64, class: &str) -> Result<Ended, String> {
    const LINES: usize = 4;
    let output = |arguments: &[&str]| copy.cargo(arguments).output().map_err(|error| error.to_string());
    let built = output(&["build", "--release", "--quiet", "-p", "skyledger", "-p", "step-detect", "-p", "proof"])?;
    if !built.status.success() {
        return Err(format!(
            "the copy does not compile, which proves nothing:\n{}",
            String::from_utf8_lossy(&built.stderr)
        ));
    }
    let seed = seed.to_string();
    let ran = output(&["run", "--release", "--quiet", "-p", "proof", "--", "--quick", "--seed", &seed, class])?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let shown: Vec<String> = said.lines().take(LINES).map(|line| line.chars().take(200).collect()).collect();
    match ran.status.code() {
        Some(0) => Ok(Ended::Green(shown.join("\n"))),
        Some(1) => Ok(Ended::Red(shown.join("\n"))),
        // The class could not even be run: its undisturbed chain fails.
        _ => Ok(Ended::Red(String::from_utf8_lossy(&ran.stderr).trim().to_owned())),
    }
}

pub(crate) fn cargo(checkout: &Path, arguments: &[&str]) -> Result<(), String> {
    let ended =
        Command::new("cargo").args(arguments).current_dir(checkout).status().map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("cargo {} ended with {ended}", arguments.join(" "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_can_be_put_back() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the checkout");
        for fault in &FAULTS {
            let source = fs_err::read_to_string(checkout.join(fault.file)).expect("the file of the fault");
            assert_eq!(source.matches(fault.old).count(), 1, "{}: {}", fault.name, fault.old);
        }
    }
}
