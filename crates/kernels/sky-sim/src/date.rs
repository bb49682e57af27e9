//! The date of an exposure as the archive writes it.

use sky_coords::CalendarDate;

/// `YYYY-MM-DDThh:mm:ss` to the nearest second. With `minute_overflow` one hour is written as 60 minutes more (except in
/// the first hour of a day), as the STScI cutout service does for some plates.
pub(crate) fn date_obs(mjd: f64, minute_overflow: bool) -> String {
    let seconds = libm::round(mjd * 86_400.0) as i64;
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let CalendarDate { year, month, day } = CalendarDate::from_mjd(days);
    let (mut hour, mut minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    if minute_overflow && hour > 0 {
        hour -= 1;
        minute += 60;
    }
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::date_obs;

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
}
