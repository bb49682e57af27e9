//! FITS files (standard 4.0): images, tables, LDAC catalogues and PSFEx models.
//!
//! Every file is first walked from header to header by seeking; nothing is allocated or decoded that the file, the
//! limits or the standard do not allow. Plain pixels and tables are decoded here, images compressed by tiles by
//! `fitsio-pure`. Files are recognised by content: plain, gzip, tile-compressed.
//!
//! Why not the crate `fitsio`: it builds cfitsio 3.49 with configure and make on the user's machine, gives undefined
//! pixels back as ordinary numbers, panics on variable-length columns and can be brought down by a damaged file.

mod bintable;
mod card_read;
mod card_write;
mod checksum;
mod compressed;
mod error;
mod hdu;
mod image_read;
mod image_write;
pub mod ldac;
mod limits;
mod pixels;
mod psfex;
mod source;
mod walker;

pub use bintable::{
    BinColumn, BinTable, Values, columns_of, read_ascii_table, read_ascii_table_bytes, read_bintable,
    read_bintable_bytes, write_bintable,
};
pub use card_write::without_structure;
pub use error::{FitsError, FitsErrorKind};
pub use hdu::{HduInfo, HduKind, required_length};
pub use image_read::{
    FitsImage, RawImage, read_image, read_image_at, read_image_bytes, read_image_of_hdu, read_image_raw,
    read_image_raw_at, read_image_raw_bytes, read_image_rows, read_image_within,
};
pub use image_write::{write_image, write_image_scaled};
pub use limits::Limits;
pub use pixels::{PixelData, RawPixels, Scaling};
pub use psfex::{PsfexContext, PsfexFile};
pub use walker::{check_length, check_length_bytes, read_header, read_header_bytes, read_header_within};
