//! Hostile zips given to `skyledger verify`, and to the unpacker.

mod raw;
mod variants;

use std::io::Read as _;
use std::path::Path;

use crate::attempt::{Bounds, within};
use crate::confined;
use crate::small_run::SmallRun;
use crate::{Bench, Case, Class};
use variants::{Expected, Variant};

/// One zip, verified and unpacked in this process.
const BOUNDS: Bounds = Bounds { seconds: 30, memory_mib: 300 };
/// A quick bench gives every so manieth to the program; all go through the library.
const QUICK_STRIDE: usize = 10;

/// Runs the class.
///
/// # Errors
/// Where the good archive cannot be made.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let made = SmallRun::make(bench, "zips-run")?;
    let good = entries(&made.archive())?;
    let place = bench.folder("zips").map_err(|error| error.to_string())?;
    let stride = if bench.quick { QUICK_STRIDE } else { 1 };
    let mut cases = Vec::new();
    for (number, variant) in variants::variants(&good).into_iter().enumerate() {
        let folder = place.join(number.to_string());
        fs_err::create_dir_all(&folder).map_err(|error| error.to_string())?;
        fs_err::write(folder.join("trial.zip"), &variant.bytes).map_err(|error| error.to_string())?;
        let seen = read(&folder, &variant)
            .and_then(|seen| if number % stride == 0 { program(bench, &folder, variant.expected) } else { Ok(seen) });
        cases.push(Case::of(variant.name.clone(), seen));
        fs_err::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    let strangers = strangers(&place, &[])?;
    let outside = if strangers.iter().all(|name| name.ends_with(".said")) {
        Ok("nothing".to_owned())
    } else {
        Err(strangers.join(", "))
    };
    cases.push(Case::of("what lies beside the folders afterwards", outside));
    Ok(Class { name: "files: zips", cases, list_all: false })
}

fn entries(archive: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let file = std::fs::File::open(archive).map_err(|error| error.to_string())?;
    let mut zip = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index).map_err(|error| error.to_string())?;
            let name = entry.name().map_err(|error| error.to_string())?.into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            Ok((name, bytes))
        })
        .collect()
}

/// Verified and unpacked in this process: nothing outside `unpacked`, and no `unpacked` of what is refused as a zip.
fn read(folder: &Path, variant: &Variant) -> Result<String, String> {
    let (zip, to) = (folder.join("trial.zip"), folder.join("unpacked"));
    let target = to.clone();
    let (problems, unpacked) = within(BOUNDS, move || {
        let problems = match step_package::verify_archive(&zip, products::ALL) {
            Ok(report) => report.problems,
            Err(error) => vec![error.to_string()],
        };
        let unpacked = step_package::ArchiveReader::open(&zip).and_then(|mut reader| reader.unpack(&target));
        (problems, unpacked.is_ok())
    })?;
    let strangers = strangers(folder, &["trial.zip", "unpacked"])?;
    if !strangers.is_empty() || (to.exists() && !unpacked) {
        return Err(format!("files outside its folder or half unpacked: {}", strangers.join(", ")));
    }
    if unpacked {
        fs_err::remove_dir_all(&to).map_err(|error| error.to_string())?;
    }
    match (variant.expected, problems.first()) {
        (Expected::Refused, None) => Err("it verifies".to_owned()),
        (Expected::Sound, Some(problem)) => Err(problem.clone()),
        (_, None) => Ok("verified".to_owned()),
        (_, Some(problem)) if problem.contains("found ") && problem.contains("expected ") => Ok(problem.clone()),
        (_, Some(problem)) => Err(format!("the message names no finding or no expectation: {problem}")),
    }
}

/// The same through the program: the archive, the place, found, expected and cure are named.
fn program(bench: &Bench, folder: &Path, expected: Expected) -> Result<String, String> {
    let ended = confined::run(&bench.skyledger(), &["verify".to_owned(), "trial.zip".to_owned()], folder)?;
    let strangers = strangers(folder, &["trial.zip"])?;
    match (ended.wrong, ended.code) {
        (Some(wrong), _) => Err(wrong),
        _ if !strangers.is_empty() => Err(format!("files appear: {}", strangers.join(", "))),
        (None, Some(0)) if expected == Expected::Refused => Err("the program verifies it".to_owned()),
        (None, Some(0)) => Ok("verified".to_owned()),
        (None, _) if expected == Expected::Sound => Err(ended.said),
        (None, code) => {
            let missing: Vec<&str> = ["trial.zip", "found ", "expected ", "do not use it"]
                .into_iter()
                .filter(|word| !ended.said.contains(word))
                .collect();
            if missing.is_empty() {
                Ok(format!("exit {}: {}", code.unwrap_or_default(), ended.said.lines().next().unwrap_or_default()))
            } else {
                Err(format!("the program does not say {}: {}", missing.join(", "), ended.said))
            }
        }
    }
}

fn strangers(folder: &Path, known: &[&str]) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned();
        if !known.contains(&name.as_str()) {
            names.push(name);
        }
    }
    Ok(names)
}
