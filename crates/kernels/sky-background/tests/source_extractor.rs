//! The mesh against SExtractor: sep's published check images, and a live run.
#![allow(clippy::print_stderr, reason = "a comparison prints what it compared")]

use std::path::Path;
use std::process::Command;

use ndarray::Array2;
use sky_background::{Background, BackgroundParams};
use sky_image::Image;

struct Difference {
    pixels: usize,
    level_rms: f64,
    level_max: f64,
    rms_ratio_max: f64,
    sigma_adu: f64,
}

fn compare(image: &Path, level: &Path, rms: &Path) -> Difference {
    let read =
        |path: &Path| sky_fits::ImageReader::open(path).and_then(|reader| reader.read()).expect("a FITS image").pixels;
    let (pixels, level, rms): (Array2<f32>, _, _) = (read(image), read(level), read(rms));
    let height = pixels.nrows();
    let background = Background::estimate(&Image::new(pixels), &BackgroundParams::default()).expect("good pixels");
    let ours = background.level_image(height);
    let our_rms = background.rms_image(height);
    let differences = ours.iter().zip(&level).map(|(a, b)| f64::from(a - b));
    let square: f64 = differences.clone().map(|d| d * d).sum();
    let found = Difference {
        pixels: ours.len(),
        level_rms: (square / ours.len() as f64).sqrt(),
        level_max: differences.map(f64::abs).fold(0.0, f64::max),
        rms_ratio_max: our_rms.iter().zip(&rms).map(|(a, b)| f64::from((a / b - 1.0).abs())).fold(0.0, f64::max),
        sigma_adu: background.rms_adu,
    };
    eprintln!(
        "{}: {} pixels of ours and theirs compared; level differs by {:.2e} sigma rms, {:.2e} at most; noise by {:.2e} at most",
        image.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        found.pixels,
        found.level_rms / found.sigma_adu,
        found.level_max / found.sigma_adu,
        found.rms_ratio_max
    );
    found
}

#[test]
fn seps_published_check_images_are_reproduced() {
    let Some(data) = test_sky::real_data("seps_published_check_images_are_reproduced") else { return };
    let folder = data.join("h_reference/sep");
    let found = compare(&folder.join("image.fits"), &folder.join("back.fits.gz"), &folder.join("rms.fits.gz"));
    assert_eq!(found.pixels, 256 * 256, "all pixels are compared");
    // The published maps are of SExtractor 2.8, which summed in another order; sep's own test allows 1e-5 of the level.
    assert!(found.level_max < 0.001 * found.sigma_adu, "level off by {} ADU", found.level_max);
    assert!(found.rms_ratio_max < 0.0001, "noise off by {}", found.rms_ratio_max);
}

#[test]
fn a_live_run_of_source_extractor_is_reproduced() {
    let Some(data) = test_sky::real_data("a_live_run_of_source_extractor_is_reproduced") else { return };
    let Some(tool) = test_sky::tool("source-extractor") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["i_sim/std/tile.fits.gz", "a_dss/dss1_red_M67_XE486.fits"] {
        let image = folder.path().join("image.fits");
        let read = sky_fits::ImageReader::open(&data.join(name))
            .and_then(|reader| reader.read())
            .expect("the image of the data folder");
        let mut file = std::fs::File::create(&image).expect("a file in the temporary folder");
        sky_fits::write_image(&mut file, &read.header, sky_fits::PixelData::F32(&read.pixels))
            .expect("a plain copy can be written");
        std::fs::write(folder.path().join("few.param"), "NUMBER\n").expect("a file in the temporary folder");
        let status = Command::new(&tool)
            .current_dir(folder.path())
            .args(["image.fits", "-c", "/dev/null", "-PARAMETERS_NAME", "few.param", "-CATALOG_TYPE", "NONE"])
            .args(["-FILTER", "N", "-BACK_SIZE", "64", "-BACK_FILTERSIZE", "3", "-VERBOSE_TYPE", "QUIET"])
            .args(["-CHECKIMAGE_TYPE", "BACKGROUND,BACKGROUND_RMS", "-CHECKIMAGE_NAME", "level.fits,rms.fits"])
            .status()
            .expect("source-extractor starts");
        assert!(status.success(), "source-extractor failed on {name}");
        let found = compare(&image, &folder.path().join("level.fits"), &folder.path().join("rms.fits"));
        // Both sum in double precision and write single: what is left is the order of sums and the last bit.
        assert!(found.level_rms < 0.001 * found.sigma_adu, "{name}: level off by {} ADU rms", found.level_rms);
        assert!(found.rms_ratio_max < 0.01, "{name}: noise off by {}", found.rms_ratio_max);
    }
}
