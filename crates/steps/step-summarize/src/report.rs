//! The numbers of a summary as tables, from which page and CSV are both written.

/// A table with a name; its first column names the row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Section {
    /// Name in the CSV.
    pub(crate) id: &'static str,
    /// Heading on the page.
    pub(crate) title: &'static str,
    /// What the reader must know, under the heading.
    pub(crate) note: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Most rows on the page; all are in the CSV.
    pub(crate) rows_on_page: usize,
}

impl Section {
    pub(crate) fn new(id: &'static str, title: &'static str, columns: &[&'static str]) -> Self {
        Self { id, title, note: String::new(), columns: columns.to_vec(), rows: Vec::new(), rows_on_page: usize::MAX }
    }

    /// A row; the cells are as many as the columns.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into());
    }
}

/// A number with fixed decimals; empty where there is none.
pub(crate) fn fixed(value: Option<f64>, decimals: usize) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| {
        let text = format!("{value:.decimals$}");
        // -0.00 is 0.00.
        if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
            text.trim_start_matches('-').to_owned()
        } else {
            text
        }
    })
}

/// `summary.csv`: one line a number: section, row, column, value.
pub(crate) fn to_csv(sections: &[Section]) -> (String, u64) {
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let (mut text, mut rows) = (String::from("section,row,column,value\n"), 0);
    for section in sections {
        for row in &section.rows {
            for (column, value) in section.columns.iter().zip(row).skip(1) {
                text.push_str(&format!("{},{},{},{}\n", section.id, quoted(&row[0]), quoted(column), quoted(value)));
                rows += 1;
            }
        }
    }
    (text, rows)
}

/// The tables as Markdown.
pub(crate) fn to_markdown(section: &Section) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut text = format!("## {}\n\n", section.title);
    if !section.note.is_empty() {
        text.push_str(&format!("{}\n\n", section.note));
    }
    if section.rows.is_empty() {
        text.push_str("None.\n\n");
        return text;
    }
    text.push_str(&format!("| {} |\n", section.columns.join(" | ")));
    let line: Vec<&str> =
        section.columns.iter().enumerate().map(|(place, _)| if place == 0 { "---" } else { "---:" }).collect();
    text.push_str(&format!("| {} |\n", line.join(" | ")));
    for row in section.rows.iter().take(section.rows_on_page) {
        text.push_str(&format!("| {} |\n", row.iter().map(|value| cell(value)).collect::<Vec<_>>().join(" | ")));
    }
    if section.rows.len() > section.rows_on_page {
        text.push_str(&format!("\n{} more rows are in `summary.csv`.\n", section.rows.len() - section.rows_on_page));
    }
    text.push('\n');
    text
}
