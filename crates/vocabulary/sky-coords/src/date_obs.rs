//! Dates of observation as archives write them.

use crate::calendar::{CalendarDate, DAY_US, iso_from_parts};
use crate::epoch::julian_from_mjd;

/// The start of an exposure, read from DATE-OBS.
///
/// Read are `YYYY-MM-DD`, `YYYY-MM-DDThh:mm:ss[.s]` (also with a blank for the T, without seconds, with a `Z`), and the old
/// FITS form `dd/mm/yy` (the year is 19yy) or `dd/mm/yyyy`. The STScI service writes minutes of 60 and more
/// (`T04:65:00`): hours, minutes and seconds beyond their range are carried, and `corrected` says so.
#[derive(Clone, Debug, PartialEq)]
pub struct DateObs {
    /// The text of the header (date, and time where it stood in a card of its own, with a blank between).
    pub raw: String,
    /// ISO 8601 text after carry, `1951-08-09T10:00:00`.
    pub normalised: String,
    /// Modified Julian date, in the time scale of the header (UTC; before 1960 in effect UT1).
    pub mjd: f64,
    /// Julian epoch, years.
    pub epoch_yr: f64,
    /// Whether a time part beyond its range was carried.
    pub corrected: bool,
    /// Whether a time of day was given; without one `mjd` is the beginning of the day.
    pub has_time: bool,
}

/// Why a text is not a date of observation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DateObsError {
    /// None of the known forms.
    #[error("date of observation \"{text}\" has no known form; expected YYYY-MM-DDThh:mm:ss or dd/mm/yy")]
    UnknownForm {
        /// The text.
        text: String,
    },
    /// The calendar has no such day.
    #[error("date of observation \"{text}\" names {year}-{month}-{day}, a day that the calendar does not have")]
    NoSuchDay {
        /// The text.
        text: String,
        /// Year as written.
        year: i32,
        /// Month as written.
        month: u8,
        /// Day as written.
        day: u8,
    },
}

impl DateObs {
    /// Reads the text of DATE-OBS.
    pub fn parse(text: &str) -> Result<Self, DateObsError> {
        Self::parse_with_time(text, None)
    }

    /// Reads the text of DATE-OBS; where it holds a day only, the time of day comes from `time` (cards UT, UTC-OBS or
    /// TIME-OBS; `hh:mm:ss[.s]`).
    pub fn parse_with_time(text: &str, time: Option<&str>) -> Result<Self, DateObsError> {
        let unknown = || DateObsError::UnknownForm { text: text.to_owned() };
        let trimmed = text.trim();
        let (day_text, own_time) = match trimmed.split_once(['T', 't', ' ']) {
            Some((day, rest)) => (day, Some(rest.trim().trim_end_matches(['Z', 'z']))),
            None => (trimmed, None),
        };
        let (year, month, day) = read_day(day_text).ok_or_else(unknown)?;
        let date = CalendarDate::new(year, month, day).ok_or_else(|| DateObsError::NoSuchDay {
            text: text.to_owned(),
            year,
            month,
            day,
        })?;

        let other_time = time.map(str::trim).filter(|time| own_time.is_none() && !time.is_empty());
        let clock_text = own_time.or(other_time);
        let raw = other_time.map_or_else(|| trimmed.to_owned(), |time| format!("{trimmed} {time}"));
        let clock = match clock_text {
            Some(clock) => read_clock(clock).ok_or_else(|| DateObsError::UnknownForm { text: raw.clone() })?,
            None => Clock { hours: 0, minutes: 0, microseconds: 0 },
        };

        let microseconds = (clock.hours * 60 + clock.minutes) * 60_000_000 + clock.microseconds;
        let mjd_day = date.to_mjd() + microseconds.div_euclid(DAY_US);
        let rest = microseconds.rem_euclid(DAY_US);
        let mjd = mjd_day as f64 + rest as f64 / DAY_US as f64;
        Ok(Self {
            raw,
            normalised: iso_from_parts(mjd_day, rest),
            mjd,
            epoch_yr: julian_from_mjd(mjd),
            corrected: clock.hours >= 24 || clock.minutes >= 60 || clock.microseconds >= 60_000_000,
            has_time: clock_text.is_some(),
        })
    }

    /// The modified Julian date of the middle of an exposure of `exposure_s` seconds that starts here.
    pub fn mid_exposure_mjd(&self, exposure_s: f64) -> f64 {
        self.mjd + exposure_s / 2.0 / 86_400.0
    }
}

/// Time of day as written; parts may exceed their range.
struct Clock {
    hours: i64,
    minutes: i64,
    microseconds: i64,
}

/// Year, month and day of one of the two forms.
fn read_day(text: &str) -> Option<(i32, u8, u8)> {
    if let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] {
        let year = digits(year, 4..=4)?;
        return Some((year as i32, digits(month, 1..=2)? as u8, digits(day, 1..=2)? as u8));
    }
    let [day, month, year] = text.split('/').collect::<Vec<_>>()[..] else { return None };
    let century = if year.trim().len() == 2 { 1900 } else { 0 };
    let year = digits(year, if century > 0 { 2..=2 } else { 4..=4 })?;
    Some((century + year as i32, digits(month, 1..=2)? as u8, digits(day, 1..=2)? as u8))
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s...`, each part of one or two digits.
fn read_clock(text: &str) -> Option<Clock> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction_s: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    Some(Clock {
        hours: digits(hours, 1..=2)?,
        minutes: digits(minutes, 1..=2)?,
        microseconds: digits(whole, 1..=2)? * 1_000_000 + (fraction_s * 1e6).round() as i64,
    })
}

/// A number of as many decimal digits as allowed, with nothing else around it but blanks.
fn digits(text: &str, allowed: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let trimmed = text.trim();
    let good = allowed.contains(&trimmed.len()) && trimmed.bytes().all(|byte| byte.is_ascii_digit());
    if good { trimmed.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(text: &str) -> (String, bool) {
        let date = DateObs::parse(text).unwrap_or_else(|error| panic!("{text} is readable: {error}"));
        (date.normalised, date.corrected)
    }

    #[test]
    fn parts_beyond_their_range_are_carried_and_reported() {
        let carried = [
            ("1952-01-31T04:65:00", "1952-01-31T05:05:00"),
            ("1951-08-09T09:60:00", "1951-08-09T10:00:00"),
            ("1951-12-31T24:00:00", "1952-01-01T00:00:00"),
            ("1952-02-28T23:59:60", "1952-02-29T00:00:00"),
            ("1951-02-28T23:59:60.5", "1951-03-01T00:00:00.5"),
        ];
        for (raw, expected) in carried {
            assert_eq!(normalised(raw), (expected.to_owned(), true), "{raw}");
        }
    }

    #[test]
    fn good_dates_stay_as_they_are() {
        for (raw, expected) in [
            ("1949-11-19T03:42:00", "1949-11-19T03:42:00"),
            ("1949-11-19 03:42", "1949-11-19T03:42:00"),
            ("2025-03-26T21:20:46.123456Z", "2025-03-26T21:20:46.123456"),
            ("1951-11-29", "1951-11-29T00:00:00"),
            ("29/11/51", "1951-11-29T00:00:00"),
            ("29/11/1951", "1951-11-29T00:00:00"),
        ] {
            assert_eq!(normalised(raw), (expected.to_owned(), false), "{raw}");
        }
    }

    #[test]
    fn an_old_date_takes_its_time_from_the_card_ut() {
        let date = DateObs::parse_with_time("29/11/51", Some("12:07:00.00")).expect("as on the M67 plate");
        assert_eq!(date.normalised, "1951-11-29T12:07:00");
        assert_eq!(date.raw, "29/11/51 12:07:00.00");
        assert!(date.has_time, "the time came from UT");
        assert!((date.mjd - 33_979.504_861_111).abs() < 1e-8, "MJD {}", date.mjd);
        let same =
            DateObs::parse_with_time("1951-11-29T12:07:00", Some("09:00:00")).expect("the date has its own time");
        assert_eq!(same.mjd, date.mjd, "a time inside DATE-OBS wins over UT");
    }

    /// MJD 33979.504861 from astropy: `Time("1951-11-29T12:07:00").mjd`; 50 minutes: EXPOSURE of XE486.
    #[test]
    fn mid_exposure_is_half_the_exposure_later() {
        let date = DateObs::parse("1951-11-29T12:07:00").expect("a good date");
        let mid = date.mid_exposure_mjd(50.0 * 60.0);
        assert_eq!(crate::iso_from_mjd(mid), "1951-11-29T12:32:00");
        assert!((date.epoch_yr - 1951.91).abs() < 0.001, "epoch {}", date.epoch_yr);
    }

    #[test]
    fn what_is_no_date_is_refused_by_type() {
        for text in [
            "",
            "unknown",
            "1951",
            "1951-11",
            "51-11-29",
            "1951-11-29T",
            "1951-11-29T12",
            "1951-11-29T12:07:0x",
            "1951-11-29T12:07:00+02:00",
            "29/11/151",
        ] {
            assert!(
                matches!(DateObs::parse(text), Err(DateObsError::UnknownForm { .. })),
                "{text}: {:?}",
                DateObs::parse(text)
            );
        }
        for text in ["1951-02-29", "1951-13-01T00:00:00", "31/04/52", "00/01/52"] {
            assert!(
                matches!(DateObs::parse(text), Err(DateObsError::NoSuchDay { .. })),
                "{text}: {:?}",
                DateObs::parse(text)
            );
        }
    }
}
