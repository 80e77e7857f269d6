//! A table of text, for the terminal and for documents.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// A table of text: a header and rows of as many cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TextTable {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) side: Side,
}

/// Where the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Column {
    pub(crate) fn left(name: impl Into<String>) -> Self {
        Self { name: name.into(), side: Side::Left }
    }

    pub(crate) fn right(name: impl Into<String>) -> Self {
        Self { name: name.into(), side: Side::Right }
    }
}

/// A line below the header and two spaces between columns.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));
const GAP: u16 = 2;

impl TextTable {
    /// The characters that each column needs to stand in one line.
    pub(crate) fn natural_widths(&self) -> Vec<usize> {
        let mut table = self.plain();
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.column_max_content_widths().into_iter().map(usize::from).collect()
    }

    /// The characters that the table needs for one line a row.
    pub(crate) fn natural_width(&self) -> usize {
        let widths = self.natural_widths();
        widths.iter().sum::<usize>() + usize::from(GAP) * widths.len().saturating_sub(1)
    }

    /// Without the columns of `least_needed`, the first ones first, as far as the table would be wider than `width` characters.
    pub(crate) fn fitting(mut self, width: Option<usize>, least_needed: &[&str]) -> Self {
        for name in least_needed {
            if width.is_none_or(|width| self.natural_width() <= width) {
                break;
            }
            if let Some(place) = self.columns.iter().position(|column| column.name == *name) {
                self.columns.remove(place);
                self.rows.iter_mut().for_each(|row| drop(row.remove(place)));
            }
        }
        self
    }

    /// For a terminal of `width` columns; cells that do not fit are broken into lines.
    pub(crate) fn to_terminal(&self, width: usize) -> String {
        let mut table = self.plain();
        if self.natural_width() > width {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        } else {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }

    fn plain(&self) -> Table {
        let mut table = Table::new();
        table.load_style(STYLE).force_no_tty();
        table.set_header(self.columns.iter().map(|column| column.name.as_str()));
        table.add_rows(&self.rows);
        let last = self.columns.len().saturating_sub(1);
        for (index, column) in self.columns.iter().enumerate() {
            if let Some(styled) = table.column_mut(index) {
                styled.set_padding((0, if index == last { 0 } else { GAP }));
                styled.set_cell_alignment(match column.side {
                    Side::Left => CellAlignment::Left,
                    Side::Right => CellAlignment::Right,
                });
            }
        }
        table
    }

    /// For a document, as a table of GitHub's Markdown.
    pub(crate) fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.columns.iter().map(|column| escape(&column.name)).collect());
        text += &line(
            self.columns
                .iter()
                .map(|column| if column.side == Side::Right { "---:" } else { "---" }.to_owned())
                .collect(),
        );
        for row in &self.rows {
            text += &line(row.iter().map(|cell| escape(cell)).collect());
        }
        text
    }
}

/// Text that Markdown shows as it is, within a table's cell too; code between backticks stays code.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut is_in_word = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_inside_word = is_in_word && characters.peek().is_some_and(|next| next.is_alphanumeric());
        match character {
            '_' if is_inside_word => escaped.push('_'),
            '\\' | '|' | '*' | '_' | '<' | '[' | ']' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("<br>"),
            character => escaped.push(character),
        }
        is_in_word = character.is_alphanumeric();
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_text_as_it_is() {
        assert_eq!(
            escape("batch_size _a_ *b* |c|\n`d` [e] <f>"),
            "batch_size \\_a\\_ \\*b\\* \\|c\\|<br>`d` \\[e\\] \\<f>"
        );
    }
}
