//! Every file of the run: one bit, cut, emptied, removed, swapped; a file added in every folder.

use std::collections::BTreeSet;
use std::path::Path;

use super::findings::{found_and_named, problems, program_finds};
use crate::small_run::{RUN_ID, SmallRun};
use crate::{Bench, Case};

/// Every so manieth file is tried through the program as well.
const PROGRAM_STRIDE: usize = 9;

/// A change of the bytes of a file.
type Change = (&'static str, fn(&[u8]) -> Option<Vec<u8>>);

const CHANGES: &[Change] = &[
    ("one bit of", |bytes| {
        let mut bytes = bytes.to_vec();
        let middle = bytes.len() / 2;
        *bytes.get_mut(middle)? ^= 1;
        Some(bytes)
    }),
    ("the last bit of", |bytes| {
        let mut bytes = bytes.to_vec();
        *bytes.last_mut()? ^= 1;
        Some(bytes)
    }),
    ("the second half of", |bytes| (!bytes.is_empty()).then(|| bytes[..bytes.len() / 2].to_vec())),
    ("everything in", |bytes| (!bytes.is_empty()).then(Vec::new)),
    ("a byte more in", |bytes| Some([bytes, b"\n"].concat())),
];

/// Whether two files are one document but for white space and `execution`, which are no part of a result.
fn says_the_same(before: &[u8], after: &[u8]) -> bool {
    match (step_contract::parse_strict(before), step_contract::parse_strict(after)) {
        (Ok(before), Ok(after)) => step_contract::identity(&before) == step_contract::identity(&after),
        _ => false,
    }
}

pub(super) fn cases(bench: &Bench, run: &SmallRun) -> Result<Vec<Case>, String> {
    let files = run.files()?;
    let mut cases = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&run.root).unwrap_or(file).display().to_string();
        let bytes = fs_err::read(file).map_err(|error| error.to_string())?;
        for (what, change) in CHANGES {
            let Some(changed) = change(&bytes).filter(|changed| !says_the_same(&bytes, changed)) else { continue };
            fs_err::write(file, &changed).map_err(|error| error.to_string())?;
            cases.push(Case::of(format!("{what} {name}"), found_and_named(&problems(run), &name)));
            if number % PROGRAM_STRIDE == 0 && *what == "one bit of" {
                let seen = program_finds(bench, &["verify", RUN_ID, "--root", "."], &run.root, &name);
                cases.push(Case::of(format!("{what} {name}, through the program"), seen));
            }
        }
        fs_err::remove_file(file).map_err(|error| error.to_string())?;
        cases.push(Case::of(format!("removed {name}"), found_and_named(&problems(run), &name)));
        fs_err::write(file, &bytes).map_err(|error| error.to_string())?;
        let other = &files[(number + 1) % files.len()];
        let others = fs_err::read(other).map_err(|error| error.to_string())?;
        if others != bytes {
            fs_err::write(file, &others)
                .and_then(|()| fs_err::write(other, &bytes))
                .map_err(|error| error.to_string())?;
            let problems = problems(run);
            let others_name = other.strip_prefix(&run.root).unwrap_or(other).display().to_string();
            // Where one of them is run.json nothing else can be read.
            let seen = found_and_named(&problems, &name).or_else(|_| found_and_named(&problems, &others_name));
            cases.push(Case::of(format!("{name} and the next file swapped"), seen));
            fs_err::write(file, &bytes)
                .and_then(|()| fs_err::write(other, &others))
                .map_err(|error| error.to_string())?;
        }
    }
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for folder in folders {
        for name in ["stranger.txt", ".hidden", "manifest.json.old"] {
            let file = folder.join(name);
            fs_err::write(&file, "a file that nobody lists").map_err(|error| error.to_string())?;
            let shown = file.strip_prefix(&run.root).unwrap_or(&file).display().to_string();
            cases.push(Case::of(format!("added {shown}"), found_and_named(&problems(run), &shown)));
            fs_err::remove_file(&file).map_err(|error| error.to_string())?;
        }
    }
    Ok(cases)
}
