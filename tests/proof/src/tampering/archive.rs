//! The archive, moved elsewhere: every entry changed, every row of its contents edited, its checksum.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::findings::{found_and_named, program_finds};
use crate::small_run::{RUN_ID, SmallRun};
use crate::{Bench, Case};

/// A quick bench tries every so manieth entry, row and byte.
const QUICK_STRIDE: usize = 5;
/// Single bits of the archive as it lies there.
const BITS: usize = 60;

/// Entries by name, in order.
type Entries = Vec<(String, Vec<u8>)>;

pub(super) fn cases(bench: &Bench, run: &SmallRun) -> Result<Vec<Case>, String> {
    let folder = bench.folder("tampering-archive").map_err(|error| error.to_string())?;
    let place = Place { zip: folder.join(format!("{RUN_ID}.zip")), sum: folder.join(format!("{RUN_ID}.zip.sha256")) };
    let (good, sum) = (read(&run.archive())?, read(&PathBuf::from(format!("{}.sha256", run.archive().display())))?);
    let stride = if bench.quick { QUICK_STRIDE } else { 1 };
    place.put(&good, Some(&sum))?;
    let mut cases = vec![
        Case::of("the untouched archive, moved", place.sound()),
        Case::of(
            "rebuilt from its entries, without its checksum",
            place.rebuilt(&entries(&good)?).and_then(|()| place.sound()),
        ),
    ];
    cases.extend(bits(&place, &good, &sum, stride)?);
    cases.extend(checksums(bench, &place, &good, &sum)?);
    let entries = entries(&good)?;
    for number in (0..entries.len()).step_by(stride) {
        cases.extend(entry(bench, &place, &entries, number)?);
    }
    cases.extend(rows(&place, &entries, stride)?);
    cases.extend(resealed(&place, &entries, stride)?);
    Ok(cases)
}

/// Where the archive lies with its checksum.
struct Place {
    zip: PathBuf,
    sum: PathBuf,
}

impl Place {
    fn put(&self, bytes: &[u8], sum: Option<&[u8]>) -> Result<(), String> {
        let _ = fs_err::remove_file(&self.sum);
        fs_err::write(&self.zip, bytes).map_err(|error| error.to_string())?;
        sum.map_or(Ok(()), |sum| fs_err::write(&self.sum, sum)).map_err(|error| error.to_string())
    }

    /// A sound zip of these entries, without a checksum beside it.
    fn rebuilt(&self, entries: &[(String, Vec<u8>)]) -> Result<(), String> {
        let _ = fs_err::remove_file(&self.sum);
        let mut zip = ZipWriter::new(File::create(&self.zip).map_err(|error| error.to_string())?);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o644);
        for (name, bytes) in entries {
            zip.start_file(name, options).map_err(|error| error.to_string())?;
            zip.write_all(bytes).map_err(|error| error.to_string())?;
        }
        zip.finish().map(drop).map_err(|error| error.to_string())
    }

    fn problems(&self) -> Vec<String> {
        match step_package::verify_archive(&self.zip, products::ALL) {
            Ok(report) => report.problems,
            Err(error) => vec![error.to_string()],
        }
    }

    fn sound(&self) -> Result<String, String> {
        match self.problems().as_slice() {
            [] => Ok("verified".to_owned()),
            found => Err(found.join("; ")),
        }
    }

    fn finds(&self, name: &str) -> Result<String, String> {
        found_and_named(&self.problems(), name)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs_err::read(path).map_err(|error| error.to_string())
}

fn entries(bytes: &[u8]) -> Result<Entries, String> {
    let mut zip = ZipArchive::new(std::io::Cursor::new(bytes)).map_err(|error| error.to_string())?;
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

/// Single bits of the bytes of the zip, its checksum beside it.
fn bits(place: &Place, good: &[u8], sum: &[u8], stride: usize) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for number in (0..BITS).step_by(stride) {
        let at = (good.len() - 1) * number / (BITS - 1);
        let mut bytes = good.to_vec();
        bytes[at] ^= 1 << (number % 8);
        place.put(&bytes, Some(sum))?;
        cases.push(Case::of(format!("bit {} of byte {at} of the zip", number % 8), place.finds(RUN_ID)));
    }
    Ok(cases)
}

/// The archive against its `.sha256`.
fn checksums(bench: &Bench, place: &Place, good: &[u8], sum: &[u8]) -> Result<Vec<Case>, String> {
    let text = String::from_utf8_lossy(sum).into_owned();
    let name = format!("{RUN_ID}.zip");
    let digit = if text.starts_with('0') { "1" } else { "0" };
    let mut cases = Vec::new();
    for (what, changed) in [
        ("another digit", format!("{digit}{}", &text[1..])),
        ("cut", text[..40].to_owned()),
        ("emptied", String::new()),
        ("of another name", text.replace(&name, "another.zip")),
        ("a second line", format!("{text}{text}")),
        ("a page", "<html>not found</html>".to_owned()),
        ("10 KiB", "0".repeat(10_240)),
    ] {
        place.put(good, Some(changed.as_bytes()))?;
        cases.push(Case::of(format!("checksum: {what}"), place.finds(".zip.sha256")));
    }
    place.put(good, Some(format!("{digit}{}", &text[1..]).as_bytes()))?;
    let folder = place.zip.parent().unwrap_or(Path::new("."));
    cases.push(Case::of(
        "checksum: another digit, through the program",
        program_finds(bench, &["verify", &name], folder, &name),
    ));
    Ok(cases)
}

/// One entry: a bit, cut, emptied, removed, renamed, swapped; one added before it.
fn entry(bench: &Bench, place: &Place, entries: &Entries, number: usize) -> Result<Vec<Case>, String> {
    let (name, bytes) = &entries[number];
    let changed = |bytes: Vec<u8>| -> Entries {
        let mut changed = entries.clone();
        changed[number].1 = bytes;
        changed
    };
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let mut removed = entries.clone();
    removed.remove(number);
    let mut renamed = entries.clone();
    renamed[number].0.push('x');
    let mut added = entries.clone();
    added.push((format!("{name}.stranger"), b"stranger".to_vec()));
    let mut swapped = entries.clone();
    let next = (number + 1) % entries.len();
    (swapped[number].1, swapped[next].1) = (entries[next].1.clone(), bytes.clone());
    let mut cases = Vec::new();
    for (what, entries) in [
        ("one bit of", changed(flipped)),
        ("the second half of", changed(bytes[..bytes.len() / 2].to_vec())),
        ("everything in", changed(Vec::new())),
        ("removed", removed),
        ("renamed", renamed),
        ("a stranger beside", added),
        ("swapped with the next", swapped),
    ] {
        place.rebuilt(&entries)?;
        cases.push(Case::of(format!("entry: {what} {name}"), place.finds(name)));
        if number.is_multiple_of(6) && what == "one bit of" {
            let (folder, zip) = (place.zip.parent().unwrap_or(Path::new(".")), format!("{RUN_ID}.zip"));
            let seen = program_finds(bench, &["verify", &zip], folder, name);
            cases.push(Case::of(format!("entry: {what} {name}, through the program"), seen));
        }
    }
    Ok(cases)
}

/// Every cell of every row of `contents.csv`, edited in a sound zip.
fn rows(place: &Place, entries: &Entries, stride: usize) -> Result<Vec<Case>, String> {
    let number = entries.iter().position(|(name, _)| name == "contents.csv").ok_or("no contents.csv")?;
    let text = String::from_utf8_lossy(&entries[number].1).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let mut cases = Vec::new();
    for (row, line) in lines.iter().enumerate().step_by(stride) {
        let cells: Vec<&str> = line.split(',').collect();
        for cell in 0..=cells.len() {
            let mut edited: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            let what = match cells.get(cell) {
                Some(&old) => {
                    let mut cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
                    cells[cell] = match old {
                        "true" => "false".to_owned(),
                        "false" => "true".to_owned(),
                        "" => "mask".to_owned(),
                        old => format!("{}{}", &old[..old.len() - 1], if old.ends_with('1') { '2' } else { '1' }),
                    };
                    edited[row] = cells.join(",");
                    format!("cell {} edited", cell + 1)
                }
                None => {
                    edited.remove(row);
                    "removed".to_owned()
                }
            };
            let mut changed = entries.clone();
            changed[number].1 = format!("{}\n", edited.join("\n")).into_bytes();
            place.rebuilt(&changed)?;
            let problems = place.problems();
            let named = line.split(',').next().unwrap_or_default();
            let seen = found_and_named(&problems, named).or_else(|_| found_and_named(&problems, "contents.csv"));
            cases.push(Case::of(format!("contents.csv line {}: {what}", row + 1), seen));
        }
    }
    Ok(cases)
}

/// A manifest edited by somebody who also corrects `contents.csv`: the manifests that read it remember it.
fn resealed(place: &Place, entries: &Entries, stride: usize) -> Result<Vec<Case>, String> {
    let contents = entries.iter().position(|(name, _)| name == "contents.csv").ok_or("no contents.csv")?;
    let mut cases = Vec::new();
    for (number, (name, bytes)) in entries.iter().enumerate().filter(|(_, (name, _))| name.ends_with("manifest.json")) {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| format!("{name}: {error}"))?;
        // Nobody reads the summary but the archive itself: its seal is the checksum.
        if value["step"] == "summarize" || number % stride != 0 {
            continue;
        }
        for member in ["build", "run_id", "label"] {
            let mut edited = value.clone();
            edited[member] = Value::from(format!("{}x", value[member].as_str().unwrap_or_default()));
            let text = serde_json::to_vec_pretty(&edited).map_err(|error| error.to_string())?;
            let row = |bytes: &[u8]| format!("{name},{},{},", bytes.len(), sum(bytes));
            let table = String::from_utf8_lossy(&entries[contents].1).replace(&row(bytes), &row(&text));
            let mut changed = entries.clone();
            (changed[contents].1, changed[number].1) = (table.into_bytes(), text);
            place.rebuilt(&changed)?;
            cases.push(Case::of(format!("{name}: {member} edited and sealed anew"), place.finds("manifest")));
        }
    }
    Ok(cases)
}

fn sum(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    step_contract::hex(&sha2::Sha256::digest(bytes))
}
