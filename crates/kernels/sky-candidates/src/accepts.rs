//! The two rules that come before the tile's statistics: a row that breaks one is in no population.

use crate::params::JudgeParams;
use crate::row::DetectionRow;

/// Whether no forbidden bit of FLAGS is set.
pub(crate) fn accepts_flags(row: &DetectionRow, params: &JudgeParams) -> bool {
    row.flags & params.flag_bits() == 0
}

/// Whether SNR_WIN is above the limit.
pub(crate) fn accepts_snr(row: &DetectionRow, params: &JudgeParams) -> bool {
    row.snr_win > params.snr_min()
}
