//! source-extractor and PSFEx with the survey plan's settings, on an image of the real data.

use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::Array2;
use sky_coords::PixelPos;
use sky_fits::{BinTable, ImageReader, PsfexContext, PsfexFile, ldac};
use sky_psf::{Noise, PsfBuild, PsfCandidate, PsfImage, PsfModel, SpatialPolynomial};

const PASS_1: &str = "CATALOG_TYPE FITS_LDAC\nDETECT_TYPE CCD\nDETECT_MINAREA 5\nDETECT_THRESH 5.0\nANALYSIS_THRESH 5.0\nFILTER N\n\
    DEBLEND_NTHRESH 32\nDEBLEND_MINCONT 0.005\nCLEAN Y\nCLEAN_PARAM 1.0\nPHOT_APERTURES 5\nPHOT_AUTOPARAMS 2.5,3.5\nSATUR_LEVEL 50000\nGAIN 1.0\n\
    SEEING_FWHM 1.2\nMAG_ZEROPOINT 21.1\nBACK_SIZE 64\nBACK_FILTERSIZE 3\nBACKPHOTO_TYPE LOCAL\nWEIGHT_TYPE NONE\n";
const COLUMNS_1: &str = "NUMBER\nX_IMAGE\nY_IMAGE\nXWIN_IMAGE\nYWIN_IMAGE\nFLUX_AUTO\nFLUX_APER(1)\nFLUXERR_APER(1)\nFLUX_RADIUS\nSNR_WIN\n\
    ELONGATION\nFLAGS\nFLUX_MAX\nBACKGROUND\nVIGNET(45,45)\n";
const COLUMNS_2: &str = "NUMBER\nX_IMAGE\nY_IMAGE\nSNR_WIN\nFLAGS\nSPREAD_MODEL\nSPREADERR_MODEL\nXPSF_IMAGE\nYPSF_IMAGE\nFLUX_PSF\nMAG_PSF\n";
const PSFEX: &str = "BASIS_TYPE PIXEL_AUTO\nBASIS_NUMBER 20\nPSF_SAMPLING 0.0\nPSF_ACCURACY 0.01\nPSF_SIZE 25,25\nPHOTFLUX_KEY FLUX_APER(1)\n\
    PHOTFLUXERR_KEY FLUXERR_APER(1)\nPSFVAR_KEYS X_IMAGE,Y_IMAGE\nPSFVAR_GROUPS 1,1\nPSFVAR_DEGREES 2\nSAMPLE_AUTOSELECT Y\nSAMPLE_FWHMRANGE 2,10\n\
    SAMPLE_MINSN 20\nSAMPLE_MAXELLIP 0.3\nCHECKPLOT_DEV NULL\nCHECKPLOT_TYPE NONE\nCHECKIMAGE_TYPE NONE\nWRITE_XML N\n";

/// An image as source-extractor saw it in its first pass.
pub struct Field {
    folder: tempfile::TempDir,
    image: PathBuf,
    source_extractor: PathBuf,
    pub pixels: Array2<f32>,
    rms: Array2<f32>,
    pub candidates: Vec<PsfCandidate>,
}

impl Field {
    /// Runs pass 1 on an image (`.gz` too). `None` where source-extractor is not installed.
    pub fn detect(image: &Path) -> Option<Self> {
        let source_extractor = test_sky::tool("source-extractor")?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let plain = folder.path().join("image.fits");
        let read = ImageReader::open(image).and_then(|reader| reader.read()).expect("the image can be read");
        let mut file = std::fs::File::create(&plain).expect("a file can be made");
        let header = sky_fits::without_structure(&read.header);
        sky_fits::write_image(&mut file, &header, sky_fits::PixelData::F32(&read.pixels)).expect("it can be written");
        std::fs::write(folder.path().join("p1.sex"), PASS_1).expect("written");
        std::fs::write(folder.path().join("p1.param"), COLUMNS_1).expect("written");
        let check = ["-CHECKIMAGE_TYPE", "-BACKGROUND,BACKGROUND_RMS", "-CHECKIMAGE_NAME", "sub.fits,rms.fits"];
        let catalog = ["image.fits", "-c", "p1.sex", "-PARAMETERS_NAME", "p1.param", "-CATALOG_NAME", "p1.ldac"];
        run(&source_extractor, folder.path(), &[&catalog[..], &check[..]].concat());
        let pixels = |name: &str| {
            ImageReader::open(&folder.path().join(name)).and_then(|reader| reader.read()).expect("a check image").pixels
        };
        let (pixels, rms) = (pixels("sub.fits"), pixels("rms.fits"));
        let (_, table) = ldac::read(&folder.path().join("p1.ldac")).expect("a catalogue");
        let column = |name: &str| table.numbers(name).expect("a column of the catalogue");
        let (x, y, flux) = (column("XWIN_IMAGE"), column("YWIN_IMAGE"), column("FLUX_AUTO"));
        let (radius, snr, elongation) = (column("FLUX_RADIUS"), column("SNR_WIN"), column("ELONGATION"));
        let (flags, peak, background) = (column("FLAGS"), column("FLUX_MAX"), column("BACKGROUND"));
        let candidates = (0..x.len())
            .map(|k| PsfCandidate {
                position: PixelPos::from_fits(x[k], y[k]),
                flux_adu: flux[k],
                half_light_radius_px: radius[k],
                snr: snr[k],
                elongation: elongation[k],
                flags: flags[k] as u16,
                peak_adu: peak[k],
                background_adu: background[k],
            })
            .collect();
        Some(Self { folder, image: plain, source_extractor, pixels, rms, candidates })
    }

    /// The image without its background.
    pub fn image(&self) -> PsfImage<'_> {
        PsfImage::new(self.pixels.view(), None, Noise::Map(self.rms.view()), 1.0).expect("a valid image")
    }

    /// PSFEx's model from the same catalogue. `None` where PSFEx is not installed.
    pub fn psfex(&self) -> Option<PsfModel> {
        let psfex = test_sky::tool("psfex")?;
        std::fs::write(self.folder.path().join("p.psfex"), PSFEX).expect("written");
        run(&psfex, self.folder.path(), &["p1.ldac", "-c", "p.psfex"]);
        Some(model_of(&PsfexFile::read(&self.folder.path().join("p1.psf")).expect("PSFEx's model can be read")))
    }

    /// Pass 2 of source-extractor (with PSF fits) with our model: its catalogue.
    pub fn fit_with(&self, build: &PsfBuild) -> BinTable {
        let path = self.folder.path().join("ours.psf");
        let mut file = std::fs::File::create(&path).expect("a file can be made");
        file_of(build).write(&mut file).expect("the model can be written");
        std::fs::write(self.folder.path().join("p2.sex"), PASS_1).expect("written");
        std::fs::write(self.folder.path().join("p2.param"), COLUMNS_2).expect("written");
        let image = self.image.to_str().expect("a plain name");
        let catalog = [image, "-c", "p2.sex", "-PARAMETERS_NAME", "p2.param", "-CATALOG_NAME", "p2.ldac"];
        run(&self.source_extractor, self.folder.path(), &[&catalog[..], &["-PSF_NAME", "ours.psf"]].concat());
        ldac::read(&self.folder.path().join("p2.ldac")).expect("a catalogue").1
    }
}

/// Index of the nearest of `places` within `radius_px` of each position.
pub fn matches(positions: &[PixelPos], places: &[PixelPos], radius_px: f64) -> Vec<(usize, usize)> {
    let mut by_row: Vec<usize> = (0..places.len()).filter(|&k| places[k].y_px.is_finite()).collect();
    by_row.sort_by(|&a, &b| places[a].y_px.total_cmp(&places[b].y_px));
    let nearest = |position: &PixelPos| {
        let start = by_row.partition_point(|&k| places[k].y_px < position.y_px - radius_px);
        let near = by_row[start..].iter().take_while(|&&k| places[k].y_px <= position.y_px + radius_px);
        let squared = |k: usize| (places[k].x_px - position.x_px).powi(2) + (places[k].y_px - position.y_px).powi(2);
        let best = near.copied().min_by(|&a, &b| squared(a).total_cmp(&squared(b)))?;
        (squared(best) <= radius_px * radius_px).then_some(best)
    };
    positions.iter().enumerate().filter_map(|(index, position)| Some((index, nearest(position)?))).collect()
}

fn model_of(file: &PsfexFile) -> PsfModel {
    let (x, y) = (&file.contexts[0], &file.contexts[1]);
    let polynomial = SpatialPolynomial::new(file.degrees[0], [x.zero, y.zero], [x.scale, y.scale]).expect("valid");
    PsfModel::from_planes(file.coefficients.clone(), file.sampling_px, file.fwhm_px, polynomial).expect("valid")
}

fn file_of(build: &PsfBuild) -> PsfexFile {
    let polynomial = build.model.polynomial();
    let context = |axis: usize, name: &str| PsfexContext {
        name: name.to_owned(),
        group: 1,
        zero: polynomial.zero()[axis],
        scale: polynomial.scale()[axis],
    };
    PsfexFile {
        loaded: build.quality.stars_loaded as i64,
        accepted: build.quality.stars_used as i64,
        chi2: build.quality.reduced_chi2,
        fwhm_px: build.model.half_light_diameter_px(),
        sampling_px: build.model.step_px(),
        contexts: vec![context(0, "X_IMAGE"), context(1, "Y_IMAGE")],
        degrees: vec![polynomial.degree()],
        coefficients: build.model.planes().to_owned(),
    }
}

fn run(program: &Path, folder: &Path, arguments: &[&str]) {
    let output =
        Command::new(program).args(arguments).current_dir(folder).output().expect("the program can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {arguments:?} failed: {said}", program.display());
}
