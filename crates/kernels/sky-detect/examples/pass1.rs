//! The survey plan's first pass from file to file: reads a FITS image, finds and measures its sources, writes a FITS_LDAC
//! catalogue; prints the wall time of each part.
//!
//! `cargo run --release -p sky-detect --example pass1 -- image.fits out.ldac [repetitions]`; RAYON_NUM_THREADS sets the
//! threads. Repetitions repeat all of it, for profilers.
#![allow(clippy::print_stdout, reason = "a measurement prints what it measured")]

use std::error::Error;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use products::source_catalog::columns::{ColumnContext, Shape, SourceColumn, source_column};
use rayon::prelude::*;
use sky_background::BackgroundParams;
use sky_catalog::{ColumnType, SkyJacobian, Source, SourceSky};
use sky_coords::PixelPos;
use sky_detect::{DetectParams, detect, vignet_rows};
use sky_fits::{BinColumn, Values};
use sky_image::Image;
use sky_photometry::PhotometryParams;
use sky_wcs::Wcs;

/// Width and height of VIGNET, pixels.
const VIGNET_PX: usize = 45;
/// The columns of the survey plan's first pass.
const COLUMNS: &[&str] = &[
    "NUMBER",
    "X_IMAGE",
    "Y_IMAGE",
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "ALPHA_J2000",
    "DELTA_J2000",
    "FLUX_AUTO",
    "FLUXERR_AUTO",
    "MAG_AUTO",
    "MAGERR_AUTO",
    "FLUX_APER",
    "FLUXERR_APER",
    "MAG_APER",
    "MAGERR_APER",
    "FLUX_RADIUS",
    "FLUX_MAX",
    "FWHM_IMAGE",
    "A_IMAGE",
    "B_IMAGE",
    "THETA_IMAGE",
    "ELONGATION",
    "ELLIPTICITY",
    "SNR_WIN",
    "FLAGS",
    "VIGNET",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [image, out, rest @ ..] = arguments.as_slice() else {
        return Err("expected: image.fits out.ldac [repetitions]".into());
    };
    let repetitions: usize = rest.first().map_or(Ok(1), |text| text.parse())?;
    for _ in 0..repetitions {
        pass(Path::new(image), Path::new(out))?;
    }
    Ok(())
}

fn pass(image: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let mut clock = start;
    let mut lap = || {
        let ms = clock.elapsed().as_secs_f64() * 1e3;
        clock = Instant::now();
        ms
    };
    let read = sky_fits::ImageReader::open(image)?.read()?;
    let read_ms = lap();
    let detection = DetectParams { filter_kernel: Vec::new(), ..DetectParams::default() };
    let photometry = PhotometryParams {
        gain_e_per_adu: 1.0,
        local_background_px: 24,
        zero_point_mag: 21.1,
        ..PhotometryParams::default()
    };
    let mut found = detect(Image::new(read.pixels), &detection, &BackgroundParams::default(), &photometry)?;
    let detect_ms = lap();
    if let Ok(wcs) = Wcs::from_header(&read.header) {
        found.sources.par_iter_mut().for_each(|source| source.sky = Some(sky_of(source, &wcs)));
    }
    let sky_ms = lap();
    let columns: Vec<&SourceColumn> = COLUMNS.iter().filter_map(|name| source_column(name)).collect();
    let context =
        ColumnContext { zero_point_mag: 21.1, n_apertures: 1, n_light_fractions: 1, vignet_px: [VIGNET_PX; 2] };
    let heads: Vec<BinColumn> = columns.iter().map(|column| head(column, &context)).collect();
    let mut file = BufWriter::new(std::fs::File::create(out)?);
    sky_fits::ldac::write_rows(&mut file, &read.header, &heads, found.sources.len(), &|row, bytes| {
        let source = &found.sources[row];
        let cut =
            |take: &mut dyn FnMut(&[f32])| vignet_rows(&found.pixels, &found.segmentation, source, VIGNET_PX, take);
        columns.iter().for_each(|column| column.append_cell(source, &context, cut, bytes));
    })?;
    file.into_inner()?;
    let write_ms = lap();
    println!(
        "{} sources; read {read_ms:.1}, detect {detect_ms:.1}, sky {sky_ms:.1}, write {write_ms:.1}, all {:.1} ms",
        found.sources.len(),
        start.elapsed().as_secs_f64() * 1e3
    );
    Ok(())
}

fn sky_of(source: &Source, wcs: &Wcs) -> SourceSky {
    let isophotal = PixelPos::new(source.x_px, source.y_px);
    SourceSky {
        isophotal: wcs.sky_from_pixel(isophotal),
        windowed: wcs.sky_from_pixel(PixelPos::new(source.windowed.x_px, source.windowed.y_px)),
        psf: None,
        pixel_scale_arcsec: wcs.pixel_scale_arcsec_at(isophotal),
        theta_deg: f64::NAN,
        theta_windowed_deg: f64::NAN,
        peak: wcs.sky_from_pixel(isophotal),
        jacobian: SkyJacobian::default(),
    }
}

fn head(column: &SourceColumn, context: &ColumnContext) -> BinColumn {
    let values = match column.spec.kind {
        ColumnType::F64 => Values::F64(Vec::new()),
        ColumnType::F32 => Values::F32(Vec::new()),
        ColumnType::I16 => Values::I16(Vec::new()),
        _ => Values::I32(Vec::new()),
    };
    let head = BinColumn::new(column.spec.name, values).with_unit(column.spec.unit);
    if column.shape == Shape::Vignet { head.with_dims(&context.vignet_px) } else { head }
}
