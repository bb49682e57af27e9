//! The image services: STScI DSS cutouts, IRSA plate files, SkyView.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use sky_coords::SkyPos;

use crate::cards::{Cards, ascii_table};
use crate::fault::{Fault, no_coverage_page};
use crate::http::{Request, Response};
use crate::sky::Sky;

/// Media type of FITS files.
const FITS: &str = "image/x-fits";

/// STScI `dss_search`: `r d e h w f c v`.
pub(crate) fn stsci(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    let angle = |name| request.parameter(name).and_then(|value| value.trim().parse::<f64>().ok());
    let known = matches!(request.parameter("v"), Some("poss1_red" | "1" | "all"));
    let (Some(ra), Some(dec), true) = (angle("r"), angle("d"), known) else {
        return Response::ok("text/html; charset=UTF-8", no_coverage_page());
    };
    let size = |name| angle(name).unwrap_or(15.0);
    match sky.image(SkyPos::new(ra, dec), size("w"), size("h")) {
        None => Response::ok("text/html; charset=UTF-8", no_coverage_page()),
        Some(image) => {
            let image = spoil(image, fault);
            let zip =
                request.parameter("c").is_some_and(|c| c.eq_ignore_ascii_case("gz") || c.eq_ignore_ascii_case("gzip"));
            let body = if zip { gzip(&image) } else { image };
            let mut response = Response::ok(FITS, body);
            response.headers.push(("Content-Disposition".into(), "attachment; filename=dss.fits".into()));
            response
        }
    }
}

/// IRSA's folders of whole plates: `data/DSS/images/dss1red/dss1red_XE486.fits`.
pub(crate) fn irsa(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    let plate = request.path.rsplit('/').next().and_then(|name| name.strip_prefix("dss1red_")?.strip_suffix(".fits"));
    match plate.and_then(|plate| sky.plate(plate)) {
        None => Response::status(404),
        Some(image) => Response::ok(FITS, spoil(image, fault)),
    }
}

/// SkyView's `runquery.pl`: `Position Survey Size Return`; the answer is resampled, in floats, without any key of the plate.
pub(crate) fn skyview(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    let numbers = |name| -> Vec<f64> {
        request
            .parameter_any_case(name)
            .unwrap_or_default()
            .split([',', ' '])
            .filter_map(|part| part.trim().parse().ok())
            .collect()
    };
    let (position, size) = (numbers("Position"), numbers("Size"));
    let (Some((&ra, &dec)), Some(&width)) = (position.first().zip(position.get(1)), size.first()) else {
        return Response::ok("text/html", "<html><body>No valid position</body></html>\n");
    };
    let height = size.get(1).copied().unwrap_or(width);
    let image = sky.image(SkyPos::new(ra, dec), width * 60.0, height * 60.0);
    match image.as_deref().and_then(as_floats) {
        None => Response::ok("text/html", "<html><body>No data in this survey</body></html>\n"),
        Some(image) => Response::ok("image/fits", spoil(image, fault)),
    }
}

/// Packs bytes.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing into memory cannot fail")
}

/// A gzip body that unpacks to so many zeros.
pub(crate) fn gzip_bomb(bytes: u64) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 16];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(zeros.len() as u64);
        encoder.write_all(&zeros[..now as usize]).expect("writing into memory cannot fail");
        left -= now;
    }
    encoder.finish().expect("writing into memory cannot fail")
}

/// The same image as 32-bit floats with a tangent-plane header only.
fn as_floats(image: &[u8]) -> Option<Vec<u8>> {
    let source = Cards::split(image)?;
    let (width, height) = (source.number("NAXIS1")? as usize, source.number("NAXIS2")? as usize);
    let pixels = source.rest().get(..width * height * 2)?;
    let mut data: Vec<u8> =
        pixels.chunks_exact(2).flat_map(|two| f32::from(i16::from_be_bytes([two[0], two[1]])).to_be_bytes()).collect();
    data.resize(data.len().next_multiple_of(2880), 0);
    let mut cards = Cards::new(data);
    cards.set("SIMPLE", "T");
    cards.set("BITPIX", -32);
    for (key, value) in [("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", height)] {
        cards.set(key, value);
    }
    for key in ["CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2"] {
        cards.set(key, source.number(key)?);
    }
    cards.set("RADESYS", "'FK5     '");
    cards.set("EQUINOX", "2000.0");
    cards.set("CTYPE1", "'RA---TAN'");
    cards.set("CTYPE2", "'DEC--TAN'");
    cards.set("CDELT1", source.number("CD1_1")?);
    cards.set("CDELT2", source.number("CD2_2")?);
    Some(cards.join())
}

/// Applies a fault of content to an image.
fn spoil(image: Vec<u8>, fault: Option<&Fault>) -> Vec<u8> {
    let (Some(fault), Some(mut cards)) = (fault, Cards::split(&image)) else { return image };
    match fault {
        Fault::WrongSurvey => cards.set("SURVEY", "'POSSII-F'"),
        Fault::WrongPlate => {
            cards.set("REGION", "'XE001   '");
            cards.set("PLATEID", "'0000    '");
        }
        Fault::HiresScan => {
            let shrink = 15.0295 / cards.number("XPIXELSZ").unwrap_or(25.2845);
            cards.set("XPIXELSZ", "15.0295");
            cards.set("YPIXELSZ", "15.0");
            for key in ["CD1_1", "CD2_2"] {
                if let Some(scale) = cards.number(key) {
                    cards.set(key, format!("{:.12}", scale * shrink));
                }
            }
        }
        Fault::SecondHdu => {
            let (grid, flat): (Vec<f64>, Vec<f64>) =
                (0..1600).map(|row| (f64::from(row % 40) * 0.16 - 3.12, 0.1)).unzip();
            let columns: [(&str, &str, &[f64]); 4] = [
                ("XI", "DEGREES", &grid),
                ("ETA", "DEGREES", &grid),
                ("XI_CORR", "ARCSEC", &flat),
                ("ETA_CORR", "ARCSEC", &flat),
            ];
            cards.append(&ascii_table("er.mask", &columns));
        }
        Fault::BadDate => cards.set("DATE-OBS", "'1951-11-29T04:65:00'"),
        Fault::NoWcs => cards.remove(|key| {
            ["CTYPE", "CRPIX", "CRVAL", "CD", "AMD", "PPO", "CNPIX", "PLTRA", "PLTDEC", "WCSNAME"]
                .iter()
                .any(|stem| key.starts_with(stem))
        }),
        Fault::HeaderTooTall => {
            let height = cards.number("NAXIS2").unwrap_or(0.0);
            cards.set("NAXIS2", height + 2880.0);
        }
        _ => return image,
    }
    cards.join()
}
