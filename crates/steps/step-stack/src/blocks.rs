//! Combination, block by block.

use std::ops::Range;

use camera_frames::FrameOpenError;
use rayon::prelude::*;
use sky_image::mask_bits;
use sky_register::{Tile, resample, source_rectangle};
use sky_stack::{Combined, Combiner, Rejection};

use crate::config::StackConfig;
use crate::error::StackError;
use crate::members::{Member, Members};
use crate::scratch::Scratch;

/// Columns of the pieces in which a block of a frame is read: of a turned frame a narrow piece needs little around it.
const PIECE_COLUMNS: usize = 1024;
/// Memory for a pixel of a block, a frame and a plane: its value, and while it is combined a mark.
const BYTES_PER_PIXEL: u64 = 5;

/// What became of the pixels.
pub(crate) struct Counts {
    pub(crate) method: Rejection,
    pub(crate) rejected_low: u64,
    pub(crate) rejected_high: u64,
    /// Values that were looked at.
    pub(crate) values: u64,
    /// Pixels of the stack that a frame covers.
    pub(crate) covered: u64,
}

/// A block of one frame on the grid of the reference.
struct Piece {
    planes: Vec<Vec<f32>>,
    saturated: Option<Vec<u8>>,
}

/// Combines all frames into the scratch files.
pub(crate) fn combine(config: &StackConfig, members: &Members, made: &mut Scratch) -> Result<Counts, StackError> {
    let (height, width) = members.shape;
    let weights = members.frames.iter().map(|member| member.weight).collect();
    let combiner = Combiner::new(weights, config.rejection, config.trails)?;
    let mut counts = Counts { method: combiner.method(), rejected_low: 0, rejected_high: 0, values: 0, covered: 0 };
    let margin = combiner.margin_rows();
    let row_bytes = BYTES_PER_PIXEL * (width * members.frames.len() * members.planes) as u64;
    let fitting = ((u64::from(config.block_mib) << 20) / row_bytes.max(1)) as usize;
    let step = fitting.saturating_sub(2 * margin).clamp(1, height.max(1));
    for first in (0..height).step_by(step) {
        let inner = first..(first + step).min(height);
        let outer = inner.start.saturating_sub(margin)..(inner.end + margin).min(height);
        let read = |member: &Member| block(config, members, member, outer.clone());
        let pieces: Vec<Piece> = members.frames.par_iter().map(read).collect::<Result<_, _>>()?;
        let (above, below) = (inner.start - outer.start, outer.end - inner.end);
        let mut mask = saturation(&pieces, width, above, inner.len());
        let mut low = vec![0_u16; inner.len() * width];
        let mut high = vec![0_u16; inner.len() * width];
        for plane in 0..members.planes {
            let views: Vec<&[f32]> = pieces.iter().map(|piece| piece.planes[plane].as_slice()).collect();
            let combined = combiner.combine(&views, width, above, below)?;
            counts.add(&combined);
            for (index, coverage) in combined.coverage.iter().enumerate() {
                low[index] = low[index].saturating_add(combined.rejected_low[index]);
                high[index] = high[index].saturating_add(combined.rejected_high[index]);
                if *coverage == 0 {
                    mask[index] |= mask_bits::NO_DATA;
                }
            }
            made.plane(plane, &combined.value, &combined.coverage)?;
        }
        made.maps(&mask, &low, &high)?;
    }
    Ok(counts)
}

impl Counts {
    fn add(&mut self, combined: &Combined) {
        let sum = |counts: &[u16]| counts.iter().map(|count| u64::from(*count)).sum::<u64>();
        let (low, high, kept) = (sum(&combined.rejected_low), sum(&combined.rejected_high), sum(&combined.coverage));
        self.rejected_low += low;
        self.rejected_high += high;
        self.values += low + high + kept;
        self.covered += combined.coverage.iter().filter(|coverage| **coverage > 0).count() as u64;
    }
}

/// The rows of the reference as one frame has them, at the level of the reference; NaN where it has none.
fn block(config: &StackConfig, members: &Members, member: &Member, rows: Range<usize>) -> Result<Piece, StackError> {
    let (_, width) = members.shape;
    let mut planes = vec![vec![f32::NAN; rows.len() * width]; members.planes];
    let mut saturated: Option<Vec<u8>> = None;
    let frame_shape = member.frame.reader.shape();
    for first in (0..width).step_by(PIECE_COLUMNS) {
        let columns = first..(first + PIECE_COLUMNS).min(width);
        let (from_rows, from_columns) = source_rectangle(&member.to_frame, &rows, &columns, frame_shape);
        if from_rows.is_empty() {
            continue;
        }
        let read = member.frame.reader.read(from_rows.clone(), from_columns.clone(), members.want);
        let mut read = read.map_err(|error| FrameOpenError::of(&member.id, error))?;
        let mut out = vec![0.0; rows.len() * columns.len()];
        for (plane, pixels) in read.planes.iter_mut().enumerate() {
            member.level_out(plane, pixels, from_rows.start, from_columns.start, from_columns.len());
            let tile = Tile {
                pixels,
                width: from_columns.len(),
                first_column: from_columns.start,
                first_row: from_rows.start,
                frame_width: frame_shape.1,
                frame_height: frame_shape.0,
            };
            resample(&tile, &member.to_frame, config.interpolation, rows.clone(), columns.clone(), &mut out);
            member.terms[plane].apply(&mut out);
            for (line, moved) in planes[plane].chunks_mut(width).zip(out.chunks(columns.len())) {
                line[columns.clone()].copy_from_slice(moved);
            }
        }
        if read.saturated.contains(&1) {
            let whole = saturated.get_or_insert_with(|| vec![0; rows.len() * width]);
            let source = Saturated { bits: &read.saturated, rows: &from_rows, columns: &from_columns };
            source.mark(&member.to_frame, &rows, &columns, width, whole);
        }
    }
    Ok(Piece { planes, saturated })
}

/// The saturated pixels of a rectangle of a frame.
struct Saturated<'a> {
    bits: &'a [u8],
    rows: &'a Range<usize>,
    columns: &'a Range<usize>,
}

impl Saturated<'_> {
    /// Marks the pixels of the reference of which one of the four nearest pixels of the frame is saturated.
    fn mark(
        &self,
        to_frame: &sky_register::Transform,
        rows: &Range<usize>,
        columns: &Range<usize>,
        width: usize,
        marks: &mut [u8],
    ) {
        let at = |x: f64, y: f64| {
            let inside = x >= self.columns.start as f64
                && y >= self.rows.start as f64
                && x < self.columns.end as f64
                && y < self.rows.end as f64;
            inside
                && self.bits[(y as usize - self.rows.start) * self.columns.len() + x as usize - self.columns.start] == 1
        };
        for y in rows.clone() {
            for x in columns.clone() {
                let (u, v) = to_frame.apply(x as f64, y as f64);
                let (left, top) = (u.floor(), v.floor());
                if at(left, top) || at(left + 1.0, top) || at(left, top + 1.0) || at(left + 1.0, top + 1.0) {
                    marks[(y - rows.start) * width + x] = 1;
                }
            }
        }
    }
}

/// Mask bits of the inner rows of a block: saturated where any frame is.
fn saturation(pieces: &[Piece], width: usize, above: usize, rows: usize) -> Vec<u16> {
    let mut mask = vec![0_u16; rows * width];
    for marks in pieces.iter().filter_map(|piece| piece.saturated.as_ref()) {
        for (bits, mark) in mask.iter_mut().zip(&marks[above * width..]) {
            *bits |= u16::from(*mark) * mask_bits::SATURATED;
        }
    }
    mask
}
