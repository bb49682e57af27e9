//! Where the mount pointed.

use sky_coords::{parse_dec_deg, parse_ra_deg};
use sky_image::{CardValue, Header};

use super::alias::parse_number;

/// Degrees of an hour.
const HOUR_DEG: f64 = 15.0;

/// Right ascension and declination in degrees: RA and DEC, else OBJCTRA and OBJCTDEC. A pair of zeros is what programs write
/// that do not know, and is none.
pub(super) fn pointing_deg(header: &Header) -> Option<(f64, f64)> {
    [("RA", "DEC"), ("OBJCTRA", "OBJCTDEC")].into_iter().find_map(|(ra, dec)| {
        let (ra, dec) = (right_ascension(header, ra)?, declination(header, dec)?);
        let sound = (0.0..=360.0).contains(&ra) && (-90.0..=90.0).contains(&dec) && (ra != 0.0 || dec != 0.0);
        sound.then_some((ra, dec))
    })
}

/// A number is in degrees, but where its comment says hours (DWARF: `[h]`); a text with parts is in hours.
fn right_ascension(header: &Header, keyword: &str) -> Option<f64> {
    let card = header.cards().iter().find(|card| card.keyword == keyword)?;
    let number = match &card.value {
        CardValue::Integer(value) => Some(*value as f64),
        CardValue::Real(value) => Some(*value),
        CardValue::Text(text) => match parse_number(text) {
            Some(value) => Some(value),
            None => return parse_ra_deg(text.trim()).ok(),
        },
        CardValue::Logical(_) | CardValue::None => None,
    };
    let in_hours = card.comment.contains("[h]");
    number.map(|value| if in_hours { HOUR_DEG * value } else { value })
}

fn declination(header: &Header, keyword: &str) -> Option<f64> {
    match header.get(keyword)? {
        CardValue::Integer(value) => Some(*value as f64),
        CardValue::Real(value) => Some(*value),
        CardValue::Text(text) => parse_number(text).or_else(|| parse_dec_deg(text.trim()).ok()),
        CardValue::Logical(_) | CardValue::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ra: (CardValue, &str), dec: CardValue, names: (&str, &str)) -> Option<(f64, f64)> {
        let mut header = Header::new();
        header.push(names.0, ra.0, ra.1);
        header.push(names.1, dec, "");
        pointing_deg(&header)
    }

    #[test]
    fn degrees_hours_and_parts_are_told_apart() {
        let text = |text: &str| CardValue::Text(text.to_owned());
        let near = |found: Option<(f64, f64)>, ra: f64, dec: f64| {
            let (a, d) = found.expect("a place");
            assert!((a - ra).abs() < 1e-9 && (d - dec).abs() < 1e-9, "{a} {d}, expected {ra} {dec}");
        };
        let (real, names) = (CardValue::Real, ("RA", "DEC"));
        near(found((real(193.04166), ""), real(40.970556), names), 193.04166, 40.970556);
        near(found((real(5.5), "[h] Observe object RA coordinate"), real(-5.4), names), 82.5, -5.4);
        // 18h 20m 48.12s is 275.2005 degrees, -16 10 58.8 is -16.183 degrees.
        near(found((text("18 20 48.12"), ""), text("-16 10 58.8"), ("OBJCTRA", "OBJCTDEC")), 275.2005, -16.183);
        assert_eq!(found((text("00 00 00"), ""), text("+00 00 00"), ("OBJCTRA", "OBJCTDEC")), None, "not known");
    }
}
