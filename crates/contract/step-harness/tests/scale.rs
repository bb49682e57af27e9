//! Twelve manifests of 12,000 units with two files each: parsed strictly, validated, identities compared.
//!
//! Alone in its program, so that the peak of memory is its own.
#![allow(clippy::print_stderr, reason = "the measured numbers are printed")]

mod toy;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use step_contract::{ProductEntry, RawManifest};
use toy::TextSet;

const MANIFESTS: usize = 12;
const UNITS: usize = 12_000;
/// What the contract asks for on an idle machine.
const SECONDS: f64 = 5.0;
const MEBIBYTES: f64 = 300.0;
/// Other programs may run beside a test.
const BUSY: f64 = 4.0;

/// Writes a manifest of many units that read the manifest before it; streams, so that writing takes no memory.
fn write(folder: &Path, index: usize, read: Option<&str>) -> PathBuf {
    let path = folder.join(format!("{index:02}")).join("manifest.json");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    let sum = |seed: usize| format!("{seed:064x}");
    let reads = read.map_or(String::new(), |identity| {
        format!(
            r#"{{"input":"texts","product":{{"name":"text-set","version":1}},"step":"words","label":"l{0}","path":"../{0:02}/manifest.json","identity":"{identity}"}}"#,
            index - 1
        )
    });
    write!(
        file,
        r#"{{"product":{{"name":"text-set","version":1}},"run_id":"run-20261121_000000","step":"words","label":"l{index}","build":"0.1.0+0123456789ab",
"engine":{{"name":"native","version":"1"}},"config":{{"suffix":"x"}},"reads":[{reads}],"units":["#
    )
    .expect("written");
    for unit in 0..UNITS {
        let id = format!("tile_RA{:03}.{:03}_DECp{:02}.000", unit / 100, unit % 100, index);
        write!(
            file,
            r#"{}{{"unit":"{id}","status":"done","key":"{}","files":{{"text":{{"path":"{id}.clean.fits.txt","bytes":{},"sha256":"{}","rows":4612}},
"index":{{"path":"{id}.index.fits.txt","bytes":17942400,"sha256":"{}"}}}},"facts":{{"words":{unit},"mean_length":{}.25,"language":"latin"}},
"warnings":[{{"kind":"deblending_limit","message":"3 objects reached 32 levels of deblending; they may be blends of more stars than the catalogue says, look at the picture"}}]}}"#,
            if unit == 0 { "" } else { ",\n" },
            sum(unit),
            unit + 1000,
            sum(unit + 1),
            sum(unit + 2),
            unit % 977,
        )
        .expect("written");
    }
    write!(file, r#"],"payload":{{"words":{}}},"execution":{{"seconds":1.5,"threads":2}}}}"#, UNITS * (UNITS - 1) / 2)
        .expect("written");
    file.into_inner().expect("flushed");
    path
}

/// Peak of resident memory so far, in MiB.
fn peak_mebibytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}

#[test]
fn twelve_manifests_of_twelve_thousand_units_are_read_and_compared_in_time_and_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let products = [ProductEntry::of::<TextSet>()];
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut identity = String::new();
    for index in 0..MANIFESTS {
        let path = write(folder.path(), index, paths.last().map(|_| identity.as_str()));
        identity = RawManifest::read(&path, &products).expect("a valid manifest").identity;
        paths.push(path);
    }
    let bytes: u64 = paths.iter().map(|path| std::fs::metadata(path).expect("there").len()).sum();

    let clock = Instant::now();
    let read: Vec<RawManifest> =
        paths.iter().map(|path| RawManifest::read(path, &products).expect("a valid manifest")).collect();
    for (before, after) in read.iter().zip(&read[1..]) {
        assert_eq!(after.reads[0].identity, before.identity, "{} reads the manifest before it", after.label);
    }
    let units: usize = read.iter().map(|manifest| manifest.units.len()).sum();
    let files: usize = read.iter().map(|manifest| manifest.all_files().count()).sum();
    let seconds = clock.elapsed().as_secs_f64();
    let peak = peak_mebibytes();

    eprintln!("{units} units with {files} files in {bytes} bytes validated in {seconds:.2} s, peak {peak:?} MiB");
    assert_eq!((units, files), (MANIFESTS * UNITS, 2 * MANIFESTS * UNITS));
    assert!(seconds < SECONDS * BUSY, "{seconds:.2} s; {SECONDS} s are allowed on an idle machine");
    if let Some(peak) = peak {
        assert!(peak < MEBIBYTES, "a peak of {peak:.0} MiB; {MEBIBYTES} are allowed");
    }
}
