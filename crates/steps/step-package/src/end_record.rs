//! The end of a zip, read by hand: the directory must end where its end record begins and hold as many entries as that says.
//! (APPNOTE.TXT of PKWARE, sections 4.3.12 to 4.3.16.)

use std::io::{self, Read, Seek, SeekFrom};

use crate::error::Problem;

const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: u64 = 22;
const COMMENT_MAX: u64 = 65_535;
const END64: [u8; 4] = *b"PK\x06\x06";
const END64_BYTES: u64 = 56;
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const LOCATOR_BYTES: u64 = 20;
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const CENTRAL_BYTES: u64 = 46;

/// What the end of a zip says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EndRecord {
    pub(crate) entries: u64,
    /// First byte of the directory.
    pub(crate) directory_start: u64,
}

/// The end record, once it and the directory were found to agree; otherwise what is wrong.
pub(crate) fn read<R: Read + Seek>(reader: &mut R) -> io::Result<Result<EndRecord, Problem>> {
    let refuse = |found: &str, expected: &str| Ok(Err(Problem::new("end record", found, expected)));
    let length = reader.seek(SeekFrom::End(0))?;
    let tail = length.min(END_BYTES + COMMENT_MAX);
    let bytes = read_at(reader, length - tail, tail as usize)?;
    // The last place where a signature is followed by a comment that reaches to the end.
    let found = (0..(bytes.len() + 1).saturating_sub(END_BYTES as usize)).rev().find(|&at| {
        bytes[at..at + 4] == END && at + END_BYTES as usize + usize::from(u16_at(&bytes, at + 20)) == bytes.len()
    });
    let Some(at) = found else {
        return refuse("none (no zip, or one that is cut short)", "one at the end of the file");
    };
    let end_position = length - tail + at as u64;
    let (disk, disk_of_directory) = (u16_at(&bytes, at + 4), u16_at(&bytes, at + 6));
    let (on_disk, count) = (u16_at(&bytes, at + 8), u16_at(&bytes, at + 10));
    let (size, start) = (u32_at(&bytes, at + 12), u32_at(&bytes, at + 16));
    if disk != disk_of_directory || on_disk != count || !matches!(disk, 0 | u16::MAX) {
        return refuse("a part of a split archive", "one whole archive");
    }
    let needs_64 = count == u16::MAX || size == u32::MAX || start == u32::MAX;
    let (count, size, start, records) = if needs_64 {
        match end64(reader, end_position)? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        }
    } else {
        (u64::from(count), u64::from(size), u64::from(start), end_position)
    };
    if start.checked_add(size) != Some(records) {
        return refuse("a directory that does not end where the record begins", "nothing between them");
    }
    let found = count_central(reader, start, records)?;
    Ok(match found {
        Some(found) if found == count => Ok(EndRecord { entries: count, directory_start: start }),
        Some(found) => {
            Err(Problem::new("directory", format!("{found} entries"), format!("{count} as its end record says")))
        }
        None => Err(Problem::new("directory", "headers that do not fit it", "headers one after another")),
    })
}

/// Entries, size and start of the directory, and where the Zip64 end record stands.
fn end64<R: Read + Seek>(reader: &mut R, end_position: u64) -> io::Result<Result<(u64, u64, u64, u64), Problem>> {
    let broken =
        || Ok(Err(Problem::new("Zip64 end record", "one that is broken or elsewhere", "one before its locator")));
    let Some(locator_at) = end_position.checked_sub(LOCATOR_BYTES) else { return broken() };
    let locator = read_at(reader, locator_at, LOCATOR_BYTES as usize)?;
    let record_at = u64_at(&locator, 8);
    if locator[..4] != LOCATOR || record_at.checked_add(END64_BYTES).is_none_or(|end| end > locator_at) {
        return broken();
    }
    let record = read_at(reader, record_at, END64_BYTES as usize)?;
    let (on_disk, count) = (u64_at(&record, 24), u64_at(&record, 32));
    let own_length = u64_at(&record, 4).checked_add(12);
    if record[..4] != END64 || on_disk != count || own_length != Some(locator_at - record_at) {
        return broken();
    }
    Ok(Ok((count, u64_at(&record, 40), u64_at(&record, 48), record_at)))
}

/// Central headers from `start` to exactly `end`; `None` where they do not fit.
fn count_central<R: Read + Seek>(reader: &mut R, start: u64, end: u64) -> io::Result<Option<u64>> {
    let mut directory = io::BufReader::with_capacity(1 << 16, reader);
    directory.seek(SeekFrom::Start(start))?;
    let (mut at, mut count) = (start, 0);
    while at < end {
        if end - at < CENTRAL_BYTES {
            return Ok(None);
        }
        let mut header = [0; CENTRAL_BYTES as usize];
        directory.read_exact(&mut header)?;
        let variable = [28, 30, 32].iter().map(|place| u64::from(u16_at(&header, *place))).sum::<u64>();
        // One file on one disk.
        let is_elsewhere = u16_at(&header, 34) != 0;
        if header[..4] != CENTRAL || is_elsewhere || end - at < CENTRAL_BYTES + variable {
            return Ok(None);
        }
        directory.seek_relative(variable as i64)?;
        at += CENTRAL_BYTES + variable;
        count += 1;
    }
    Ok(Some(count))
}

fn read_at<R: Read + Seek>(reader: &mut R, at: u64, length: usize) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(at))?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | (u32::from(u16_at(bytes, at + 2)) << 16)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | (u64::from(u32_at(bytes, at + 4)) << 32)
}
