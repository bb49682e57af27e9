//! A frame set from images that came from elsewhere.

use sky_fits::HduInfo;
use step_contract::{AdoptedFile, AdoptedUnit};

use super::unit::{FrameFacts, FrameFiles, FrameSet};

/// The images of a file, each with its size, world coordinates where it has them, and the plate. A file of one image is one
/// frame of the file's name; of a file with several each is a frame, `<name>_<EXTNAME>`, or with the number of its HDU where
/// EXTNAME is missing, a number, or stands twice.
pub(super) fn adopt_images(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<FrameSet>>, String> {
    let hdus = sky_fits::read_header(&file.path).map_err(|error| error.to_string())?;
    let images: Vec<(usize, &HduInfo, (u64, u64))> =
        hdus.iter().enumerate().filter_map(|(index, hdu)| Some((index, hdu, hdu.kind.image_size()?))).collect();
    let names: Vec<String> = images.iter().map(|(_, hdu, _)| name_of(hdu)).collect();
    match images.as_slice() {
        [] => Err(no_image(file, &hdus)),
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

/// What a file holds in place of a two-dimensional image, and the way out.
fn no_image(file: &AdoptedFile, hdus: &[HduInfo]) -> String {
    let cube = hdus.iter().any(|hdu| hdu.kind.n_axes() > 2);
    let cure = if cube {
        "give one plane as an image of its own (Siril: split red green blue; astropy: \
         fits.writeto(\"plane.fits\", data[0], header))"
    } else {
        "expected an image of two axes in the primary HDU or an extension; axes of length 1 come last"
    };
    let found: Vec<String> = hdus.iter().map(|hdu| hdu.kind.describe()).collect();
    format!("{} holds no two-dimensional image: found {}; {cure}", file.path.display(), found.join("; "))
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
    let mut facts = FrameFacts::of_header(&hdu.header, width_px as usize, height_px as usize);
    facts.hdu = index;
    if let Some(primary) = primary {
        facts.exposure = facts.exposure.map(|exposure| exposure.or_of_primary(&primary.header));
    }
    AdoptedUnit { unit, files: FrameFiles::of_image(file.entry.clone()), facts }
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
