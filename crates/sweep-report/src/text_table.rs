//! A table of text, for the terminal and for documents.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

use crate::words::wrap;

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
            // The columns of settings come first, and are always needed.
            if let Some(place) = self.columns.iter().rposition(|column| column.name == *name) {
                self.columns.remove(place);
                self.rows.iter_mut().for_each(|row| drop(row.remove(place)));
            }
        }
        self
    }

    /// For a terminal of `width` columns. Cells that do not fit are broken between words, never within one; if even that is too wide, each
    /// row becomes a block with a line per column.
    pub(crate) fn to_terminal(&self, width: usize) -> String {
        let mut table = self.plain();
        if self.natural_width() > width {
            let Some(widths) = self.widths_within(width) else { return self.to_blocks(width) };
            table.set_content_arrangement(ContentArrangement::Dynamic);
            let last = self.columns.len() - 1;
            for (place, content) in widths.into_iter().enumerate() {
                let padding = if place == last { 0 } else { usize::from(GAP) };
                if let Some(column) = table.column_mut(place) {
                    let fixed = Width::Fixed(u16::try_from(content + padding).unwrap_or(u16::MAX));
                    column.set_constraint(ColumnConstraint::Absolute(fixed));
                }
            }
        } else {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }

    /// Whether it can be shown in `width` characters without breaking a word.
    pub(crate) fn fits(&self, width: usize) -> bool {
        self.natural_width() <= width || self.widths_within(width).is_some()
    }

    /// The characters of each column in a table of `width` characters whose words stay whole; `None` if there is no such table.
    fn widths_within(&self, width: usize) -> Option<Vec<usize>> {
        let natural = self.natural_widths();
        let mut widths: Vec<usize> =
            (0..self.columns.len()).map(|place| self.least_width(place).min(natural[place])).collect();
        let room = width.checked_sub(usize::from(GAP) * self.columns.len().saturating_sub(1))?;
        let mut left = room.checked_sub(widths.iter().sum())?;
        // What is left goes to the narrowest columns first, since wide ones are broken into lines anyway.
        while left > 0 {
            let narrowest = (0..widths.len())
                .filter(|place| widths[*place] < natural[*place])
                .min_by_key(|place| widths[*place])?;
            widths[narrowest] += 1;
            left -= 1;
        }
        Some(widths)
    }

    /// The fewest characters of a column: those of its longest word, and of numbers those of a whole cell.
    fn least_width(&self, place: usize) -> usize {
        let column = &self.columns[place];
        let words = |text: &str| text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
        let cells = self.rows.iter().filter_map(|row| row.get(place));
        let of_cells = match column.side {
            Side::Left => cells.map(|cell| words(cell)).max(),
            Side::Right => cells.map(|cell| cell.chars().count()).max(),
        };
        words(&column.name).max(of_cells.unwrap_or(0))
    }

    /// A block per row, with a line per column and an empty line between blocks. Cells of columns without a name stand above.
    fn to_blocks(&self, width: usize) -> String {
        let names = || self.columns.iter().map(|column| column.name.as_str());
        let name_width = names().map(|name| name.chars().count()).max().unwrap_or(0);
        let indent = " ".repeat(name_width + 2);
        let block = |row: &Vec<String>| {
            let heading: Vec<&str> =
                names().zip(row).filter(|(name, _)| name.is_empty()).map(|(_, cell)| cell.as_str()).collect();
            let mut lines = Vec::new();
            if !heading.is_empty() {
                lines.push(wrap(&heading.join(", "), width, ""));
            }
            for (name, cell) in names().zip(row).filter(|(name, cell)| !name.is_empty() && !cell.is_empty()) {
                lines.push(wrap(&format!("{name:name_width$}  {cell}"), width, &indent));
            }
            lines.iter().map(|line| format!("{}\n", line.trim_end())).collect::<String>()
        };
        // An empty first cell means the one above it, which stands in another block.
        let mut first = String::new();
        let whole = self.rows.iter().map(|row| {
            let mut row = row.clone();
            match row.first_mut() {
                Some(cell) if cell.is_empty() => cell.clone_from(&first),
                Some(cell) => first.clone_from(cell),
                None => {}
            }
            row
        });
        whole.map(|row| block(&row)).collect::<Vec<_>>().join("\n")
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

    fn comparison() -> TextTable {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        TextTable {
            columns: vec![
                Column::left("setting"),
                Column::left("against"),
                Column::right("p (subjects)"),
                Column::left("difference"),
            ],
            rows: vec![
                row(["EEGNet, LeakyReLU", "DeepConvNet, ELU", "0.034", "real on these trials"]),
                row(["DeepConvNet, ReLU", "EEGNet, ELU", "-", "within noise"]),
            ],
        }
    }

    #[test]
    fn words_of_a_narrow_table_stay_whole() {
        let table = comparison();
        let words = |text: &str| {
            let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.sort();
            words
        };
        let cells: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .chain(table.rows.iter().flatten().cloned())
            .collect();
        for width in 50..=80 {
            let text = table.to_terminal(width);
            let shown: Vec<String> = words(&text.replace('─', " "));
            assert_eq!(shown, words(&cells.join(" ")), "{width}\n{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
        }
        insta::assert_snapshot!(table.to_terminal(60));
    }

    #[test]
    fn a_table_that_is_too_narrow_becomes_blocks() {
        assert!(comparison().fits(50) && !comparison().fits(49));
        insta::assert_snapshot!(comparison().to_terminal(36));
        let columns = vec![Column::left(""), Column::left("EEGNet")];
        let rows =
            vec![vec!["ReLU".into(), "87.22 % @ 612 (best of 5)".into()], vec!["ELU".into(), "-".into()]];
        insta::assert_snapshot!(TextTable { columns, rows }.to_terminal(9));
    }

    #[test]
    fn every_block_has_the_name_of_its_axis() {
        let columns = ["axis", "level"].map(Column::left).to_vec();
        let rows = [["learning_rate", "0.001"], ["", "0.01"], ["dropout", "0.25"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec()).to_vec();
        let blocks = TextTable { columns, rows }.to_terminal(12);
        let axes: Vec<&str> = blocks.lines().filter_map(|line| line.strip_prefix("axis   ")).collect();
        assert_eq!(axes, ["learning_rate", "learning_rate", "dropout"], "{blocks}");
    }

    #[test]
    fn markdown_shows_text_as_it_is() {
        assert_eq!(
            escape("batch_size _a_ *b* |c|\n`d` [e] <f>"),
            "batch_size \\_a\\_ \\*b\\* \\|c\\|<br>`d` \\[e\\] \\<f>"
        );
    }
}
