//! The files of a stack: image, coverage, rejections, mask.

use sky_fits::{ImageStream, StreamType};
use sky_image::Header;
use step_harness::UnitFiles;

use crate::error::StackError;
use crate::scratch::{Map, Scratch};

/// Writes all files from the scratch.
pub(crate) fn write(header: &Header, made: &mut Scratch, files: &mut UnitFiles) -> Result<(), StackError> {
    let (shape, planes) = (made.shape, made.planes());
    files.write("image", ".fit", None, |writer| -> Result<(), StackError> {
        let mut stream = ImageStream::begin(writer, header, StreamType::F32, shape, planes)?;
        for plane in 0..planes {
            made.each_row::<StackError>(plane, |row| Ok(stream.f32(row)?))?;
        }
        stream.finish()?;
        Ok(())
    })?;
    let plain = Header::new();
    files.write("coverage", "_coverage.fits", None, |writer| -> Result<(), StackError> {
        let mut stream = ImageStream::begin(writer, &plain, StreamType::U16, shape, planes)?;
        for plane in 0..planes {
            made.each_map_row::<StackError>(Map::Coverage(plane), |row| Ok(stream.u16(row)?))?;
        }
        stream.finish()?;
        Ok(())
    })?;
    files.write("rejection", "_rejection.fits", None, |writer| -> Result<(), StackError> {
        let mut stream = ImageStream::begin(writer, &plain, StreamType::U16, shape, 2)?;
        for map in [Map::Low, Map::High] {
            made.each_map_row::<StackError>(map, |row| Ok(stream.u16(row)?))?;
        }
        stream.finish()?;
        Ok(())
    })?;
    files.write("mask", "_mask.fits", None, |writer| -> Result<(), StackError> {
        let mut stream = ImageStream::begin(writer, &plain, StreamType::U8, shape, 1)?;
        made.each_map_row::<StackError>(Map::Mask, |row| Ok(stream.u16(row)?))?;
        stream.finish()?;
        Ok(())
    })
}
