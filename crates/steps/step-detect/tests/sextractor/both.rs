//! Runs source-extractor and the step on one image with the same files.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::Array2;
use sky_fits::{BinTable, PixelData, Values};
use sky_image::Header;
use step_detect::Detect;
use step_harness::testing::InProcess;

/// Farthest that two detections of one source may be apart, pixels.
const MATCH_PX: f64 = 0.3;
/// What both are told; buffers large enough for the whole image.
const COMMON: &str = "CATALOG_TYPE FITS_LDAC\nCATALOG_NAME theirs.ldac\nPARAMETERS_NAME plan.param\nFILTER_NAME default.conv\n\
    DETECT_THRESH 5\nANALYSIS_THRESH 5\nGAIN 1.0\nGAIN_KEY NONE\nSATUR_KEY NONE\nPIXEL_SCALE 0\nVERBOSE_TYPE QUIET\n\
    MEMORY_BUFSIZE 8000\nMEMORY_OBJSTACK 50000\nMEMORY_PIXSTACK 5000000\n";

/// A folder with the files of a plan.
pub(crate) struct Plan {
    folder: tempfile::TempDir,
    image: PathBuf,
    tool: PathBuf,
}

/// Both catalogues and their pairs.
pub(crate) struct Both {
    pub(crate) ours: BinTable,
    pub(crate) theirs: BinTable,
    /// (row of ours, row of theirs) of each pair that is no part of a blend.
    pub(crate) pairs: Vec<(usize, usize)>,
}

impl Plan {
    /// A plan for an image of the shared data, kept as plain floats; `None` where data or tool are missing.
    pub(crate) fn new(test: &str, image: &str) -> Option<Self> {
        let (data, tool) = (test_sky::real_data(test)?, test_sky::tool("source-extractor")?);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let read = sky_fits::ImageReader::open(&data.join(image)).and_then(|reader| reader.read()).expect("an image");
        let plan = Self { image: folder.path().join("image.fits"), folder, tool };
        plan.write_image("image.fits", &read.header, &read.pixels);
        plan.write("default.conv", "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n");
        Some(plan)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file in the temporary folder");
    }

    pub(crate) fn write_image(&self, name: &str, header: &Header, pixels: &Array2<f32>) {
        let mut file = std::fs::File::create(self.path(name)).expect("a file in the temporary folder");
        sky_fits::write_image(&mut file, header, PixelData::F32(pixels)).expect("an image can be written");
    }

    /// The image.
    pub(crate) fn pixels(&self) -> (Header, Array2<f32>) {
        let read = sky_fits::ImageReader::open(&self.image).and_then(|reader| reader.read()).expect("an image");
        (read.header, read.pixels)
    }

    /// Runs both with the common settings and `sex`, on `columns`; theirs on `their_images`, ours with `reads` bound.
    pub(crate) fn run(&self, sex: &str, columns: &[&str], their_images: &str, reads: &[(&str, &str)]) -> Both {
        self.write("plan.sex", &format!("{COMMON}{sex}"));
        let mut names = vec!["X_IMAGE", "Y_IMAGE", "FLAGS", "ELONGATION", "SNR_WIN"];
        names.extend(
            columns.iter().filter(|name| !["X_IMAGE", "Y_IMAGE", "FLAGS", "ELONGATION", "SNR_WIN"].contains(name)),
        );
        let with_sizes = names.iter().map(|name| match *name {
            "FLUX_RADIUS" => "FLUX_RADIUS(3)".to_owned(),
            name if name.ends_with("_APER") => format!("{name}(2)"),
            name => name.to_owned(),
        });
        self.write("plan.param", &with_sizes.collect::<Vec<_>>().join("\n"));
        let status = Command::new(&self.tool)
            .current_dir(self.folder.path())
            .args([their_images, "-c", "plan.sex"])
            .status()
            .expect("source-extractor starts");
        assert!(status.success(), "source-extractor failed");
        let out = self.path("out");
        let run = InProcess::<Detect>::new(&out).config_file(self.path("plan.sex"));
        let run = reads.iter().fold(run, |run, (name, file)| run.read(name, self.path(file)));
        let result = run.run();
        assert_eq!(result.exit, 0, "{:?}", result.manifest.units[0].reason);
        let unit = &result.manifest.units[0].unit;
        let (_, ours) = sky_fits::ldac::read(&out.join(format!("{unit}.cat"))).expect("our catalogue");
        let (_, theirs) = sky_fits::ldac::read(&self.path("theirs.ldac")).expect("their catalogue");
        Both::new(ours, theirs)
    }
}

impl Both {
    fn new(ours: BinTable, theirs: BinTable) -> Self {
        let places = |table: &BinTable| -> Vec<(f64, f64)> {
            numbers(table, "X_IMAGE").into_iter().zip(numbers(table, "Y_IMAGE")).collect()
        };
        let (here, there, flags) = (places(&ours), places(&theirs), numbers(&theirs, "FLAGS"));
        let mut pairs = Vec::new();
        for (row, place) in there.iter().enumerate().filter(|(row, _)| (flags[*row] as u16) & 2 == 0) {
            let distance2 = |other: &(f64, f64)| (other.0 - place.0).powi(2) + (other.1 - place.1).powi(2);
            let nearest = here.iter().enumerate().min_by(|a, b| distance2(a.1).total_cmp(&distance2(b.1)));
            if let Some((index, _)) = nearest.filter(|(_, other)| distance2(other) < MATCH_PX * MATCH_PX) {
                pairs.push((index, row));
            }
        }
        eprintln!(
            "{} rows of ours, {} of theirs, {} matched within {MATCH_PX} px, no parts of blends, and compared",
            ours.rows,
            theirs.rows,
            pairs.len()
        );
        Self { ours, theirs, pairs }
    }

    /// The differences of a column: relative, or as they are; angles modulo 180 degrees and of elongated sources only.
    pub(crate) fn differences(&self, name: &str, measure: Measure) -> Vec<f64> {
        let (ours, theirs) = (numbers(&self.ours, name), numbers(&self.theirs, name));
        let elongation = numbers(&self.theirs, "ELONGATION");
        let (here, there) = (ours.len() / self.ours.rows.max(1), theirs.len() / self.theirs.rows.max(1));
        assert_eq!(here, there, "{name}: values of a row");
        let rows = self.pairs.iter().filter(|(_, row)| measure != Measure::Axis || elongation[*row] > 1.2);
        let mut differences: Vec<f64> = rows
            .flat_map(|(a, b)| (0..here).map(move |k| (a * here + k, b * here + k)))
            .map(|(a, b)| match measure {
                Measure::Ratio if theirs[b] == 0.0 => ours[a].abs(),
                Measure::Ratio => (ours[a] / theirs[b] - 1.0).abs(),
                Measure::Difference => (ours[a] - theirs[b]).abs(),
                Measure::Axis => {
                    let turn = (ours[a] - theirs[b]).rem_euclid(180.0);
                    turn.min(180.0 - turn)
                }
            })
            .map(|difference| if difference.is_nan() { f64::INFINITY } else { difference })
            .collect();
        differences.sort_by(f64::total_cmp);
        differences
    }
}

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Ratio,
    Difference,
    Axis,
}

/// The values of a numeric column, row by row.
pub(crate) fn numbers(table: &BinTable, name: &str) -> Vec<f64> {
    let column = table.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("column {name}"));
    match &column.values {
        Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
        Values::F64(values) => values.clone(),
        Values::I16(values) => values.iter().map(|value| f64::from(*value)).collect(),
        Values::I32(values) => values.iter().map(|value| f64::from(*value)).collect(),
        other => panic!("column {name} holds {other:?}"),
    }
}

/// The names of the columns that source-extractor knows.
pub(crate) fn known_to(tool: &Path) -> Vec<String> {
    let printed = Command::new(tool).arg("-dp").output().expect("source-extractor starts").stdout;
    String::from_utf8_lossy(&printed)
        .lines()
        .filter_map(|line| line.trim_start_matches('#').split_whitespace().next().map(str::to_owned))
        .collect()
}

impl Plan {
    pub(crate) fn tool(&self) -> &Path {
        &self.tool
    }
}
