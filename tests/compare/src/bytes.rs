//! The same bytes for any number of threads, and from the instructions that every x86-64 has as from the widest of this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engines::{Pass, Workplace};
use crate::kernels::{DETECT, PSF};
use crate::process::measure;
use crate::{Bench, Catalogue, Part, Row, Table};

/// Threads of the kernels.
const THREADS: [&str; 3] = ["1", "2", "8"];
/// Images: a name, and the file among the real data.
const IMAGES: [(&str, &str); 3] = [
    ("std", "i_sim/std/tile.fits.gz"),
    ("crowded", "i_sim/crowded/tile.fits.gz"),
    ("M67", "a_dss/dss1_red_M67_XE486.fits"),
];
/// Names a program `compare` that was built for this machine; without it one is built.
const NATIVE: &str = "SKYLEDGER_NATIVE_COMPARE";
/// What each run leaves, in the order of the runs.
const PRODUCTS: [&str; 3] = ["catalogue of pass 1", "PSF model", "catalogue of pass 2"];

/// Runs it.
pub fn run(bench: &Bench) -> Result<Part, String> {
    let mut part = Part {
        title: "Same bytes".into(),
        about: format!(
            "Catalogues of both passes and the PSF model from the kernels with {} threads, built for x86-64 as such and for the widest \
             instructions of this machine (`-C target-cpu=native`), compared byte by byte.",
            THREADS.join(", ")
        ),
        ..Part::default()
    };
    let native = native(bench)?;
    let mut table = Table::new("Files compared", &["image", "product", "rows", "bytes", "files", "different"]);
    for (name, data) in IMAGES.into_iter().take(if bench.quick { 1 } else { IMAGES.len() }) {
        let folder = bench.folder(&format!("bytes-{name}"))?;
        let image = bench.unpacked(data, &folder, "field.fits")?;
        let place = Workplace::new(bench, &image, "")?;
        let mut first: Option<[Vec<u8>; 3]> = None;
        let (mut files, mut different) = (0, [0; 3]);
        for program in [&bench.own, &native] {
            for threads in THREADS {
                let made = chain(bench, &place, program, threads)?;
                files += 1;
                let Some(first) = &first else {
                    first = Some(made);
                    continue;
                };
                for (different, (made, first)) in different.iter_mut().zip(made.iter().zip(first)) {
                    *different += usize::from(made != first);
                }
            }
        }
        let rows = [Pass::First, Pass::Second].map(|pass| Catalogue::read(&place.our_catalogue(pass)).map(|c| c.len()));
        let [of_first, of_second] = rows;
        let (of_first, of_second) = (of_first?, of_second?);
        let bytes = first.map_or([0; 3], |first| first.map(|product| product.len()));
        for (index, product) in PRODUCTS.into_iter().enumerate() {
            let rows = [of_first.to_string(), String::new(), of_second.to_string()][index].clone();
            let cells = [bytes[index].to_string(), files.to_string(), different[index].to_string()];
            table.rows.push([name.to_owned(), product.to_owned(), rows].into_iter().chain(cells).collect());
        }
        part.rows.push(Row::judged(
            format!("{name}: {files} runs of pass 1 ({of_first} rows), psf and pass 2 ({of_second} rows)"),
            "the same bytes".to_owned(),
            format!("{} of {} files differ", different.iter().sum::<usize>(), PRODUCTS.len() * (files - 1)),
            different == [0; 3] && of_first > 0 && of_second > 0,
        ));
    }
    part.tables.push(table);
    Ok(part)
}

/// Both passes and the model by a build of this program.
fn chain(bench: &Bench, place: &Workplace<'_>, program: &Path, threads: &str) -> Result<[Vec<u8>; 3], String> {
    let text = |path: &Path| path.display().to_string();
    let (image, model) = (text(&place.image), text(&place.our_model()));
    let (first, second) = (text(&place.our_catalogue(Pass::First)), text(&place.our_catalogue(Pass::Second)));
    let runs: [(&[&str], &str); 3] = [
        (&[DETECT, threads, &image, "pass1.sex", &first], &first),
        (&[PSF, threads, &image, "plan.psfex", &first, &model], &model),
        (&[DETECT, threads, &image, "pass2.sex", &second, &model], &second),
    ];
    let mut made = [Vec::new(), Vec::new(), Vec::new()];
    for (made, (words, product)) in made.iter_mut().zip(runs) {
        measure(&bench.own, &place.folder, program, words)?;
        *made = fs_err::read(product).map_err(|error| error.to_string())?;
    }
    Ok(made)
}

/// This program built for the instructions of this machine.
fn native(bench: &Bench) -> Result<PathBuf, String> {
    if let Some(program) = std::env::var_os(NATIVE) {
        return Ok(PathBuf::from(program));
    }
    let target =
        bench.own.parent().and_then(Path::parent).ok_or("this program lies in no target folder")?.join("native");
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet", "-p", "compare"])
        .env("RUSTFLAGS", "-C target-cpu=native")
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(Bench::checkout())
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    let program = target.join("release").join("compare");
    if built.success() && program.is_file() {
        Ok(program)
    } else {
        Err(format!("cargo build for the instructions of this machine ended with {built}"))
    }
}
