//! Angles written in base sixty.

use crate::angle::wrap_ra_deg;

/// Why a text is not an angle.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AngleError {
    /// Not one number or two or three numbers parted by colons, blanks or unit letters.
    #[error("angle \"{text}\" is neither a number nor sexagesimal; write 150.25, 10:01:00 or 10 01 00")]
    NotAnAngle {
        /// The text.
        text: String,
    },
    /// A number outside its range.
    #[error("angle \"{text}\" has {part} {value}, expected {expected}")]
    OutOfRange {
        /// The text.
        text: String,
        /// Which part.
        part: &'static str,
        /// The value found.
        value: f64,
        /// The range.
        expected: &'static str,
    },
}

/// A right ascension in degrees from decimal degrees (`150.25`) or from hours, minutes and seconds (`10:01:00`,
/// `10 01 00.0`, `10h01m00s`). Two or three parts are hours; one part is degrees, `[0, 360]`.
pub fn parse_ra_deg(text: &str) -> Result<f64, AngleError> {
    let (negative, parts) = parts(text)?;
    let (value, limit, expected) = match parts.as_slice() {
        [degrees] => (*degrees, 360.0, "0 to 360 degrees"),
        _ => (base_sixty(text, &parts)? * 15.0, 360.0, "0 to 24 hours"),
    };
    if negative && value > 0.0 || value > limit {
        let value = if negative { -value } else { value };
        return Err(AngleError::OutOfRange { text: text.to_owned(), part: "right ascension", value, expected });
    }
    Ok(wrap_ra_deg(value))
}

/// A declination in degrees from decimal degrees (`-5.5`) or degrees, minutes and seconds (`-00:30:00`, `-0 30 0`,
/// `-0d30m00s`). The sign counts for zero degrees too.
pub fn parse_dec_deg(text: &str) -> Result<f64, AngleError> {
    let (negative, parts) = parts(text)?;
    let size = if let [degrees] = parts.as_slice() { *degrees } else { base_sixty(text, &parts)? };
    let value = if negative { -size } else { size };
    if size > 90.0 {
        let expected = "-90 to 90 degrees";
        return Err(AngleError::OutOfRange { text: text.to_owned(), part: "declination", value, expected });
    }
    Ok(value)
}

/// A right ascension in degrees as `hh:mm:ss.sss`.
pub fn format_ra(ra_deg: f64) -> String {
    let milliseconds = (wrap_ra_deg(ra_deg) * 240_000.0).round() as i64 % 86_400_000;
    sexagesimal(milliseconds, 3)
}

/// A declination in degrees as `+dd:mm:ss.ss`.
pub fn format_dec(dec_deg: f64) -> String {
    let centiarcsec = (dec_deg.abs() * 360_000.0).round() as i64;
    let sign = if dec_deg < 0.0 && centiarcsec > 0 { '-' } else { '+' };
    format!("{sign}{}", sexagesimal(centiarcsec, 2))
}

/// A whole number of 10^-decimals seconds as `uu:mm:ss.s...`.
fn sexagesimal(count: i64, decimals: usize) -> String {
    let unit = 10_i64.pow(decimals as u32);
    let (seconds, fraction) = (count / unit, count % unit);
    format!("{:02}:{:02}:{:02}.{fraction:0decimals$}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Sign and the one to three unsigned numbers of an angle.
fn parts(text: &str) -> Result<(bool, Vec<f64>), AngleError> {
    let refused = || AngleError::NotAnAngle { text: text.to_owned() };
    let trimmed = text.trim();
    let (negative, body) = match trimmed.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let numbers: Vec<f64> = body
        .split(|c: char| c == ':' || c.is_whitespace() || "hdms°'\"′″".contains(c))
        .filter(|part| !part.is_empty())
        .map(|part| if part.starts_with(['+', '-']) { None } else { part.parse().ok() })
        .collect::<Option<_>>()
        .ok_or_else(refused)?;
    let good = (1..=3).contains(&numbers.len()) && numbers.iter().all(|number: &f64| number.is_finite());
    if good { Ok((negative, numbers)) } else { Err(refused()) }
}

/// Whole units from units, minutes and seconds.
fn base_sixty(text: &str, parts: &[f64]) -> Result<f64, AngleError> {
    let part = |index: usize| parts.get(index).copied().unwrap_or(0.0);
    for (name, value) in [("minutes", part(1)), ("seconds", part(2))] {
        if value >= 60.0 {
            return Err(AngleError::OutOfRange { text: text.to_owned(), part: name, value, expected: "less than 60" });
        }
    }
    Ok(part(0) + part(1) / 60.0 + part(2) / 3600.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_degrees_are_told_apart_by_their_parts() {
        for (text, expected) in
            [("150.25", 150.25), ("10:01:00", 150.25), ("10 01 00.0", 150.25), ("10h01m00s", 150.25), ("360", 0.0)]
        {
            assert_eq!(parse_ra_deg(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_sign_counts_at_zero_degrees() {
        assert_eq!(parse_dec_deg("-00:30:00"), Ok(-0.5));
        assert_eq!(parse_dec_deg("+00 30 00"), Ok(0.5));
        assert_eq!(parse_dec_deg("-5.5"), Ok(-5.5));
    }

    #[test]
    fn what_is_no_angle_is_refused() {
        for text in ["", "abc", "10:-1:00", "1:2:3:4", "nan", "inf"] {
            assert!(
                matches!(parse_ra_deg(text), Err(AngleError::NotAnAngle { .. })),
                "{text}: {:?}",
                parse_ra_deg(text)
            );
        }
        for text in ["361", "25:00:00", "10:60:00", "-1"] {
            assert!(
                matches!(parse_ra_deg(text), Err(AngleError::OutOfRange { .. })),
                "{text}: {:?}",
                parse_ra_deg(text)
            );
        }
        assert!(parse_dec_deg("90:00:01").is_err(), "beyond the pole");
    }

    #[test]
    fn rounding_carries_through_minutes_and_wraps_at_24_hours() {
        assert_eq!(format_ra(150.25), "10:01:00.000");
        assert_eq!(format_ra(359.999_999_99), "00:00:00.000");
        assert_eq!(format_dec(-0.5), "-00:30:00.00");
        assert_eq!(format_dec(59.999_999_9), "+60:00:00.00");
        assert_eq!(format_dec(-1e-9), "+00:00:00.00");
    }
}
