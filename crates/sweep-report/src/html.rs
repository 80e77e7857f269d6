//! A report as a part of a web page: headings, tables and lists that say what they are, and no looks. It knows no pages.

use std::io::{self, Write};

use crate::{
    document::{Part, Section},
    text_table::{Side, TextTable},
    words::printable,
};

/// A part of a report, to be put in its place on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HtmlSection {
    /// Its heading.
    pub title: String,
    /// A `section` element with its heading of the second level.
    pub html: String,
}

impl HtmlSection {
    pub(crate) fn of(section: &Section) -> io::Result<Self> {
        Ok(Self { title: section.title.clone(), html: section_html(section, Heading::Second)? })
    }
}

/// The level of a section's heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heading {
    /// Below the heading of the page.
    Second,
    /// Below that of a part of the page.
    Third,
}

/// A section by itself.
pub(crate) fn section_html(section: &Section, heading: Heading) -> io::Result<String> {
    let mut html = Vec::new();
    write_section(section, heading, &mut html)?;
    String::from_utf8(html).map_err(io::Error::other)
}

/// One section after the other.
pub(crate) fn write_html(sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    sections.iter().try_for_each(|section| write_section(section, Heading::Second, out))
}

/// A caption becomes that of the table that follows it.
fn write_section(section: &Section, heading: Heading, out: &mut dyn Write) -> io::Result<()> {
    let level = if heading == Heading::Second { "h2" } else { "h3" };
    writeln!(out, "<section class=\"report\">\n<{level}>{}</{level}>", escape(&section.title))?;
    let mut caption = None;
    for part in &section.parts {
        match part {
            Part::Caption(text) => caption = Some(text.as_str()),
            Part::Paragraph(text) => writeln!(out, "<p>{}</p>", running(text))?,
            Part::List(items) => {
                writeln!(out, "<ul>")?;
                for item in items {
                    writeln!(out, "<li>{}</li>", running(item))?;
                }
                writeln!(out, "</ul>")?;
            }
            Part::Fields(fields) => {
                writeln!(out, "<dl>")?;
                for (name, value) in fields {
                    writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))?;
                }
                writeln!(out, "</dl>")?;
            }
            Part::Table(content) => table(content, caption.take(), out)?,
        }
    }
    writeln!(out, "</section>")
}

/// A table in a box that scrolls if the table is too wide, also by the keyboard. The first cell of a row names it.
pub(crate) fn table(table: &TextTable, caption: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let name = escape(&caption.unwrap_or("Table").replace('`', ""));
    writeln!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\"><table>")?;
    if let Some(caption) = caption {
        writeln!(out, "<caption>{}</caption>", running(caption))?;
    }
    writeln!(out, "<thead><tr>")?;
    let side = |column: usize| match table.columns[column].side {
        Side::Left => "",
        Side::Right => " class=\"number\"",
    };
    for (place, column) in table.columns.iter().enumerate() {
        match column.name.as_str() {
            "" => writeln!(out, "<td></td>")?,
            name => writeln!(out, "<th scope=\"col\"{}>{}</th>", side(place), escape(name))?,
        }
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &table.rows {
        write!(out, "<tr>")?;
        for (place, cell) in row.iter().enumerate() {
            let side = side(place);
            match place {
                // A row that goes on with the one above has no name of its own.
                0 if !cell.is_empty() => write!(out, "<th scope=\"row\"{side}>{}</th>", escape(cell))?,
                _ => write!(out, "<td{side}>{}</td>", escape(cell))?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// Running text, with what stands between backticks as code.
pub(crate) fn running(text: &str) -> String {
    let mut parts: Vec<String> = text.split('`').map(escape).collect();
    // One that is not closed is a character like any other.
    let open = if parts.len().is_multiple_of(2) { parts.pop() } else { None };
    let mut html = String::new();
    for (place, part) in parts.iter().enumerate() {
        match place % 2 {
            0 => html.push_str(part),
            _ => html.push_str(&format!("<code>{part}</code>")),
        }
    }
    html + &open.map_or(String::new(), |part| format!("`{part}"))
}

/// Text that a page shows as it is, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;
    use crate::text_table::Column;

    #[test]
    fn a_section_says_what_it_is() {
        let section = Section {
            title: "<script>alert('&')</script>".into(),
            parts: vec![
                Part::Caption("Accuracy \"per\" model".into()),
                Part::Table(TextTable {
                    columns: vec![Column::left(""), Column::right("EEGNet")],
                    rows: vec![vec!["ReLU".into(), "<b>".into()], vec!["".into(), "more".into()]],
                }),
                Part::Fields(vec![("status", "\u{1b}[2J".into())]),
                Part::List(vec!["one `<i>` and `two` and".into(), "an `open end".into()]),
                Part::Paragraph("end".into()),
            ],
        };
        let mut page = Vec::new();
        write_html(&[section], &mut page).unwrap();
        insta::assert_snapshot!(String::from_utf8(page).unwrap(), @r#"
        <section class="report">
        <h2>&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</h2>
        <div class="scroll" tabindex="0" role="group" aria-label="Accuracy &quot;per&quot; model"><table>
        <caption>Accuracy &quot;per&quot; model</caption>
        <thead><tr>
        <td></td>
        <th scope="col" class="number">EEGNet</th>
        </tr></thead>
        <tbody>
        <tr><th scope="row">ReLU</th><td class="number">&lt;b&gt;</td></tr>
        <tr><td></td><td class="number">more</td></tr>
        </tbody></table></div>
        <dl>
        <div><dt>status</dt><dd>\u{1b}[2J</dd></div>
        </dl>
        <ul>
        <li>one <code>&lt;i&gt;</code> and <code>two</code> and</li>
        <li>an `open end</li>
        </ul>
        <p>end</p>
        </section>
        "#);
    }
}
