//! When a frame was exposed, and the night.

use products::facts::{ExposureFacts, NightRule, StartMeaning, TimeFacts, ValueSource};
use sky_camera::header::{CameraRecord, TimeQuality, night_date};
use sky_coords::{DateObs, iso_from_mjd, julian_from_mjd};
use sky_image::Header;

use crate::config::IngestConfig;
use crate::tokens::Tokens;

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;
/// Seconds of an hour.
const HOUR_S: f64 = 3600.0;
/// MJD of 1970-01-01.
const UNIX_EPOCH_MJD: f64 = 40_587.0;
/// Local mean time runs ahead by so many seconds a degree of longitude to the east.
const SECONDS_PER_DEGREE: f64 = 240.0;

/// Fills the dates of the exposure and answers the times of the frame.
pub(crate) fn times(
    header: &Header,
    record: &CameraRecord,
    tokens: &Tokens,
    config: &IngestConfig,
    exposure: &mut ExposureFacts,
) -> TimeFacts {
    let mut time = TimeFacts::default();
    let longitude = exposure.site_longitude_deg;
    let local_offset_s = |time: &mut TimeFacts| match longitude {
        Some(longitude) => {
            time.night_rule = Some(NightRule::Site);
            (SECONDS_PER_DEGREE * longitude).round() as i64
        }
        None => {
            time.night_rule = Some(NightRule::Configuration);
            time.sources.insert("night".to_owned(), ValueSource::Configuration);
            (HOUR_S * config.utc_offset_hours).round() as i64
        }
    };
    exposure.date_obs_raw.clone_from(&record.date_obs_raw);
    let stated = record.date_obs_raw.as_deref().and_then(|raw| stated(raw, header));
    let from_name = || tokens.stamp.as_deref().and_then(|stamp| DateObs::parse(stamp).ok());
    let seconds = exposure.exposure_s.unwrap_or(0.0);
    let start_mjd = match &stated {
        Some(found) => {
            exposure.date_obs = Some(iso_from_mjd(found.mjd));
            exposure.date_obs_corrected = Some(found.corrected);
            time.resolution_s = Some(found.resolution_s);
            time.start_meaning = Some(match record.time_quality {
                _ if !found.has_time => StartMeaning::DayOnly,
                TimeQuality::Received => StartMeaning::FrameReceived,
                _ => StartMeaning::ExposureStart,
            });
            let late = time.start_meaning == Some(StartMeaning::FrameReceived);
            if late {
                time.sources.insert("start_utc".to_owned(), ValueSource::Derived);
            }
            Some(if late { found.mjd - seconds / DAY_S } else { found.mjd })
        }
        None => from_name().map(|found| {
            let offset_s = local_offset_s(&mut time) as f64;
            time.start_meaning = Some(StartMeaning::FileName);
            time.resolution_s = Some(1.0);
            time.sources.insert("start_utc".to_owned(), ValueSource::Path);
            found.mjd - offset_s / DAY_S
        }),
    };
    let Some(start_mjd) = start_mjd else { return time };
    let mid_mjd = start_mjd + 0.5 * seconds / DAY_S;
    exposure.mjd_mid = Some(mid_mjd);
    exposure.epoch_yr = Some(julian_from_mjd(mid_mjd));
    time.start_utc = Some(iso_from_mjd(start_mjd));
    if exposure.exposure_s.is_some() {
        time.mid_utc = Some(iso_from_mjd(mid_mjd));
        time.end_utc = Some(iso_from_mjd(start_mjd + seconds / DAY_S));
        for member in ["mid_utc", "end_utc"] {
            time.sources.insert(member.to_owned(), ValueSource::Derived);
        }
    }
    let local = record.date_loc_raw.as_deref().and_then(|raw| DateObs::parse(raw).ok()).filter(|local| local.has_time);
    let night = match local {
        Some(local) => {
            time.night_rule = Some(NightRule::DateLoc);
            night_date(unix_s(local.mjd), 0)
        }
        None => night_date(unix_s(start_mjd), local_offset_s(&mut time)),
    };
    time.night = Some(night.to_string());
    time
}

fn unix_s(mjd: f64) -> i64 {
    ((mjd - UNIX_EPOCH_MJD) * DAY_S).floor() as i64
}

struct Stated {
    mjd: f64,
    corrected: bool,
    has_time: bool,
    resolution_s: f64,
}

/// DATE-OBS as UTC. A zone at its end (`-0700`, `+02:00`) is taken off; a day alone gets its time from UT, UTC-OBS or TIME-OBS.
fn stated(raw: &str, header: &Header) -> Option<Stated> {
    let (text, zone_s) = without_zone(raw.trim());
    let clock = ["TIME-OBS", "UT", "UTC-OBS"].into_iter().find_map(|keyword| header.text(keyword));
    let date = DateObs::parse_with_time(text, clock).ok()?;
    let decimals = date.raw.rsplit_once('.').map_or(0, |(_, digits)| digits.trim_end_matches(['Z', 'z']).len());
    Some(Stated {
        mjd: date.mjd - zone_s / DAY_S,
        corrected: date.corrected,
        has_time: date.has_time,
        resolution_s: if date.has_time { last_digit_s(decimals) } else { DAY_S },
    })
}

/// 10 to the minus `decimals`, the same on every machine.
fn last_digit_s(decimals: usize) -> f64 {
    (0..decimals).fold(1.0, |step, _| step / 10.0)
}

/// The text without a zone, and the zone in seconds east.
fn without_zone(text: &str) -> (&str, f64) {
    let Some(clock) = text.find('T') else { return (text, 0.0) };
    let Some(sign) = text[clock..].rfind(['+', '-']).map(|at| at + clock) else { return (text, 0.0) };
    let digits: String = text[sign + 1..].chars().filter(|letter| *letter != ':').collect();
    let sound = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let parts = sound.then(|| Some((digits[..2].parse::<f64>().ok()?, digits[2..].parse::<f64>().ok()?))).flatten();
    match parts {
        Some((hours, minutes)) if hours <= 14.0 && minutes < 60.0 => {
            let size = HOUR_S * hours + 60.0 * minutes;
            (&text[..sign], if text.as_bytes()[sign] == b'-' { -size } else { size })
        }
        _ => (text, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_taken_off_and_counts() {
        assert_eq!(without_zone("2017-12-19T18:33:43-0700"), ("2017-12-19T18:33:43", -25_200.0));
        assert_eq!(without_zone("2017-12-19T18:33:43.5+02:00"), ("2017-12-19T18:33:43.5", 7200.0));
        assert_eq!(without_zone("2017-12-19"), ("2017-12-19", 0.0));
        assert_eq!(without_zone("2017-12-19T18:33:43"), ("2017-12-19T18:33:43", 0.0));
    }

    #[test]
    fn the_resolution_is_the_last_digit() {
        let found = stated("2021-03-02T20:19:00.455", &Header::new()).expect("a date");
        assert!((found.resolution_s - 0.001).abs() < 1e-12 && found.has_time);
        let day = stated("2013-07-13", &Header::new()).expect("a day");
        assert_eq!((day.resolution_s, day.has_time), (86_400.0, false));
    }
}
