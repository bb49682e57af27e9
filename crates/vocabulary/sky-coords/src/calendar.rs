//! Dates of the Gregorian calendar and modified Julian dates.

/// Microseconds of a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// A day of the (proleptic) Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarDate {
    /// Year, astronomical count.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl CalendarDate {
    /// The date, or `None` where the month has no such day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        };
        (day >= 1 && day <= days).then_some(Self { year, month, day })
    }

    /// The modified Julian day that begins at 0h of this date (Fliegel & van Flandern 1968, CACM 11, 657; years
    /// after -4800).
    pub fn to_mjd(self) -> i64 {
        let (year, month, day) = (i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let carry = (month - 14) / 12;
        day - 32_075 + 1461 * (year + 4800 + carry) / 4 + 367 * (month - 2 - 12 * carry) / 12
            - 3 * ((year + 4900 + carry) / 100) / 4
            - 2_400_001
    }

    /// The date of a modified Julian day (inverse of [`CalendarDate::to_mjd`], same source).
    pub fn from_mjd(mjd: i64) -> Self {
        let mut rest = mjd + 2_400_001 + 68_569;
        let centuries = 4 * rest / 146_097;
        rest -= (146_097 * centuries + 3) / 4;
        let years = 4000 * (rest + 1) / 1_461_001;
        rest = rest - 1461 * years / 4 + 31;
        let months = 80 * rest / 2447;
        let day = rest - 2447 * months / 80;
        let late = months / 11;
        let year = 100 * (centuries - 49) + years + late;
        Self { year: year as i32, month: (months + 2 - 12 * late) as u8, day: day as u8 }
    }
}

/// `YYYY-MM-DDThh:mm:ss`, with as many decimals of a second as are not zero (at most six), of a modified Julian date.
///
/// An f64 holds an MJD of our time to about 0.6 microseconds; the text is rounded to whole milliseconds.
pub fn iso_from_mjd(mjd: f64) -> String {
    let milliseconds = (mjd * 86_400_000.0).round() as i64;
    iso_from_parts(milliseconds.div_euclid(86_400_000), milliseconds.rem_euclid(86_400_000) * 1000)
}

/// ISO text of a whole modified Julian day and microseconds into it.
pub(crate) fn iso_from_parts(mjd: i64, microseconds: i64) -> String {
    let date = CalendarDate::from_mjd(mjd);
    let (seconds, fraction) = (microseconds / 1_000_000, microseconds % 1_000_000);
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year,
        date.month,
        date.day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if fraction == 0 { whole } else { format!("{whole}.{}", format!("{fraction:06}").trim_end_matches('0')) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Meeus 1998, Astronomical Algorithms, p. 62 (Gregorian dates; MJD = JD - 2400000.5), and MJD 0 itself.
    #[test]
    fn julian_days_equal_the_table_of_meeus() {
        let table = [
            ((2000, 1, 1), 51_544),
            ((1999, 1, 1), 51_179),
            ((1987, 1, 27), 46_822),
            ((1988, 6, 19), 47_331),
            ((1900, 1, 1), 15_020),
            ((1600, 1, 1), -94_553),
            ((1600, 12, 31), -94_188),
            ((1858, 11, 17), 0),
            ((1951, 11, 29), 33_979),
        ];
        for ((year, month, day), mjd) in table {
            let date = CalendarDate::new(year, month, day).expect("a date of the calendar");
            assert_eq!(date.to_mjd(), mjd, "{date:?}");
            assert_eq!(CalendarDate::from_mjd(mjd), date, "MJD {mjd}");
        }
    }

    #[test]
    fn days_that_no_month_has_are_refused() {
        for (year, month, day) in
            [(1951, 2, 29), (1900, 2, 29), (1951, 4, 31), (1951, 13, 1), (1951, 0, 1), (1951, 1, 0)]
        {
            assert_eq!(CalendarDate::new(year, month, day), None, "{year}-{month}-{day}");
        }
        assert!(CalendarDate::new(2000, 2, 29).is_some(), "2000 was a leap year");
    }

    #[test]
    fn the_text_of_a_moment_keeps_its_milliseconds() {
        assert_eq!(iso_from_mjd(51_544.5), "2000-01-01T12:00:00");
        assert_eq!(iso_from_mjd(33_979.0 + 0.25 / 86_400.0), "1951-11-29T00:00:00.25");
    }

    proptest! {
        #[test]
        fn any_day_survives_the_calendar_and_back(mjd in -200_000i64..300_000) {
            prop_assert_eq!(CalendarDate::from_mjd(mjd).to_mjd(), mjd);
        }
    }
}
