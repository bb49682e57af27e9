//! Dates of exposures.

/// MJD of J2000.0.
const MJD_J2000: f64 = 51_544.5;
/// Days in a Julian year.
const DAYS_PER_YEAR: f64 = 365.25;

/// Julian epoch, years, of a modified Julian date. UT and TT are not told apart: 30 s move no star.
pub(crate) fn julian_epoch(mjd: f64) -> f64 {
    2000.0 + (mjd - MJD_J2000) / DAYS_PER_YEAR
}

/// `YYYY-MM-DDThh:mm:ss` to the nearest second. With `minute_overflow` one hour is written as 60 minutes more (except in
/// the first hour of a day), as the STScI cutout service does for some plates.
pub(crate) fn date_obs(mjd: f64, minute_overflow: bool) -> String {
    let seconds = libm::round(mjd * 86_400.0) as i64;
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = calendar(days);
    let (mut hour, mut minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    if minute_overflow && hour > 0 {
        hour -= 1;
        minute += 60;
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Gregorian date of a whole modified Julian day (Fliegel & van Flandern 1968, Comm. ACM 11, 657).
fn calendar(mjd: i64) -> (i64, i64, i64) {
    let l = mjd + 2_400_001 + 68_569;
    let n = 4 * l / 146_097;
    let l = l - (146_097 * n + 3) / 4;
    let i = 4000 * (l + 1) / 1_461_001;
    let l = l - 1461 * i / 4 + 31;
    let j = 80 * l / 2447;
    let day = l - 2447 * j / 80;
    let l = j / 11;
    (100 * (n - 49) + i + l, j + 2 - 12 * l, day)
}

#[cfg(test)]
mod tests {
    use super::{date_obs, julian_epoch};

    #[test]
    fn known_days() {
        assert_eq!(date_obs(51_544.0, false), "2000-01-01T00:00:00");
        assert_eq!(date_obs(34_486.416_666_666_664, false), "1953-04-19T10:00:00");
        assert_eq!(date_obs(33_282.0 + 0.999_999, false), "1950-01-02T00:00:00", "rounds over midnight");
    }

    #[test]
    fn minutes_overflow_as_the_archive_writes_them() {
        assert_eq!(date_obs(33_867.416_666_666_664, true), "1951-08-09T09:60:00", "plate XE582 as served in 2019");
    }

    #[test]
    fn julian_epochs() {
        assert_eq!(julian_epoch(51_544.5), 2000.0);
        assert!((julian_epoch(33_282.0) - 1950.000_0).abs() < 2e-3, "1950-01-00.0 is J1950.0 within a day");
    }
}
