//! The lies that are told about a field.

use super::field::{Field, SIDE_ARCMIN};
use super::lie::Lie;
use super::rows::Rows;

/// Length of a block of FITS, bytes.
const BLOCK: usize = 2880;

/// Twenty lies.
pub(super) fn all(field: &Field) -> Vec<Lie> {
    let [gaia, ps1, usnob] = ["gaia", "ps1", "usnob"].map(|name| &field.rows[name]);
    let mut lies = blind(field, gaia, ps1, usnob);
    lies.extend(displaced(field, gaia, ps1));
    lies.extend(motions(usnob));
    for percent in [6, 16, 34] {
        lies.push(Lie::image(format!("{percent} % negative pixels"), with_broken_rim(&field.image, percent)));
    }
    let notices = ["#INFO Errors=Fatal: query interrupted", "#INFO\tErrors=ERROR: cannot connect to the database"];
    lies.push(Lie::text("an error told after the rows", "gaia", gaia.asu_tsv(notices[0]), "tsv"));
    lies.push(Lie::text("an error told in place of the rows", "ps1", ps1.emptied().asu_tsv(notices[1]), "tsv"));
    lies
}

/// Catalogues that do not see the tile.
fn blind(field: &Field, gaia: &Rows, ps1: &Rows, usnob: &Rows) -> Vec<Lie> {
    let (ra0, dec0) = (field.centre.ra_deg, field.centre.dec_deg);
    let elsewhere = |rows: &Rows| rows.at(|ra, dec| ((ra + 20.0) % 360.0, dec));
    let quarter_deg = SIDE_ARCMIN / 60.0 / 4.0;
    let corner = move |ra: f64, dec: f64| wrapped(ra - ra0) > 0.0 && dec - dec0 > quarter_deg / 2.0;
    let half = move |_: f64, dec: f64| dec > dec0;
    vec![
        Lie::of("emptied Gaia", &[("gaia", gaia.emptied())]),
        Lie::of("emptied PS1", &[("ps1", ps1.emptied())]),
        Lie::of("emptied Gaia and PS1", &[("gaia", gaia.emptied()), ("ps1", ps1.emptied())]),
        Lie::of("emptied USNO-B1.0", &[("usnob", usnob.emptied())]),
        Lie::of("PS1 of another field", &[("ps1", elsewhere(ps1))]),
        Lie::of("Gaia and PS1 of another field", &[("gaia", elsewhere(gaia)), ("ps1", elsewhere(ps1))]),
        Lie::of("PS1 of one corner", &[("ps1", ps1.only(corner))]),
        Lie::of("Gaia of one corner", &[("gaia", gaia.only(corner))]),
        Lie::of("PS1 of the northern half", &[("ps1", ps1.only(half))]),
        Lie::of("PS1 with RA in hours", &[("ps1", ps1.at(|ra, dec| (ra / 15.0, dec)))]),
    ]
}

/// Stars beside their places.
fn displaced(field: &Field, gaia: &Rows, ps1: &Rows) -> Vec<Lie> {
    let (ra0, dec0) = (field.centre.ra_deg, field.centre.dec_deg);
    let cos_dec = dec0.to_radians().cos();
    let north = |rows: &Rows, arcsec: f64| rows.at(move |ra, dec| (ra, dec + arcsec / 3600.0));
    let half_deg = SIDE_ARCMIN / 120.0;
    // 0 in the south-east corner, 1 in the north-west one.
    let share = move |ra: f64, dec: f64| {
        let x = (half_deg - wrapped(ra - ra0) * cos_dec) / (2.0 * half_deg);
        let y = (dec - dec0 + half_deg) / (2.0 * half_deg);
        (x.clamp(0.0, 1.2), y.clamp(0.0, 1.2))
    };
    let quadratic = move |rows: &Rows| {
        rows.at(move |ra, dec| {
            let (x, y) = share(ra, dec);
            (ra + 7.0 * x * x / 3600.0 / cos_dec, dec + 7.0 * y * y / 3600.0)
        })
    };
    // Without a motion a star does not tie: those that do lie in one corner.
    let in_corner = move |ra: f64, dec: f64| {
        let (x, y) = share(ra, dec);
        x < 0.35 && y < 0.35
    };
    let tied_in_corner = ["pmRA", "pmDE"].into_iter().fold(quadratic(gaia), |rows, column| {
        rows.with(column, move |_, ra, dec| (!in_corner(ra, dec)).then(String::new))
    });
    let torn = move |rows: &Rows| {
        rows.at(
            move |ra, dec| {
                if share(ra, dec).1 > 0.5 { (ra - 4.0 / 3600.0 / cos_dec, dec - 6.0 / 3600.0) } else { (ra, dec) }
            },
        )
    };
    vec![
        Lie::of("a header 20 arcsec off", &[("gaia", north(gaia, 20.0)), ("ps1", north(ps1, 20.0))]),
        Lie::of("7 arcsec of quadratic error, ties in a corner", &[("gaia", tied_in_corner), ("ps1", quadratic(ps1))]),
        Lie::of("half of the tile 7 arcsec off", &[("gaia", torn(gaia)), ("ps1", torn(ps1))]),
    ]
}

/// USNO-B1.0 with false motions: as a veto and as it is used by default, it must judge as without them.
fn motions(usnob: &Rows) -> Vec<Lie> {
    let false_motions = ["pmRA", "pmDE"].into_iter().enumerate().fold(usnob.clone(), |rows, (axis, column)| {
        rows.with(column, move |row, _, _| (row % 16 == 3).then(|| (150 + 40 * (row % 17) + 10 * axis).to_string()))
    });
    let veto = ["evidence=[\"usnob\"]", "vetoes=[\"usnob\"]"].map(str::to_owned);
    let lie = |name: &str, settings: &[String]| Lie {
        is_harmless: true,
        settings: settings.to_vec(),
        ..Lie::of(name, &[("usnob", false_motions.clone())])
    };
    vec![lie("6 % false motions in USNO-B1.0", &[]), lie("6 % false motions in USNO-B1.0 as a veto", &veto)]
}

/// The image with that share of its pixels, at one edge, with the other sign.
fn with_broken_rim(image: &[u8], percent: usize) -> Vec<u8> {
    let mut broken = image.to_vec();
    let is_end = |card: &[u8]| card.starts_with(b"END ");
    let header_blocks =
        broken.chunks(BLOCK).position(|block| block.chunks(80).any(is_end)).map_or(0, |block| block + 1);
    let side = (SIDE_ARCMIN * 60.0 / 1.7) as usize;
    let start = header_blocks * BLOCK;
    let pixels = side * side * percent / 100;
    for pixel in broken[start..].chunks_exact_mut(2).take(pixels) {
        let value = i16::from_be_bytes([pixel[0], pixel[1]]);
        pixel.copy_from_slice(&value.saturating_neg().to_be_bytes());
    }
    broken
}

/// A difference of right ascensions within half a turn.
fn wrapped(difference_deg: f64) -> f64 {
    (difference_deg + 540.0).rem_euclid(360.0) - 180.0
}
