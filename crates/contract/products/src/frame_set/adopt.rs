//! A frame set from images that came from elsewhere.

use sky_fits::HduInfo;
use step_contract::{AdoptedFile, AdoptedUnit};

use super::{FrameFacts, FrameFiles, FrameSet, PlateFacts, describe, describe_plate};

/// The images of a file, each with its size, world coordinates where it has them, and the plate. A file of one image is one
/// frame of the file's name; of a file with several each is a frame, `<name>_<EXTNAME>`, or with the number of its HDU where
/// EXTNAME is missing, a number, or stands twice.
pub(super) fn adopt_images(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<FrameSet>>, String> {
    let hdus = sky_fits::read_header(&file.path).map_err(|error| error.to_string())?;
    let images: Vec<(usize, &HduInfo, (u64, u64))> =
        hdus.iter().enumerate().filter_map(|(index, hdu)| Some((index, hdu, hdu.kind.image_size()?))).collect();
    let names: Vec<String> = images.iter().map(|(_, hdu, _)| name_of(hdu)).collect();
    match images.as_slice() {
        [] => Err(format!("{} holds no two-dimensional image", file.path.display())),
        [(_, hdu, size)] => Ok(vec![frame(file, file.unit.clone(), None, *size, hdu, None)]),
        several => Ok(several
            .iter()
            .zip(&names)
            .map(|((index, hdu, size), name)| {
                let name = if is_id(name, &names) { name.clone() } else { index.to_string() };
                let primary = hdus.first().filter(|_| *index > 0);
                frame(file, format!("{}_{name}", file.unit), Some(*index as u64), *size, hdu, primary)
            })
            .collect()),
    }
}

/// Whether a name tells its image from the others: ids are unique whatever their case, and a name of digits could be another
/// HDU's number.
fn is_id(name: &str, names: &[String]) -> bool {
    let stands_once = names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() == 1;
    stands_once && !name.bytes().all(|letter| letter.is_ascii_digit())
}

/// EXTNAME in the letters of a unit's id.
fn name_of(hdu: &HduInfo) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._+-".contains(letter);
    let name = hdu.header.text("EXTNAME").unwrap_or_default();
    name.trim().chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect()
}

fn frame(
    file: &AdoptedFile,
    unit: String,
    index: Option<u64>,
    (width_px, height_px): (u64, u64),
    hdu: &HduInfo,
    primary: Option<&HduInfo>,
) -> AdoptedUnit<FrameSet> {
    let astrometry = describe(&hdu.header, width_px as usize, height_px as usize).ok();
    let scale = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
    let mut plate = describe_plate(&hdu.header, scale);
    if let Some(primary) = primary {
        inherit_date(&mut plate, describe_plate(&primary.header, scale));
    }
    AdoptedUnit {
        unit,
        files: FrameFiles { image: file.entry.clone(), mask: None, weight: None, coverage: None, background: None },
        facts: FrameFacts {
            hdu: index,
            width_px,
            height_px,
            plate: Some(plate),
            astrometry,
            download: None,
            mask: None,
        },
    }
}

/// An extension without a date was exposed when its file says.
fn inherit_date(plate: &mut PlateFacts, primary: PlateFacts) {
    if plate.date_obs_raw.is_none() {
        *plate = PlateFacts {
            date_obs_raw: primary.date_obs_raw,
            date_obs: primary.date_obs,
            date_obs_corrected: primary.date_obs_corrected,
            epoch_yr: primary.epoch_yr,
            mjd_mid: primary.mjd_mid,
            exposure_s: primary.exposure_s,
            ..plate.clone()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_anothers_are_no_ids() {
        let names = ["SCI", "sci", "2", "", "ERR"].map(str::to_owned);
        let ids: Vec<&String> = names.iter().filter(|name| is_id(name, &names)).collect();
        assert_eq!(ids, ["ERR"], "one in another case, a number, no name");
    }
}
