//! The date of the night that a frame belongs to.

/// A calendar date, proleptic Gregorian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NightDate {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day, 1 to 31.
    pub day: u32,
}

impl std::fmt::Display for NightDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Seconds of a day.
const DAY_S: i64 = 86_400;
/// A night belongs to the date of its evening: local time less 12 hours.
const HALF_DAY_S: i64 = 43_200;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;
/// Days of 400 years.
const ERA_DAYS: i64 = 146_097;

/// The date of the night of a moment: (local civil time - 12 h), its date.
///
/// `unix_s`: seconds since 1970-01-01T00:00 UTC. `utc_offset_s`: local civil time less UTC, from the header's local time, or
/// the zone of the site, or the longitude (240 s a degree).
pub fn night_date(unix_s: i64, utc_offset_s: i64) -> NightDate {
    let days = (unix_s + utc_offset_s - HALF_DAY_S).div_euclid(DAY_S);
    // Civil from days (Hinnant 2013, "chrono-compatible low-level date algorithms").
    let shifted = days + EPOCH_DAYS;
    let era = shifted.div_euclid(ERA_DAYS);
    let day_of_era = shifted.rem_euclid(ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    NightDate { year: year as i32, month: month as u32, day: day as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_has_the_date_of_its_evening() {
        // Unix times by `date -u -d ... +%s`.
        for (unix_s, offset_s, expected) in [
            (1_696_280_686, 0, "2023-10-02"),         // 2023-10-02T21:04:46 UTC
            (1_696_208_640, 0, "2023-10-01"),         // 2023-10-02T01:04:00 UTC
            (1_696_248_000, 0, "2023-10-02"),         // 2023-10-02T12:00:00, noon begins the night
            (1_696_247_999, 0, "2023-10-01"),         // one second earlier
            (1_696_280_686, 13 * 3600, "2023-10-02"), // 10:04 of the 3rd in UTC+13
            (1_696_251_600, 13 * 3600, "2023-10-02"), // 02:00 of the 3rd
            (1_709_164_800, -8 * 3600, "2024-02-28"), // 2024-02-29T00:00 UTC, 16:00 of the 28th
            (1_709_251_199, 0, "2024-02-29"),         // 2024-02-29T23:59:59 UTC, a leap day
        ] {
            assert_eq!(night_date(unix_s, offset_s).to_string(), expected, "{unix_s} {offset_s}");
        }
    }
}
