//! A simulated night of a colour camera through the whole first half of the night chain: ingest, measure, cull, masters, calibrate,
//! register, stack. What is expected follows from the simulation in closed form.
#![allow(clippy::print_stderr, reason = "the measured numbers are printed")]

use std::path::{Path, PathBuf};

use ndarray::Array2;
use products::{FrameFacts, FrameSet};
use sky_fits::{ImageOptions, ImageReader, PixelData, read_header};
use sky_image::{BayerPattern, CardValue, Header};
use sky_sim::camera::{CameraParams, Exposure, Pose, SimulatedCamera};
use step_calibrate::Calibrate;
use step_contract::{Manifest, Status};
use step_cull::Cull;
use step_harness::testing::InProcess;
use step_ingest::Ingest;
use step_masters::Masters;
use step_measure::Measure;
use step_register::Register;
use step_stack::Stack;

/// Exposure of a light.
const SECONDS: f64 = 30.0;
/// Lights of the night.
const LIGHTS: u64 = 12;

fn camera(pattern: Option<BayerPattern>) -> SimulatedCamera {
    SimulatedCamera::new(CameraParams { pattern, ..CameraParams::default() })
}

/// The pose of a light: drift, field rotation, and after the meridian half a turn.
fn exposure(number: u64) -> Exposure {
    let drift = number as f64;
    let turned = if number >= LIGHTS / 2 { 180.0 } else { 0.0 };
    Exposure {
        number,
        seconds: SECONDS,
        pose: Pose {
            shift_x_px: 1.7 * drift - 9.0,
            shift_y_px: 4.0 - 1.1 * drift,
            rotation_deg: turned + 0.15 * drift,
            is_mirrored: false,
        },
        fwhm_px: 3.0 + 0.05 * (number % 3) as f64,
        transparency: 1.0,
        cosmic_rays: 12,
        satellite: number == 3 || number == 8,
    }
}

fn write(
    folder: &Path,
    name: &str,
    kind: &str,
    seconds: f64,
    start_s: u64,
    pattern: Option<BayerPattern>,
    pixels: &Array2<u16>,
) {
    let mut header = Header::new();
    let text = |value: &str| CardValue::Text(value.to_owned());
    header.push("IMAGETYP", text(kind), "");
    header.push("EXPTIME", CardValue::Real(seconds), "");
    header.push("EXPOSURE", CardValue::Real(seconds), "");
    header.push("INSTRUME", text("Simulated 294"), "");
    header.push("TELESCOP", text("SQA55"), "");
    header.push("FOCALLEN", CardValue::Real(264.0), "");
    header.push("GAIN", CardValue::Integer(100), "");
    header.push("OFFSET", CardValue::Integer(50), "");
    header.push("EGAIN", CardValue::Real(1.5), "");
    header.push("XBINNING", CardValue::Integer(1), "");
    header.push("YBINNING", CardValue::Integer(1), "");
    header.push("SET-TEMP", CardValue::Real(-10.0), "");
    header.push("CCD-TEMP", CardValue::Real(-9.9), "");
    header.push("XPIXSZ", CardValue::Real(3.76), "");
    let (minute, second) = (start_s / 60, start_s % 60);
    header.push("DATE-OBS", text(&format!("2024-01-15T21:{minute:02}:{second:02}.000")), "");
    header.push("DATE-LOC", text(&format!("2024-01-15T22:{minute:02}:{second:02}.000")), "");
    header.push("SWCREATE", text("N.I.N.A. 3.1"), "");
    header.push("ROWORDER", text("TOP-DOWN"), "");
    if kind != "BIAS" && kind != "DARK" {
        header.push("FILTER", text("L"), "");
    }
    if kind == "LIGHT" {
        header.push("OBJECT", text("M 42"), "");
    }
    if let Some(pattern) = pattern {
        header.push("BAYERPAT", text(pattern.name()), "");
    }
    let mut file = std::fs::File::create(folder.join(name)).expect("the test's folder can be written");
    sky_fits::write_image(&mut file, &header, PixelData::U16(pixels)).expect("an image can be written");
}

/// Writes the night; `lights` and `darks` say which there are.
fn write_night(folder: &Path, camera: &SimulatedCamera, with_calibration: bool) {
    std::fs::create_dir_all(folder).expect("a folder");
    let pattern = camera.params().pattern;
    for number in 0..LIGHTS {
        let pixels = camera.light(&exposure(number));
        write(folder, &format!("light_{number:02}.fits"), "LIGHT", SECONDS, 35 * number, pattern, &pixels);
    }
    if !with_calibration {
        return;
    }
    for number in 0..12 {
        let start = 1800 + 35 * number;
        write(folder, &format!("bias_{number:02}.fits"), "BIAS", 0.0, start, pattern, &camera.bias(number));
        let dark = camera.dark(SECONDS, number);
        write(folder, &format!("dark_{number:02}.fits"), "DARK", SECONDS, start, pattern, &dark);
        write(folder, &format!("flat_{number:02}.fits"), "FLAT", 2.0, start, pattern, &camera.flat(40_000.0, number));
    }
}

/// Folders of the steps of one run.
struct Chain {
    folder: tempfile::TempDir,
}

impl Chain {
    fn new(camera: &SimulatedCamera, with_calibration: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write_night(&folder.path().join("raw"), camera, with_calibration);
        let chain = Self { folder };
        chain.first_steps();
        chain
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn first_steps(&self) {
        let ingest = InProcess::<Ingest>::new(self.place("ingest")).input("raw", self.place("raw")).run();
        assert_eq!(ingest.exit, 0, "{:?}", ingest.manifest.units);
        let measure = InProcess::<Measure>::new(self.place("measure")).read("frames", self.place("ingest")).run();
        assert_eq!(measure.exit, 0, "{:?}", measure.manifest.units);
        let cull = InProcess::<Cull>::new(self.place("cull")).read("frames", self.place("measure")).run();
        assert_eq!(cull.exit, 0, "{:?}", cull.manifest.units);
        let masters = InProcess::<Masters>::new(self.place("masters"))
            .read("frames", self.place("ingest"))
            .read("bases", self.place("ingest"))
            .run();
        assert_eq!(masters.exit, 0, "{:?}", masters.manifest.units);
    }

    fn calibrate(&self) -> InProcess<Calibrate> {
        InProcess::<Calibrate>::new(self.place("calibrate"))
            .read("frames", self.place("ingest"))
            .read("selection", self.place("cull"))
            .read("masters", self.place("masters"))
    }

    fn register(&self) -> InProcess<Register> {
        InProcess::<Register>::new(self.place("register"))
            .read("frames", self.place("calibrate"))
            .read("metrics", self.place("measure"))
            .read("selection", self.place("cull"))
            .read("references", self.place("measure"))
    }

    fn stack(&self, name: &str) -> InProcess<Stack> {
        InProcess::<Stack>::new(self.place(name)).read("frames", self.place("register"))
    }
}

fn facts(manifest: &Manifest<FrameSet>) -> &FrameFacts {
    let unit = &manifest.units[0];
    unit.facts.as_ref().unwrap_or_else(|| panic!("the unit is {:?}: {:?}", unit.status, unit.reason))
}

fn plane(path: &Path, plane: Option<usize>) -> Array2<f32> {
    let options = ImageOptions { plane, ..ImageOptions::default() };
    ImageReader::open_with(path, &options).and_then(|reader| reader.read()).expect("an image").pixels
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

#[test]
fn a_night_becomes_a_stack_with_the_noise_of_the_ideal_mean() {
    let camera = camera(None);
    let chain = Chain::new(&camera, true);
    let calibrate = chain.calibrate().run();
    assert_eq!(calibrate.exit, 0, "{:?}", calibrate.manifest.units);
    let policies: Vec<&str> = calibrate
        .manifest
        .units
        .iter()
        .filter_map(|unit| Some(unit.facts.as_ref()?.calibration.as_ref()?.policy.as_str()))
        .collect();
    assert_eq!(policies, vec!["bias:in_dark dark:exact flat:exact"; LIGHTS as usize]);
    let register = chain.register().run();
    assert_eq!(register.exit, 0, "{:?}", register.manifest.units);
    // The transformation of each frame is the one that the simulation made.
    let reference =
        &register.manifest.units[0].facts.as_ref().and_then(|facts| facts.registration.clone()).expect("done");
    let own = |unit: &str| exposure(unit.trim_start_matches("light_").parse().expect("a number")).pose;
    let params = camera.params();
    let base = own(&reference.reference);
    for unit in &register.manifest.units {
        let registration = unit.facts.as_ref().and_then(|facts| facts.registration.as_ref()).expect("registered");
        let m = registration.matrix;
        let mut worst = 0.0_f64;
        for (x, y) in [(120.0, 90.0), (240.0, 180.0), (360.0, 270.0)] {
            let (from, to) = (
                base.on_frame(x, y, params.width, params.height),
                own(&unit.unit).on_frame(x, y, params.width, params.height),
            );
            let below = m[6] * from.0 + m[7] * from.1 + m[8];
            let found =
                ((m[0] * from.0 + m[1] * from.1 + m[2]) / below, (m[3] * from.0 + m[4] * from.1 + m[5]) / below);
            worst = worst.max((found.0 - to.0).hypot(found.1 - to.1));
        }
        eprintln!("{}: {worst:.3} px off, residual {:?}", unit.unit, registration.residual_px);
        assert!(worst < 0.15, "{}: {worst} px off", unit.unit);
    }
    let result = chain.stack("stack").run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units);
    let stack = facts(&result.manifest).stack.clone().expect("a stack");
    assert_eq!((stack.members.len() as u64, stack.livetime_s), (LIGHTS, LIGHTS as f64 * SECONDS));
    eprintln!("rejection {:?}", stack.rejection);
    let unit = &result.manifest.units[0];
    let file = |name: &str| chain.place("stack").join(format!("{}{name}", unit.unit));
    let image = plane(&file(".fit"), None);
    // Sky without stars: the noise in blocks of 8 x 8 whose truth has no star, against the ideal weighted mean.
    let truth = camera.expected(&Exposure { pose: base, fwhm_px: 3.1, ..exposure(0) });
    let flat_sky = |y: usize, x: usize| {
        let level = truth[(y, x)];
        let block: Vec<f64> = (0..64).map(|i| truth[(y + i / 8, x + i % 8)]).collect();
        let (mean, _) = moments(&block);
        let largest = block.iter().copied().fold(0.0, f64::max);
        (largest / mean < 1.02 && level > 0.0).then_some(mean)
    };
    let mut ratios = Vec::new();
    for y in (40..params.height - 48).step_by(8) {
        for x in (40..params.width - 48).step_by(8) {
            let Some(sky_e) = flat_sky(y, x) else { continue };
            let block: Vec<f64> = (0..64).map(|i| f64::from(image[(y + i / 8, x + i % 8)])).collect();
            let (_, noise) = moments(&block);
            // One frame: sky, dark current and read noise; divided by the flat field, which is sky_e over the sky of the middle.
            let per_frame = (sky_e + params.dark_e_per_s * SECONDS + params.read_noise_e.powi(2)).sqrt();
            let field = sky_e / (params.sky_e_per_s * SECONDS);
            ratios.push(noise * params.gain_e_per_adu * field / (per_frame / (LIGHTS as f64).sqrt()));
        }
    }
    let mean_ratio = (ratios.iter().map(|ratio| ratio * ratio).sum::<f64>() / ratios.len() as f64).sqrt();
    eprintln!("noise over the ideal mean: {mean_ratio:.4} in {} blocks", ratios.len());
    // Lanczos-4 between pixels lowers the noise of single pixels a little; 12 frames of 12 lose some of theirs to rejection.
    assert!(ratios.len() > 100 && (0.85..1.05).contains(&mean_ratio), "{mean_ratio} in {} blocks", ratios.len());
    let header = &read_header(&file(".fit")).expect("a header")[0].header;
    assert_eq!(header.integer("STACKCNT"), Some(LIGHTS as i64));
    assert_eq!(header.number("LIVETIME"), Some(LIGHTS as f64 * SECONDS));
    assert_eq!(header.number("EXPTIME"), Some(SECONDS));
    assert_eq!(header.text("ROWORDER"), Some("TOP-DOWN"));
    assert_eq!(header.text("DATE-OBS"), Some("2024-01-15T21:00:00"));
    assert_eq!(header.text("DATE-END"), Some("2024-01-15T21:06:55"));
    assert_eq!(header.text("FILTER"), Some("L"));
    assert!(header.get("BAYERPAT").is_none());
    // No trail is left: the brightest line of the stack minus truth.
    for suffix in ["_coverage.fits", "_rejection.fits", "_mask.fits", ".png", "_rejection.png"] {
        assert!(file(suffix).is_file(), "{suffix} is written");
    }
    // The same bytes whatever the memory of the blocks and the threads.
    let again = chain.stack("again").set("block_mib", 16).threads(1).run();
    let sum = |manifest: &Manifest<FrameSet>| {
        manifest.units[0].files.as_ref().and_then(|files| files.image.clone()).map(|entry| entry.sha256)
    };
    assert_eq!(sum(&again.manifest), sum(&result.manifest), "blocks and threads change no bit");
}

#[test]
fn a_colour_night_has_three_planes_with_the_colours_of_its_filters() {
    let camera = camera(Some(BayerPattern::Grbg));
    let chain = Chain::new(&camera, true);
    assert_eq!(chain.calibrate().run().exit, 0);
    assert_eq!(chain.register().run().exit, 0);
    let result = chain.stack("stack").run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units);
    assert_eq!(facts(&result.manifest).planes, Some(3));
    let path = chain.place("stack").join(format!("{}.fit", result.manifest.units[0].unit));
    // Each colour of the flat is its own level: the sky of 180 e behind its filter comes back in the middle.
    for (place, share) in [0.7, 1.0, 0.6].into_iter().enumerate() {
        let image = plane(&path, Some(place));
        let mut middle: Vec<f64> = (0..2500).map(|i| f64::from(image[(155 + i / 50, 215 + i % 50)])).collect();
        let level = sky_stats::median(&mut middle).expect("pixels");
        let expected = share * camera.params().sky_e_per_s * SECONDS / camera.params().gain_e_per_adu;
        eprintln!("plane {place}: {level:.2} ADU, {expected:.2} expected");
        assert!((level / expected - 1.0).abs() < 0.05, "plane {place}: {level}, {expected} expected");
    }
}

#[test]
fn without_masters_a_light_is_refused_and_the_list_says_what_to_shoot() {
    let camera = camera(None);
    let chain = Chain::new(&camera, false);
    let refused = chain.calibrate().run();
    assert_eq!(refused.exit, 20);
    let unit = &refused.manifest.units[0];
    assert_eq!(unit.status, Status::Unprocessable);
    let missing = &refused.manifest.payload.missing_calibrations;
    let kinds: Vec<&str> = missing.iter().map(|missing| missing.master.kind.name()).collect();
    assert_eq!(kinds, ["dark", "flat"], "{missing:?}");
    assert_eq!(missing[0].frame_count, LIGHTS);
    assert_eq!((missing[0].master.exposure_s, missing[0].master.gain_setting), (Some(SECONDS), Some(100.0)));
    let allowed = chain.calibrate().set("dark", "none").set("flat", "none").run();
    assert_eq!(allowed.exit, 0, "{:?}", allowed.manifest.units);
    let policy = facts(&allowed.manifest).calibration.clone().expect("facts").policy;
    assert_eq!(policy, "none");
}
