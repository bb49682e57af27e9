//! Maps of bad pixels as files.

use std::io::Write;
use std::path::Path;

use sky_camera::correct::DefectMap;
use sky_fits::{FitsError, ImageReader, ImageStream, StreamType};
use sky_image::{CardValue, Header};

/// Value of a hot pixel in a map.
pub const HOT: u8 = 1;
/// Value of a cold pixel.
pub const COLD: u8 = 2;

/// Writes a map of `[height, width]`: 0, [`HOT`], [`COLD`].
///
/// # Errors
/// Where the writer refuses.
pub fn write_defects(writer: impl Write, defects: &DefectMap, shape: (usize, usize)) -> Result<(), FitsError> {
    let mut header = Header::new();
    header.push("HISTORY", CardValue::None, "pixels of a master dark: 1 hot, 2 cold");
    let mut stream = ImageStream::begin(writer, &header, StreamType::U8, shape, 1)?;
    let mut map = vec![0_u16; shape.0 * shape.1];
    for (places, value) in [(&defects.hot, HOT), (&defects.cold, COLD)] {
        places.iter().for_each(|place| map[*place as usize] = u16::from(value));
    }
    stream.u16(&map)?;
    stream.finish().map(|_| ())
}

/// Places of the bad pixels of a map, ascending.
///
/// # Errors
/// Where the file cannot be read.
pub fn defect_places(path: &Path) -> Result<Vec<u32>, FitsError> {
    let reader = ImageReader::open(path)?;
    let (height, width) = reader.shape();
    let mut places = Vec::new();
    const BAND: usize = 256;
    for first in (0..height).step_by(BAND) {
        let rows = reader.read_rows(first..(first + BAND).min(height))?;
        let bad = rows.iter().enumerate().filter(|(_, value)| **value != 0.0);
        places.extend(bad.map(|(index, _)| (first * width + index) as u32));
    }
    Ok(places)
}
