//! Zips written by hand, byte by byte, so that every field may lie (APPNOTE.TXT of PKWARE, section 4.3).

/// One entry and what its two headers say of it.
#[derive(Clone, Debug)]
pub(crate) struct RawEntry {
    pub(crate) local_name: Vec<u8>,
    pub(crate) name: Vec<u8>,
    /// Bytes as they lie in the file.
    pub(crate) data: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) uncompressed: u32,
    /// The same in the local header.
    pub(crate) local_uncompressed: u32,
    pub(crate) mode: u32,
    /// Extra field of the central header.
    pub(crate) extra: Vec<u8>,
    /// Where the local header is said to stand, if not where it stands.
    pub(crate) offset: Option<u32>,
    /// Whether the local header and the data are written (else only the central header).
    pub(crate) has_local: bool,
}

impl RawEntry {
    /// A stored regular file.
    pub(crate) fn stored(name: &[u8], data: &[u8]) -> Self {
        let length = data.len() as u32;
        Self {
            local_name: name.to_vec(),
            name: name.to_vec(),
            data: data.to_vec(),
            method: 0,
            flags: 0x0800,
            crc: crc32(data),
            compressed: length,
            uncompressed: length,
            local_uncompressed: length,
            mode: 0o100_644,
            extra: Vec::new(),
            offset: None,
            has_local: true,
        }
    }

    /// A deflated regular file of `bytes` zeros (or of that byte).
    pub(crate) fn deflated(name: &[u8], content: &[u8]) -> Self {
        use std::io::Write as _;
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        let data = encoder.write_all(content).and_then(|()| encoder.finish()).unwrap_or_default();
        let length = content.len() as u32;
        Self {
            method: 8,
            crc: crc32(content),
            compressed: data.len() as u32,
            uncompressed: length,
            local_uncompressed: length,
            ..Self::stored(name, &data)
        }
    }
}

/// A zip of these entries.
pub(crate) fn zip(entries: &[RawEntry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(file.len() as u32);
        if entry.has_local {
            file.extend(local_header(entry));
            file.extend(&entry.data);
        }
        directory.extend(central_header(entry, offset));
    }
    let start = file.len();
    file.extend(&directory);
    file.extend(end_record(entries.len() as u16, directory.len() as u32, start as u32, b""));
    file
}

fn local_header(entry: &RawEntry) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend(20_u16.to_le_bytes());
    bytes.extend(entry.flags.to_le_bytes());
    bytes.extend(entry.method.to_le_bytes());
    bytes.extend([0, 0, 0x21, 0]);
    bytes.extend(entry.crc.to_le_bytes());
    bytes.extend(entry.compressed.to_le_bytes());
    bytes.extend(entry.local_uncompressed.to_le_bytes());
    bytes.extend((entry.local_name.len() as u16).to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(&entry.local_name);
    bytes
}

fn central_header(entry: &RawEntry, offset: u32) -> Vec<u8> {
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend([20, 3]);
    bytes.extend(20_u16.to_le_bytes());
    bytes.extend(entry.flags.to_le_bytes());
    bytes.extend(entry.method.to_le_bytes());
    bytes.extend([0, 0, 0x21, 0]);
    bytes.extend(entry.crc.to_le_bytes());
    bytes.extend(entry.compressed.to_le_bytes());
    bytes.extend(entry.uncompressed.to_le_bytes());
    bytes.extend((entry.name.len() as u16).to_le_bytes());
    bytes.extend((entry.extra.len() as u16).to_le_bytes());
    bytes.extend([0, 0, 0, 0, 0, 0]);
    bytes.extend((entry.mode << 16).to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend(&entry.name);
    bytes.extend(&entry.extra);
    bytes
}

/// The record at the end.
pub(crate) fn end_record(entries: u16, size: u32, start: u32, comment: &[u8]) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend(entries.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    bytes
}

/// The Zip64 record and its locator.
pub(crate) fn end_record_64(entries: u64, size: u64, start: u64, record_at: u64) -> Vec<u8> {
    let mut bytes = b"PK\x06\x06".to_vec();
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [entries, entries, size, start] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(record_at.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
