//! Seconds, CPU seconds and memory of each pass, ours beside theirs, in turn on the same images.

use std::path::Path;

use crate::engines::{Pass, Workplace};
use crate::process::Usage;
use crate::{Bench, Part, Row, Table};

/// Threads that ours run with: those of the machine that the goals were set for.
const THREADS: usize = 2;
/// Runs of everything but source-extractor's PSF pass; the smallest figures count.
const RUNS: usize = 4;
/// Largest memory of a program on one tile, MiB.
const MEMORY_MIB: f64 = 300.0;
/// How many times faster kernels and programs must be: pass 1, psf, pass 2.
const KERNEL_GOALS: [f64; 3] = [8.0, 8.0, 60.0];
const PROGRAM_GOALS: [f64; 3] = [4.0, 6.0, 40.0];
const CHAIN_GOAL: f64 = 30.0;
/// What one thread must reach of that.
const ONE_THREAD_SHARE: f64 = 0.5;
const STEPS: [&str; 3] = ["pass 1", "psf", "pass 2"];

/// What the three steps took.
type Three = [Usage; 3];

struct Measured {
    theirs: Three,
    kernels: Three,
    kernels_one: Three,
    programs: Three,
    programs_one: Three,
    rows: [usize; 2],
}

/// Runs it.
pub fn run(bench: &Bench) -> Result<Part, String> {
    let mut part = Part {
        title: "Speed and memory".into(),
        about: format!(
            "Standard (`i_sim/std`) and crowded tile (`i_sim/crowded`), plain FITS in the page cache, configuration of the survey plan, \
             VIGNET in pass 1 and PSF fits and SPREAD_MODEL for every row in pass 2 on both sides. Ratios are of wall clock, ours with {THREADS} \
             threads; CPU seconds stand beside them. Smallest of {RUNS} runs, taken in turn; source-extractor's pass 2 runs once. \
             Kernels: FITS in, LDAC out. Programs: `skyledger step`, with ledger, hashes and fsync."
        ),
        ..Part::default()
    };
    let mut table = Table::new("Seconds", &["tile", "step", "side", "wall s", "CPU s", "peak MiB", "rows"]);
    for tile in if bench.quick { &["std"][..] } else { &["std", "crowded"] } {
        let folder = bench.folder(&format!("speed-{tile}"))?;
        let image = bench.unpacked(&format!("i_sim/{tile}/tile.fits.gz"), &folder, "field.fits")?;
        let measured = measure(bench, &Workplace::new(bench, &image, "")?)?;
        judge(tile, &measured, &mut part.rows);
        tabulate(tile, &measured, &mut table);
    }
    part.tables.push(table);
    Ok(part)
}

/// CPU and wall clock of source-extractor's PSF pass on the standard tile, for the goal of a whole plate.
pub(crate) fn their_psf_pass(bench: &Bench) -> Result<Usage, String> {
    let folder = bench.folder("speed-std")?;
    let kept = folder.join("their-pass-2");
    if let Ok(text) = fs_err::read_to_string(&kept) {
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if let [wall_s, cpu_s, peak_mib] = numbers[..] {
            return Ok(Usage { wall_s, cpu_s, peak_mib });
        }
    }
    let image = bench.unpacked("i_sim/std/tile.fits.gz", &folder, "field.fits")?;
    let place = Workplace::new(bench, &image, "")?;
    place.their_pass(Pass::First, Path::new(""))?;
    place.their_psf(THREADS)?;
    place.their_pass(Pass::Second, &place.their_model())
}

fn measure(bench: &Bench, place: &Workplace<'_>) -> Result<Measured, String> {
    let none = Path::new("");
    let runs = if bench.quick { 1 } else { RUNS };
    let mut all: [[Vec<Usage>; 3]; 5] = Default::default();
    let [theirs, kernels, kernels_one, programs, programs_one] = &mut all;
    for run in 0..runs {
        let name = |step: &str, threads: usize| format!("{step}-{threads}-{run}");
        let manifest = |step: &str, threads: usize| format!("{}/manifest.json", name(step, threads));
        theirs[0].push(place.their_pass(Pass::First, none)?);
        for (threads, kernels, programs) in
            [(THREADS, &mut *kernels, &mut *programs), (1, &mut *kernels_one, &mut *programs_one)]
        {
            kernels[0].push(place.our_pass(Pass::First, none, threads)?);
            programs[0].push(place.detect_program(Pass::First, &place.image, "", &name("p1", threads), threads)?);
        }
        theirs[1].push(place.their_psf(THREADS)?);
        for (threads, kernels, programs) in
            [(THREADS, &mut *kernels, &mut *programs), (1, &mut *kernels_one, &mut *programs_one)]
        {
            kernels[1].push(place.our_psf(threads)?);
            programs[1].push(place.psf_program(
                &place.image,
                &manifest("p1", threads),
                &name("psf", threads),
                threads,
            )?);
        }
        if run == 0 {
            theirs[2].push(place.their_pass(Pass::Second, &place.their_model())?);
        }
        for (threads, kernels, programs) in
            [(THREADS, &mut *kernels, &mut *programs), (1, &mut *kernels_one, &mut *programs_one)]
        {
            kernels[2].push(place.our_pass(Pass::Second, &place.our_model(), threads)?);
            let psf = manifest("psf", threads);
            programs[2].push(place.detect_program(Pass::Second, &place.image, &psf, &name("p2", threads), threads)?);
        }
    }
    let rows = [
        crate::Catalogue::read(&place.our_catalogue(Pass::Second))?.len(),
        crate::Catalogue::read(&place.their_catalogue(Pass::Second))?.len(),
    ];
    let [theirs, kernels, kernels_one, programs, programs_one] = all.map(|steps| steps.map(|runs| Usage::best(&runs)));
    let kept = format!("{} {} {}", theirs[2].wall_s, theirs[2].cpu_s, theirs[2].peak_mib);
    fs_err::write(place.folder.join("their-pass-2"), kept).map_err(|error| error.to_string())?;
    Ok(Measured { theirs, kernels, kernels_one, programs, programs_one, rows })
}

fn judge(tile: &str, measured: &Measured, rows: &mut Vec<Row>) {
    let sides = [
        ("kernels", &measured.kernels, &measured.kernels_one, KERNEL_GOALS),
        ("programs", &measured.programs, &measured.programs_one, PROGRAM_GOALS),
    ];
    for (side, two, one, goals) in sides {
        for step in 0..STEPS.len() {
            let what = format!("{tile}: {} by {side}", STEPS[step]);
            rows.push(ratio(what, goals[step], measured.theirs[step], two[step]));
        }
        for step in 0..STEPS.len() {
            let what = format!("{tile}: {} by {side}, one thread", STEPS[step]);
            rows.push(ratio(what, ONE_THREAD_SHARE * goals[step], measured.theirs[step], one[step]));
        }
    }
    let chain = |steps: &Three| steps[0].then(steps[1]).then(steps[2]);
    let what = format!("{tile}: detect, psf, detect by programs");
    rows.push(ratio(what, CHAIN_GOAL, chain(&measured.theirs), chain(&measured.programs)));
    let peak = measured.kernels.iter().chain(&measured.programs).map(|usage| usage.peak_mib).fold(0.0, f64::max);
    rows.push(Row::judged(
        format!("{tile}: peak memory of any of ours"),
        format!("at most {MEMORY_MIB:.0} MiB"),
        format!("{peak:.0} MiB"),
        peak <= MEMORY_MIB,
    ));
}

fn ratio(what: String, goal: f64, theirs: Usage, ours: Usage) -> Row {
    let (wall, cpu) = (theirs.wall_s / ours.wall_s, theirs.cpu_s / ours.cpu_s);
    let measured = format!(
        "{wall:.1} x ({:.3} s against {:.2} s); CPU {cpu:.1} x ({:.3} s against {:.2} s)",
        ours.wall_s, theirs.wall_s, ours.cpu_s, theirs.cpu_s
    );
    Row::judged(what, format!("at least {goal:.0} x"), measured, wall >= goal)
}

fn tabulate(tile: &str, measured: &Measured, table: &mut Table) {
    let sides = [
        ("theirs", &measured.theirs),
        ("kernels, 2 threads", &measured.kernels),
        ("kernels, 1 thread", &measured.kernels_one),
        ("programs, 2 threads", &measured.programs),
        ("programs, 1 thread", &measured.programs_one),
    ];
    for (step, name) in STEPS.iter().enumerate() {
        for (side, usages) in sides {
            let usage = usages[step];
            let rows = match (step, side) {
                (2, "theirs") => measured.rows[1].to_string(),
                (2, "kernels, 2 threads") => measured.rows[0].to_string(),
                _ => String::new(),
            };
            table.rows.push(vec![
                tile.to_owned(),
                (*name).to_owned(),
                side.to_owned(),
                format!("{:.3}", usage.wall_s),
                format!("{:.3}", usage.cpu_s),
                format!("{:.0}", usage.peak_mib),
                rows,
            ]);
        }
    }
}
