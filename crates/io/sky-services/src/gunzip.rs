//! Bodies that come packed, whether the service says so or not.

use std::io::{self, Read, Seek as _, Write as _};

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};
use sky_fits::Packing;

use crate::body::PREFIX_BYTES;
use crate::cache::{SummedFile, temporary};
use crate::error::FailureKind;
use crate::request::hex;

/// The body unpacked, if it is a gzip file, else as it is. Unpacking stops at the cap.
pub(crate) fn gunzip(body: SummedFile, max_bytes: u64) -> Result<SummedFile, FailureKind> {
    if !Packing::is_gzip(&body.prefix) {
        return Ok(body);
    }
    let folder = body.file.path().parent().expect("a temporary file lies in a folder").to_owned();
    let mut packed = body.file.reopen()?;
    packed.rewind()?;
    let mut reader = MultiGzDecoder::new(io::BufReader::new(packed));
    let mut file = temporary(&folder)?;
    let (mut sum, mut bytes, mut prefix) = (Sha256::new(), 0_u64, Vec::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(FailureKind::Truncated { what: "the gzip data end in their middle".to_owned() });
            }
            Err(_) => return Err(FailureKind::Garbled { what: "the gzip data are damaged".to_owned() }),
        };
        bytes += read as u64;
        if bytes > max_bytes {
            return Err(FailureKind::Oversize { limit_bytes: max_bytes });
        }
        let piece = &buffer[..read];
        if prefix.len() < PREFIX_BYTES {
            prefix.extend_from_slice(&piece[..read.min(PREFIX_BYTES - prefix.len())]);
        }
        sum.update(piece);
        file.write_all(piece)?;
    }
    Ok(SummedFile { file, bytes, sha256: hex(&sum.finalize()), prefix })
}
