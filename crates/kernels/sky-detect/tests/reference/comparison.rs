//! Running source-extractor and laying its catalogue beside ours.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use std::path::Path;
use std::process::Command;

use products::source_catalog::columns::{ColumnContext, source_column};
use sky_background::BackgroundParams;
use sky_catalog::Source;
use sky_detect::{DetectParams, Detection, detect};
use sky_fits::{BinTable, Values};
use sky_image::Image;
use sky_photometry::PhotometryParams;

/// Farthest that two detections of one source may be apart, pixels.
const MATCH_PX: f64 = 0.3;
/// Buffers large enough for the whole image: with smaller ones source-extractor measures sources at the borders of its
/// buffer without their neighbours and flags them as incomplete.
const WHOLE_IMAGE: &[&str] =
    &["-MEMORY_BUFSIZE", "8000", "-MEMORY_OBJSTACK", "50000", "-MEMORY_PIXSTACK", "5000000", "-VERBOSE_TYPE", "QUIET"];

/// Our detection and their catalogue of one image.
pub(crate) struct Comparison {
    /// Ours.
    pub(crate) ours: Detection,
    /// Theirs.
    pub(crate) theirs: BinTable,
    /// (row of ours, row of theirs) of each pair.
    pub(crate) pairs: Vec<(usize, usize)>,
    n_apertures: usize,
}

/// How the values of one column differ: the given quantiles of |ours / theirs - 1|, or of |ours - theirs|.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference {
    /// Median of ours / theirs - 1, or of ours - theirs.
    pub(crate) median: f64,
    /// Half of the pairs differ by less.
    pub(crate) p50: f64,
    /// 90 % of the pairs differ by less.
    pub(crate) p90: f64,
    /// 98 % of the pairs differ by less.
    pub(crate) p98: f64,
}

impl Comparison {
    /// Runs both on the FITS image at `path`.
    pub(crate) fn run(
        path: &Path,
        tool: &Path,
        columns: &[&str],
        options: &[&str],
        detection: &DetectParams,
        photometry: &PhotometryParams,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let read = sky_fits::ImageReader::open(path).and_then(|reader| reader.read()).expect("an image");
        let plain = folder.path().join("image.fits");
        let mut file = std::fs::File::create(&plain).expect("a file in the temporary folder");
        sky_fits::write_image(&mut file, &read.header, sky_fits::PixelData::F32(&read.pixels)).expect("a plain copy");
        std::fs::write(folder.path().join("columns.param"), columns.join("\n")).expect("a parameter file");
        std::fs::write(folder.path().join("default.conv"), "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n").expect("a filter file");
        let status = Command::new(tool)
            .current_dir(folder.path())
            .args([
                "image.fits",
                "-c",
                "/dev/null",
                "-PARAMETERS_NAME",
                "columns.param",
                "-FILTER_NAME",
                "default.conv",
            ])
            .args(["-CATALOG_TYPE", "FITS_LDAC", "-CATALOG_NAME", "theirs.ldac"])
            .args(WHOLE_IMAGE)
            .args(options)
            .status()
            .expect("source-extractor starts");
        assert!(status.success(), "source-extractor failed on {}", path.display());
        let (_, theirs) = sky_fits::ldac::read(&folder.path().join("theirs.ldac")).expect("its catalogue");
        let ours = detect(Image::new(read.pixels), detection, &BackgroundParams::default(), photometry)
            .expect("an image with a sky");
        Self::new(ours, theirs, photometry)
    }

    fn new(ours: Detection, theirs: BinTable, photometry: &PhotometryParams) -> Self {
        let (x, y) = (column(&theirs, "X_IMAGE"), column(&theirs, "Y_IMAGE"));
        let mut pairs = Vec::new();
        for (row, (x, y)) in x.iter().zip(&y).enumerate() {
            let distance2 = |s: &Source| (s.x_px + 1.0 - x).powi(2) + (s.y_px + 1.0 - y).powi(2);
            let nearest = ours
                .sources
                .iter()
                .enumerate()
                .map(|(index, source)| (distance2(source), index))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, index)) = nearest.filter(|(distance2, _)| *distance2 < MATCH_PX * MATCH_PX) {
                pairs.push((index, row));
            }
        }
        Self { ours, theirs, pairs, n_apertures: photometry.aperture_diameters_px.len() }
    }

    /// Share of theirs with SNR_WIN above 10 that have a pair; prints all counts.
    pub(crate) fn matched_share(&self, name: &str) -> f64 {
        let snr = column(&self.theirs, "SNR_WIN");
        let bright = snr.iter().filter(|snr| **snr > 10.0).count();
        let found = self.pairs.iter().filter(|(_, row)| snr[*row] > 10.0).count();
        eprintln!(
            "{name}: {} rows of ours, {} of theirs, {} matched within {MATCH_PX} px and compared; of theirs with SNR_WIN above 10: {found} of {bright}",
            self.ours.sources.len(),
            snr.len(),
            self.pairs.len()
        );
        found as f64 / bright.max(1) as f64
    }

    /// Share of the pairs whose FLAGS are equal.
    pub(crate) fn equal_flags_share(&self, name: &str) -> f64 {
        let flags = column(&self.theirs, "FLAGS");
        let equal =
            self.pairs.iter().filter(|(ours, row)| f64::from(self.ours.sources[*ours].flags) == flags[*row]).count();
        eprintln!("{name}: FLAGS equal for {equal} of {} pairs", self.pairs.len());
        equal as f64 / self.pairs.len().max(1) as f64
    }

    /// Median of ours / theirs of a column over all pairs; NaN of none.
    pub(crate) fn median_ratio(&self, name: &str) -> f64 {
        let theirs = column(&self.theirs, name);
        let width = theirs.len() / self.theirs.rows.max(1);
        let context = ColumnContext {
            zero_point_mag: 0.0,
            n_apertures: self.n_apertures,
            n_light_fractions: 1,
            vignet_px: [0, 0],
        };
        let registered = source_column(name).expect("a column of the registry");
        let ratio = |(ours, row): &(usize, usize)| {
            registered.value(&self.ours.sources[*ours], &context, 0) / theirs[row * width]
        };
        let mut ratios: Vec<f64> = self.pairs.iter().map(ratio).filter(|ratio| ratio.is_finite()).collect();
        sky_stats::median(&mut ratios).unwrap_or(f64::NAN)
    }

    /// How a column differs, as ratio or as difference, for pairs that are (or are not) parts of blends.
    pub(crate) fn difference(&self, name: &str, ratio: bool, blended: bool) -> Difference {
        let flags = column(&self.theirs, "FLAGS");
        let theirs = column(&self.theirs, name);
        let width = theirs.len() / self.theirs.rows.max(1);
        let context = ColumnContext {
            zero_point_mag: 0.0,
            n_apertures: self.n_apertures,
            n_light_fractions: 1,
            vignet_px: [0, 0],
        };
        let registered = source_column(name).expect("a column of the registry");
        let mut signed: Vec<f64> = self
            .pairs
            .iter()
            .filter(|(_, row)| ((flags[*row] as u16 & sky_catalog::flags::BLENDED) != 0) == blended)
            .filter_map(|(ours, row)| {
                let value = registered.value(&self.ours.sources[*ours], &context, 0);
                let reference = theirs[row * width];
                let difference = if ratio { value / reference - 1.0 } else { value - reference };
                difference.is_finite().then_some(difference)
            })
            .collect();
        let median = sky_stats::median(&mut signed).expect("pairs");
        let mut absolute: Vec<f64> = signed.iter().map(|value| value.abs()).collect();
        let mut quantile = |fraction| sky_stats::quantile(&mut absolute, fraction).expect("pairs");
        let found = Difference { median, p50: quantile(0.5), p90: quantile(0.9), p98: quantile(0.98) };
        eprintln!(
            "  {name:<16} {:>5} {} {} median {:+.1e}, half within {:.1e}, 90 % within {:.1e}, 98 % within {:.1e}",
            absolute.len(),
            if blended { "in blends" } else { "alone    " },
            if ratio { "ratio     " } else { "difference" },
            found.median,
            found.p50,
            found.p90,
            found.p98
        );
        found
    }
}

/// The values of a numeric column.
pub(crate) fn column(table: &BinTable, name: &str) -> Vec<f64> {
    let column = table.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("column {name}"));
    match &column.values {
        Values::F32(values) => values.iter().map(|v| f64::from(*v)).collect(),
        Values::F64(values) => values.clone(),
        Values::I16(values) => values.iter().map(|v| f64::from(*v)).collect(),
        Values::I32(values) => values.iter().map(|v| f64::from(*v)).collect(),
        other => panic!("column {name} holds {other:?}"),
    }
}
