//! On which line of a text file a row begins.

/// Lines of rows: only where the distance of row and line changes (blank lines, cells of several lines) is anything kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowLines {
    /// 0-based row and 1-based line from which on each row has a line of its own.
    starts: Vec<(u64, u64)>,
}

impl RowLines {
    /// Notes that a row, 0-based, begins on a line, 1-based; rows come in their order.
    pub(crate) fn note(&mut self, row: u64, line: u64) {
        if self.of(row) != Some(line) {
            self.starts.push((row, line));
        }
    }

    /// The line of a row, 1-based; `None` in files that have no lines.
    pub fn of(&self, row: u64) -> Option<u64> {
        let (first, line) = self.starts.iter().rev().find(|(first, _)| *first <= row)?;
        Some(line + (row - first))
    }

    /// `line 7`, or `row 3` (1-based) in files that have no lines.
    pub fn place(&self, row: u64) -> String {
        self.of(row).map_or_else(|| format!("row {}", row + 1), |line| format!("line {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_and_long_cells_do_not_shift_what_follows() {
        let mut lines = RowLines::default();
        for (row, line) in [(0, 2), (1, 3), (2, 5), (3, 6), (4, 9)] {
            lines.note(row, line);
        }
        assert_eq!(lines.starts.len(), 3);
        assert_eq!((0..5).map(|row| lines.of(row)).collect::<Vec<_>>(), [Some(2), Some(3), Some(5), Some(6), Some(9)]);
        assert_eq!(RowLines::default().place(2), "row 3");
    }
}
