//! A small tile, cut inside every one of its blocks of 2880 bytes, in three ways.

use loopback_services::Fault;

use super::bed::Bed;
use super::cell::Cell;
use super::cuts;
use super::field::TILE;

const BLOCK: usize = 2880;
/// First byte of a block at which it is cut: a file without its first card is no FITS file, rather than a cut one.
const FIRST_CUT: usize = 81;

/// One case a block: cut with and without an announced length, and with a length that hides the cut.
pub(super) fn trials(bed: &mut Bed, is_quick: bool) -> Vec<Cell> {
    let whole = bed.undisturbed.files.get(&format!("{}.fits", TILE)).map_or(0, Vec::len);
    let step = if is_quick { 6 } else { 1 };
    let blocks = whole / BLOCK;
    // The last one, of which the end is padding, always.
    let chosen = (0..blocks).filter(|block| block % step == 0 || block + 1 == blocks);
    chosen.map(|block| trial(bed, block, whole)).collect()
}

fn trial(bed: &mut Bed, block: usize, whole: usize) -> Cell {
    // Somewhere else in each block; behind the first card in the first, before the padding's end in the last.
    let bytes = (block * BLOCK + FIRST_CUT + (block * 1009) % (BLOCK - FIRST_CUT)).min(whole - 1);
    let ways = [
        ("announced", Fault::Truncate { bytes }),
        ("without a length", Fault::SilentTruncate { bytes }),
        ("with a false length", Fault::LengthTooShort { by: whole - bytes }),
    ];
    let name = format!("stsci-dss: cut in block {} after {bytes} of {whole} bytes", block + 1);
    cuts::trial(bed, name, &ways)
}
