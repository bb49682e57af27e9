//! XISF 1.0, monolithic files (<https://pixinsight.com/doc/docs/XISF-1.0-spec/XISF-1.0-spec.html>): an XML header, then
//! blocks of data.

mod block;
mod codec;
mod document;
mod element;
mod failure;
mod pixels;

pub(crate) use pixels::XisfPixels;
