//! Images compressed by tiles (FITS standard 4.0, section 10): everything that a decoder would believe is checked here
//! before `fitsio-pure` decodes RICE, GZIP, HCOMPRESS and PLIO.

mod band;
mod decode;
mod header;

pub(crate) use band::Band;
pub(crate) use decode::decode;
pub(crate) use header::{image_header, kind_of};
