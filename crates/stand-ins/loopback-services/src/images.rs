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
/// Names of this survey at SkyView.
const SKYVIEW_SURVEYS: [&str; 3] = ["DSS1 Red", "DSS1R", "DSS"];
/// Pixels of SkyView where the question does not say how many.
const SKYVIEW_PIXELS: f64 = 300.0;
/// Most pixels along a side.
const SKYVIEW_PIXELS_MAX: usize = 5000;

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
        Some(image) => {
            let whole = Response::ok(FITS, spoil(image, fault));
            match request.last_byte_asked() {
                Some(last) => whole.part(last),
                None => whole,
            }
        }
    }
}

/// SkyView's `runquery.pl`: `Position Survey Size Pixels Return`; the answer is resampled, in floats, without any key of the plate.
///
/// A place without an image is status 404 (astroquery issue 572), a question that it does not understand a page of HTML.
pub(crate) fn skyview(sky: &dyn Sky, request: &Request, fault: Option<&Fault>) -> Response {
    let numbers = |name| -> Vec<f64> {
        request
            .parameter_any_case(name)
            .unwrap_or_default()
            .split([',', ' '])
            .filter_map(|part| part.trim().parse().ok())
            .collect()
    };
    let says = |name, values: &[&str]| request.parameter_any_case(name).is_some_and(|value| values.contains(&value));
    let refuse = |what| Response::ok("text/html", format!("<html><body>Error: {what}</body></html>\n"));
    let (position, size, pixels) = (numbers("Position"), numbers("Size"), numbers("Pixels"));
    let (Some((&ra, &dec)), Some(&width)) = (position.first().zip(position.get(1)), size.first()) else {
        return refuse("no valid position or size");
    };
    if !says("Survey", &SKYVIEW_SURVEYS) {
        return refuse("unknown survey");
    }
    if !says("Return", &["FITS"]) {
        return refuse("unknown format");
    }
    let height = size.get(1).copied().unwrap_or(width);
    let columns = pixels.first().copied().unwrap_or(SKYVIEW_PIXELS);
    let grid = (columns as usize, pixels.get(1).copied().unwrap_or(columns) as usize);
    if !(1..=SKYVIEW_PIXELS_MAX).contains(&grid.0) || !(1..=SKYVIEW_PIXELS_MAX).contains(&grid.1) {
        return refuse("no valid number of pixels");
    }
    let centre = SkyPos::new(ra, dec);
    let image = sky.image(centre, width * 60.0, height * 60.0);
    match image.as_deref().and_then(|image| resampled(image, centre, (width, height), grid)) {
        None => Response::status(404),
        Some(image) => Response::ok("image/fits", spoil(image, fault)),
    }
}

/// Packs bytes.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing into memory cannot fail")
}

/// A gzip body that unpacks to so many zeros: members of a megabyte behind each other (RFC 1952, 2.2), so that it costs a server next to nothing.
pub(crate) fn gzip_bomb(bytes: u64) -> Vec<u8> {
    const MEMBER_BYTES: u64 = 1 << 20;
    let member = gzip(&vec![0; MEMBER_BYTES as usize]);
    let mut bomb = member.repeat((bytes / MEMBER_BYTES) as usize);
    bomb.extend(gzip(&vec![0; (bytes % MEMBER_BYTES) as usize]));
    bomb
}

/// The image as 32-bit floats on a grid of so many pixels about a centre (each takes its nearest neighbour), with a tangent-plane header only.
fn resampled(image: &[u8], centre: SkyPos, size_deg: (f64, f64), (columns, rows): (usize, usize)) -> Option<Vec<u8>> {
    let source = Cards::split(image)?;
    let (width, height) = (source.number("NAXIS1")? as usize, source.number("NAXIS2")? as usize);
    let pixels = source.rest().get(..width * height * 2)?;
    let mut data = Vec::with_capacity((columns * rows * 4).next_multiple_of(2880));
    for row in 0..rows {
        for column in 0..columns {
            let at = 2 * ((row * height / rows) * width + column * width / columns);
            let count = i16::from_be_bytes([pixels[at], pixels[at + 1]]);
            data.extend_from_slice(&f32::from(count).to_be_bytes());
        }
    }
    data.resize(data.len().next_multiple_of(2880), 0);
    let mut cards = Cards::new(data);
    cards.set("SIMPLE", "T");
    cards.set("BITPIX", -32);
    for (key, value) in [("NAXIS", 2), ("NAXIS1", columns), ("NAXIS2", rows)] {
        cards.set(key, value);
    }
    cards.set("CRVAL1", format!("{:.9}", centre.ra_deg));
    cards.set("CRVAL2", format!("{:.9}", centre.dec_deg));
    cards.set("RADESYS", "'FK5     '");
    cards.set("EQUINOX", "2000.0");
    cards.set("CTYPE1", "'RA---TAN'");
    cards.set("CTYPE2", "'DEC--TAN'");
    cards.set("CRPIX1", format!("{:.1}", (columns as f64 + 1.0) / 2.0));
    cards.set("CRPIX2", format!("{:.1}", (rows as f64 + 1.0) / 2.0));
    cards.set("CDELT1", format!("{:.12}", -size_deg.0 / columns as f64));
    cards.set("CDELT2", format!("{:.12}", size_deg.1 / rows as f64));
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
        Fault::BlankImage => cards.blank(),
        Fault::TrailingZeros => cards.append(&[0; 3 * 2880]),
        Fault::TrailingText => cards.append(b"Content-type: text/html\n\n<h1>Software error</h1>\n"),
        Fault::WrongPlace => {
            for key in ["CRVAL2", "PLTDECD"] {
                if let Some(degrees) = cards.number(key) {
                    cards.set(key, format!("{:.9}", degrees + 1.0));
                }
            }
        }
        _ => return image,
    }
    cards.join()
}
