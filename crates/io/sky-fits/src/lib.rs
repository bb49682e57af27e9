//! FITS files (standard 4.0): images, tables, LDAC catalogues and PSFEx models.
//!
//! Every file is first walked from header to header by seeking; nothing is allocated or decoded that the file, the
//! limits or the standard do not allow. Plain pixels and tables are decoded here, images compressed by tiles by
//! `fitsio-pure`. Files are recognised by content: plain, gzip, tile-compressed.

mod bintable;
mod card_read;
mod card_write;
#[cfg(feature = "cfitsio")]
mod cfitsio;
mod checksum;
mod compressed;
mod error;
mod fits_pixels;
mod hdu;
mod hdu_read;
mod head;
mod image;
mod image_reader;
mod image_stream;
mod image_write;
mod keywords;
pub mod ldac;
mod limits;
mod packing;
mod pixel_source;
mod pixels;
mod psfex;
mod solution;
mod source;
mod source_rows;
mod walker;
mod window;
mod xisf;

pub use bintable::{
    BinColumn, BinTable, Values, columns_of, read_ascii_table, read_ascii_table_bytes, read_bintable,
    read_bintable_bytes, write_bintable,
};
pub use card_write::{without_odd_cards, without_structure};
pub use error::{FitsError, FitsErrorKind};
pub use hdu::{HduInfo, HduKind};
pub use hdu_read::required_length;
pub use head::{FileHead, read_head};
pub use image::{FitsImage, RawImage};
pub use image_reader::{Decoder, ImageOptions, ImageReader};
pub use image_stream::{ImageStream, StreamType};
pub use image_write::{write_image, write_image_scaled};
pub use limits::Limits;
pub use packing::Packing;
pub use pixels::{PixelData, RawPixels, Scaling};
pub use psfex::{PsfexContext, PsfexFile};
pub use solution::{SOLUTION_ENDINGS, read_solution};
pub use source_rows::{PIXEL_COLUMNS, PositionKind, SourceRows};
pub use walker::{check_length, check_length_bytes, read_header, read_header_bytes, read_header_within};
