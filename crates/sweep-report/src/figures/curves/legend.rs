//! The legend below the curves: a row for each setting with the look and the best accuracy of its lines. It knows no axes.

use super::{EpochAccuracy, line::DrawnLine};
use crate::{
    figures::{
        font::{self, Weight},
        frame::{LABEL_SIZE, MARGIN},
        ink::Ink,
        scene::{Node, Text, line},
    },
    words::percent_at,
};

const ROW: f64 = 19.0;
/// From one line of text to the next in a cell.
const TEXT_LINE: f64 = 15.0;
const MOST_TEXT_LINES: usize = 3;
const SAMPLE: f64 = 32.0;
const GAP: f64 = 8.0;
const CELL_GAP: f64 = 20.0;
const BLOCK_GAP: f64 = 34.0;
const TOP: f64 = 8.0;

/// Where the entries of a legend go.
#[derive(Debug, Clone)]
pub(crate) struct Legend<'a> {
    settings: Vec<Setting<'a>>,
    form: Form,
    room: f64,
}

/// The lines of one setting, by part.
#[derive(Debug, Clone)]
struct Setting<'a> {
    name: &'a str,
    lines: Vec<&'a DrawnLine>,
}

#[derive(Debug, Clone)]
enum Form {
    /// A setting and its lines stand in one row; the rows stand in one or several blocks.
    Table { blocks: usize, name_width: f64, cell_widths: Vec<f64> },
    /// Names have a row of their own, which long ones need, and long values go on in a further line.
    Stacked { cells_in_row: usize, cell_width: f64 },
}

impl<'a> Legend<'a> {
    pub(crate) fn new(lines: &'a [DrawnLine], room: f64) -> Self {
        let mut sorted: Vec<&DrawnLine> = lines.iter().collect();
        sorted.sort_by_key(|line| (line.look.setting, line.part));
        let settings: Vec<Setting<'a>> = sorted
            .chunk_by(|one, other| one.look.setting == other.look.setting)
            .map(|lines| Setting { name: &lines[0].setting, lines: lines.to_vec() })
            .collect();
        let form = Form::new(&settings, room);
        Self { settings, form, room }
    }

    pub(crate) fn height(&self) -> f64 {
        if self.settings.is_empty() {
            return 0.0;
        }
        TOP + match &self.form {
            Form::Table { blocks, .. } => self.settings.len().div_ceil(*blocks) as f64 * ROW,
            Form::Stacked { cells_in_row, cell_width } => {
                self.settings.iter().map(|setting| setting.stacked_height(*cells_in_row, *cell_width)).sum()
            }
        }
    }

    pub(crate) fn draw(&self, top: f64) -> Vec<Node> {
        let top = top + TOP;
        match &self.form {
            Form::Table { blocks, name_width, cell_widths } => {
                let rows = self.settings.len().div_ceil(*blocks);
                let block_width = table_width(*name_width, cell_widths) + BLOCK_GAP;
                let row = |(index, setting): (usize, &Setting<'_>)| {
                    let x = MARGIN + (index / rows) as f64 * block_width;
                    setting.row(x, top + ((index % rows) as f64 + 0.5) * ROW, *name_width, cell_widths)
                };
                self.settings.iter().enumerate().flat_map(row).collect()
            }
            Form::Stacked { cells_in_row, cell_width } => {
                let mut y = top;
                let mut nodes = Vec::new();
                for setting in &self.settings {
                    nodes.extend(setting.stack(y, *cells_in_row, *cell_width, self.room));
                    y += setting.stacked_height(*cells_in_row, *cell_width);
                }
                nodes
            }
        }
    }
}

impl Form {
    fn new(settings: &[Setting<'_>], room: f64) -> Self {
        let name_width = settings.iter().map(|setting| text_width(setting.name)).fold(0.0, f64::max);
        let cells = settings.iter().map(|setting| setting.lines.len()).max().unwrap_or(0);
        let width_of_cell = |cell: usize| {
            let lines = settings.iter().filter_map(|setting| setting.lines.get(cell));
            lines.map(|line| SAMPLE + GAP + text_width(&value(line))).fold(0.0, f64::max)
        };
        let cell_widths: Vec<f64> = (0..cells).map(width_of_cell).collect();
        let table = table_width(name_width, &cell_widths);
        if table <= room {
            let blocks = ((room + BLOCK_GAP) / (table + BLOCK_GAP)).floor() as usize;
            return Self::Table { blocks: blocks.max(1), name_width, cell_widths };
        }
        let cell_width = cell_widths.iter().copied().fold(0.0, f64::max).min(room);
        let cells_in_row = ((room + CELL_GAP) / (cell_width + CELL_GAP)).floor() as usize;
        Self::Stacked { cells_in_row: cells_in_row.max(1), cell_width }
    }
}

impl Setting<'_> {
    fn row(&self, x: f64, y: f64, name_width: f64, cell_widths: &[f64]) -> Vec<Node> {
        let mut nodes = vec![Node::Text(Text::centred_on(x, y, LABEL_SIZE, self.name))];
        let mut x = x + name_width + if name_width > 0.0 { CELL_GAP } else { 0.0 };
        for (line, width) in self.lines.iter().zip(cell_widths) {
            nodes.extend(cell(line, x, y, &[value(line)]));
            x += width + CELL_GAP;
        }
        nodes
    }

    fn stack(&self, top: f64, cells_in_row: usize, cell_width: f64, room: f64) -> Vec<Node> {
        let mut y = top + ROW / 2.0;
        let mut nodes = Vec::new();
        if !self.name.is_empty() {
            nodes.push(Node::Text(Text::centred_on(MARGIN, y, LABEL_SIZE, self.name).within(room)));
            y += ROW;
        }
        for row in self.lines.chunks(cells_in_row) {
            for (index, line) in row.iter().enumerate() {
                let x = MARGIN + index as f64 * (cell_width + CELL_GAP);
                nodes.extend(cell(line, x, y, &wrapped(line, cell_width)));
            }
            y += height(row, cell_width);
        }
        nodes
    }

    fn stacked_height(&self, cells_in_row: usize, cell_width: f64) -> f64 {
        let name = if self.name.is_empty() { 0.0 } else { ROW };
        name + self.lines.chunks(cells_in_row).map(|row| height(row, cell_width)).sum::<f64>() + 4.0
    }
}

/// The look of a line, and beside it what it reached, in lines of text.
fn cell(drawn: &DrawnLine, x: f64, y: f64, texts: &[String]) -> Vec<Node> {
    let mut nodes = vec![line((x, y), (x + SAMPLE, y), drawn.look.sample())];
    if let Some(marker) = drawn.look.marker {
        nodes.push(marker.node(x + SAMPLE / 2.0, y, drawn.look.ink));
    }
    nodes.extend(texts.iter().enumerate().map(|(index, text)| {
        let text = Text::centred_on(x + SAMPLE + GAP, y + index as f64 * TEXT_LINE, LABEL_SIZE, text);
        Node::Text(text.ink(Ink::Muted))
    }));
    nodes
}

/// The value of a line in lines of text that fit a cell, broken between its figures.
fn wrapped(line: &DrawnLine, cell_width: f64) -> Vec<String> {
    let mut whole = value(line);
    for (apart, together) in [
        (" %", "\u{a0}%"),
        (" @ ", "\u{a0}@\u{a0}"),
        ("selected ", "selected\u{a0}"),
        ("best ", "best\u{a0}"),
    ] {
        whole = whole.replace(apart, together);
    }
    let room = cell_width - SAMPLE - GAP;
    let lines = font::wrap(&whole, LABEL_SIZE, Weight::Regular, room, MOST_TEXT_LINES);
    lines.into_iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

/// The height of a row of cells.
fn height(row: &[&DrawnLine], cell_width: f64) -> f64 {
    let lines = row.iter().map(|line| wrapped(line, cell_width).len()).max().unwrap_or(1).max(1);
    ROW + (lines - 1) as f64 * TEXT_LINE
}

fn table_width(name_width: f64, cell_widths: &[f64]) -> f64 {
    let cells = cell_widths.iter().map(|width| width + CELL_GAP).sum::<f64>() - CELL_GAP;
    if name_width > 0.0 { name_width + CELL_GAP + cells } else { cells }
}

/// `test: best 88.31 % @ 612`, after the selected epoch's accuracy if there is another one.
fn value(line: &DrawnLine) -> String {
    let part = line.part.name();
    let Some(best) = line.best else { return format!("{part}: no epoch") };
    let figure = |epoch: EpochAccuracy| percent_at(epoch.accuracy, epoch.epoch);
    match line.selected {
        Some(selected) if selected.epoch == best.epoch => {
            format!("{part}: selected and best {}", figure(best))
        }
        Some(selected) => format!("{part}: selected {}, best {}", figure(selected), figure(best)),
        None => format!("{part}: best {}", figure(best)),
    }
}

fn text_width(text: &str) -> f64 {
    font::width(text, LABEL_SIZE, Weight::Regular)
}
