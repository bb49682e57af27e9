//! Both sides on one image: the same configuration files, the same columns.

use std::path::{Path, PathBuf};

use crate::Bench;
use crate::process::{Usage, measure};

/// Columns of the first pass: the survey plan's, what PSFEx needs, and VIGNET.
const COLUMNS_1: &[&str] = &[
    "NUMBER",
    "X_IMAGE",
    "Y_IMAGE",
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "ERRX2WIN_IMAGE",
    "ERRY2WIN_IMAGE",
    "FLUX_AUTO",
    "FLUXERR_AUTO",
    "MAG_AUTO",
    "MAGERR_AUTO",
    "FLUX_APER(1)",
    "FLUXERR_APER(1)",
    "FLUX_RADIUS",
    "FWHM_IMAGE",
    "SNR_WIN",
    "ELONGATION",
    "FLAGS",
    "FLUX_MAX",
    "BACKGROUND",
    "VIGNET(45,45)",
];
/// Columns of the second pass.
const COLUMNS_2: &[&str] = &[
    "NUMBER",
    "X_IMAGE",
    "Y_IMAGE",
    "XMIN_IMAGE",
    "YMIN_IMAGE",
    "XMAX_IMAGE",
    "YMAX_IMAGE",
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "ERRX2WIN_IMAGE",
    "ERRY2WIN_IMAGE",
    "ALPHAWIN_J2000",
    "DELTAWIN_J2000",
    "FLUX_AUTO",
    "FLUXERR_AUTO",
    "MAG_AUTO",
    "MAGERR_AUTO",
    "FLUX_APER(1)",
    "FLUXERR_APER(1)",
    "FLUX_RADIUS",
    "FWHM_IMAGE",
    "SNR_WIN",
    "ELONGATION",
    "ELLIPTICITY",
    "FLAGS",
    "XPSF_IMAGE",
    "YPSF_IMAGE",
    "ERRX2PSF_IMAGE",
    "ERRY2PSF_IMAGE",
    "FLUX_PSF",
    "FLUXERR_PSF",
    "MAG_PSF",
    "MAGERR_PSF",
    "CHI2_PSF",
    "SPREAD_MODEL",
    "SPREADERR_MODEL",
];
/// Columns of the comparison without a PSF.
const COLUMNS_3: &[&str] = &[
    "NUMBER",
    "X_IMAGE",
    "Y_IMAGE",
    "XMIN_IMAGE",
    "YMIN_IMAGE",
    "XMAX_IMAGE",
    "YMAX_IMAGE",
    "A_IMAGE",
    "B_IMAGE",
    "THETA_IMAGE",
    "X2_IMAGE",
    "Y2_IMAGE",
    "XY_IMAGE",
    "ERRX2_IMAGE",
    "ELONGATION",
    "ELLIPTICITY",
    "ISOAREAF_IMAGE",
    "FWHM_IMAGE",
    "FLUX_ISO",
    "FLUXERR_ISO",
    "FLUX_MAX",
    "THRESHOLD",
    "BACKGROUND",
    "KRON_RADIUS",
    "FLUX_AUTO",
    "FLUXERR_AUTO",
    "MAG_AUTO",
    "FLUX_APER(1)",
    "FLUXERR_APER(1)",
    "FLUX_RADIUS",
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "X2WIN_IMAGE",
    "ERRX2WIN_IMAGE",
    "FLUX_WIN",
    "SNR_WIN",
    "FLAGS",
    "FLAGS_WIN",
];
/// The survey plan's files, as the repository has them.
const PASS_1: &str = include_str!("../../../config/sextractor/pass1.sex");
const PASS_2: &str = include_str!("../../../config/sextractor/pass2.sex");
const KERNEL: &str = include_str!("../../../config/sextractor/default.conv");
const PSFEX: &str = include_str!("../../../config/psfex/default.psfex");
/// For source-extractor alone: buffers for the whole image, since with smaller ones it measures sources at their borders
/// without their neighbours.
const WHOLE_IMAGE: &[&str] =
    &["-MEMORY_BUFSIZE", "8000", "-MEMORY_OBJSTACK", "50000", "-MEMORY_PIXSTACK", "5000000", "-VERBOSE_TYPE", "QUIET"];
/// For PSFEx alone: no plots, no check images, no XML.
const SILENT: &[&str] = &[
    "-CHECKPLOT_TYPE",
    "NONE",
    "-CHECKPLOT_DEV",
    "NULL",
    "-CHECKIMAGE_TYPE",
    "NONE",
    "-WRITE_XML",
    "N",
    "-VERBOSE_TYPE",
    "QUIET",
];

/// A pass of detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Without a PSF.
    First,
    /// With a PSF: PSF fits and SPREAD_MODEL.
    Second,
    /// The second one without a PSF, with more columns.
    Plain,
}

/// An image in a folder with the configuration files, and what was made of it.
#[derive(Clone, Debug)]
pub struct Workplace<'b> {
    bench: &'b Bench,
    /// Where everything lies.
    pub folder: PathBuf,
    /// The image.
    pub image: PathBuf,
}

impl Pass {
    const fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Plain => 3,
        }
    }
}

impl<'b> Workplace<'b> {
    /// Writes the configuration files beside `image` (plain FITS). `extra` are lines of `.sex` files that both sides get.
    pub fn new(bench: &'b Bench, image: &Path, extra: &str) -> Result<Self, String> {
        let folder = image.parent().ok_or("the image has no folder")?.to_owned();
        let write =
            |name: &str, text: String| fs_err::write(folder.join(name), text).map_err(|error| error.to_string());
        write("pass1.sex", format!("{PASS_1}\n{extra}\nPARAMETERS_NAME pass1.param\nCATALOG_TYPE FITS_LDAC\n"))?;
        write("pass2.sex", format!("{PASS_2}\n{extra}\nPARAMETERS_NAME pass2.param\nCATALOG_TYPE FITS_LDAC\n"))?;
        write("pass3.sex", format!("{PASS_2}\n{extra}\nPARAMETERS_NAME pass3.param\nCATALOG_TYPE FITS_LDAC\n"))?;
        write("pass3.param", COLUMNS_3.join("\n"))?;
        write("pass1.param", COLUMNS_1.join("\n"))?;
        write("pass2.param", COLUMNS_2.join("\n"))?;
        write("default.conv", KERNEL.to_owned())?;
        write("plan.psfex", PSFEX.to_owned())?;
        Ok(Self { bench, folder, image: image.to_owned() })
    }

    /// Catalogue of source-extractor.
    pub fn their_catalogue(&self, pass: Pass) -> PathBuf {
        self.folder.join(format!("theirs{}.ldac", pass.number()))
    }

    /// Model of PSFEx.
    pub fn their_model(&self) -> PathBuf {
        self.folder.join("theirs1.psf")
    }

    /// Catalogue of our kernels.
    pub fn our_catalogue(&self, pass: Pass) -> PathBuf {
        self.folder.join(format!("ours{}.ldac", pass.number()))
    }

    /// Model of our kernels.
    pub fn our_model(&self) -> PathBuf {
        self.folder.join("ours.psf")
    }

    /// source-extractor's pass; the second one takes `model`.
    pub fn their_pass(&self, pass: Pass, model: &Path) -> Result<Usage, String> {
        let (config, catalogue) = (format!("pass{}.sex", pass.number()), self.their_catalogue(pass));
        let mut words = vec![text(&self.image), "-c", &config, "-CATALOG_NAME", text(&catalogue)];
        words.extend(WHOLE_IMAGE);
        if pass == Pass::Second {
            words.extend(["-PSF_NAME", text(model)]);
        }
        measure(&self.bench.own, &self.folder, &self.bench.source_extractor, &words)
    }

    /// PSFEx on the catalogue of source-extractor's first pass.
    pub fn their_psf(&self, threads: usize) -> Result<Usage, String> {
        let (catalogue, threads) = (self.their_catalogue(Pass::First), threads.to_string());
        let mut words = vec![text(&catalogue), "-c", "plan.psfex", "-NTHREADS", &threads];
        words.extend(SILENT);
        measure(&self.bench.own, &self.folder, &self.bench.psfex, &words)
    }

    /// Our kernels with FITS read and LDAC write, without ledger.
    pub fn our_pass(&self, pass: Pass, model: &Path, threads: usize) -> Result<Usage, String> {
        let (config, catalogue, threads) =
            (format!("pass{}.sex", pass.number()), self.our_catalogue(pass), threads.to_string());
        let mut words = vec![crate::kernels::DETECT, &threads, text(&self.image), &config, text(&catalogue)];
        if pass == Pass::Second {
            words.push(text(model));
        }
        measure(&self.bench.own, &self.folder, &self.bench.own, &words)
    }

    /// Our PSF kernel on our own catalogue of the first pass.
    pub fn our_psf(&self, threads: usize) -> Result<Usage, String> {
        let (catalogue, model, threads) = (self.our_catalogue(Pass::First), self.our_model(), threads.to_string());
        let words = [crate::kernels::PSF, &threads, text(&self.image), "plan.psfex", text(&catalogue), text(&model)];
        measure(&self.bench.own, &self.folder, &self.bench.own, &words)
    }

    /// The step detect as a program, with ledger, into `out`; the second pass takes the output of psf.
    pub fn detect_program(
        &self,
        pass: Pass,
        frames: &Path,
        psf: &str,
        out: &str,
        threads: usize,
    ) -> Result<Usage, String> {
        let (config, frames, psf) =
            (format!("pass{}.sex", pass.number()), format!("frames={}", text(frames)), format!("psf={psf}"));
        let threads = threads.to_string();
        let mut words = vec!["step", "detect", "run", "--read", &frames, "--config", &config, "--out", out];
        if pass == Pass::Second {
            words.extend(["--read", &psf]);
        }
        words.extend(["--threads", &threads]);
        measure(&self.bench.own, &self.folder, &self.bench.skyledger, &words)
    }

    /// The step psf as a program, with ledger, into `out`.
    pub fn psf_program(&self, frames: &Path, catalogue: &str, out: &str, threads: usize) -> Result<Usage, String> {
        let (frames, catalogue) = (format!("frames={}", text(frames)), format!("catalog={catalogue}"));
        let threads = threads.to_string();
        let words = [
            "step",
            "psf",
            "run",
            "--read",
            &frames,
            "--read",
            &catalogue,
            "--config",
            "plan.psfex",
            "--out",
            out,
            "--threads",
            &threads,
        ];
        measure(&self.bench.own, &self.folder, &self.bench.skyledger, &words)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of the comparison have plain names")
}
