//! Tables and text for LaTeX, in the style of the package `booktabs`.

use crate::text_table::{Side, TextTable};

/// The first line of a report: what the document that takes it needs.
pub(crate) const NEEDS: &str = "% Needs \\usepackage{booktabs,graphicx} and LaTeX of 2020 or later. Letters beside the Latin ones and the Greek ones of formulas need LuaLaTeX or XeLaTeX.";

/// What stands around a report: its lines rather have wide spaces than stand out into the margin, as names in typewriter face do.
pub(crate) const BEGINNING: &str = "\\begingroup\\sloppy";
/// The end of [`BEGINNING`].
pub(crate) const END: &str = "\\par\\endgroup";

/// So many rows stand on a page, with a caption, in the largest of the usual sizes.
const ROWS_OF_PAGE: usize = 40;
/// LaTeX keeps some fifty tables that have no place yet, and gives up at more.
const TABLES_AT_ONCE: usize = 10;

/// A floating table with a caption above it, no wider than the text: a wider one is made smaller. One that is longer than a page comes in
/// parts, since a float is never broken.
pub(crate) fn table(table: &TextTable, caption: &str) -> String {
    let parts = table.rows.len().div_ceil(ROWS_OF_PAGE).max(1);
    let caption = escape(caption);
    let mut text = String::new();
    for part in 0..parts {
        let rows = table.rows.iter().skip(part * ROWS_OF_PAGE).take(ROWS_OF_PAGE);
        let which = if parts > 1 { format!(" (part {} of {parts})", part + 1) } else { String::new() };
        if part > 0 {
            text.push_str(if part % TABLES_AT_ONCE == 0 { "\n\\clearpage\n" } else { "\n" });
        }
        text += &format!(
            "\\begin{{table}}[htbp]\n\\centering\n\\caption{{{caption}{which}}}\n\\smallskip\n\
             \\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n{}}}\n\\end{{table}}\n",
            rows_of(table, rows)
        );
    }
    text
}

/// The table alone, with what it needs.
pub(crate) fn tabular(table: &TextTable) -> String {
    format!("% Needs \\usepackage{{booktabs}}.\n{}", rows_of(table, table.rows.iter()))
}

fn rows_of<'a>(table: &TextTable, rows: impl Iterator<Item = &'a Vec<String>>) -> String {
    let columns: String =
        table.columns.iter().map(|column| if column.side == Side::Right { 'r' } else { 'l' }).collect();
    let line = |cells: Vec<String>| format!("  {} \\\\\n", cells.join(" & "));
    let mut text = format!("\\begin{{tabular}}{{{columns}}}\n  \\toprule\n");
    text += &line(table.columns.iter().map(|column| cell(&column.name, Side::Left)).collect());
    text += "  \\midrule\n";
    for row in rows {
        text += &line(table.columns.iter().zip(row).map(|(column, text)| cell(text, column.side)).collect());
    }
    text += "  \\bottomrule\n\\end{tabular}\n";
    text
}

/// A cell; lines of it below each other.
fn cell(text: &str, side: Side) -> String {
    let line = |line: &str| match (line, side) {
        // Where there is no number.
        ("-", Side::Right) => "--".to_owned(),
        // After the end of a line, a star would belong to it.
        (line, _) => match escaped(line, Breaks::None) {
            escaped if escaped.starts_with('*') => format!("{{*}}{}", &escaped[1..]),
            escaped => escaped,
        },
    };
    let lines: Vec<String> = text.trim_end().split('\n').map(line).collect();
    match lines.as_slice() {
        [only] => only.clone(),
        lines => {
            let place = if side == Side::Right { 'r' } else { 'l' };
            format!("\\shortstack[{place}]{{{}}}", lines.join(" \\\\ "))
        }
    }
}

/// The heading of what has no table, and no caption therefore.
pub(crate) fn heading(title: &str) -> String {
    format!("\\subsection*{{\\raggedright {}}}\n", escape(title))
}

/// A list of sentences.
pub(crate) fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| format!("  \\item {}\n", escape(item))).collect();
    format!("\\begin{{itemize}}\n{items}\\end{{itemize}}\n")
}

/// Names with their values.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let items: String = fields
        .iter()
        .map(|(name, value)| format!("  \\item[{}] {}\n", escape(name), escape(value)))
        .collect();
    format!("\\begin{{description}}\n{items}\\end{{description}}\n")
}

/// Running text that LaTeX shows as it is; what stands between backticks is set in the typewriter face.
pub(crate) fn escape(text: &str) -> String {
    escaped(text, Breaks::InLongWords)
}

/// Where a line may end beside the places that LaTeX finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breaks {
    None,
    /// In paths and identities, which would stand out into the margin.
    InLongWords,
}

/// Words longer than this many characters are broken.
const LONG_WORD: usize = 24;
/// So many letters and digits of a long word stay together.
const UNBROKEN: usize = 16;

fn escaped(text: &str, breaks: Breaks) -> String {
    let mut escaped = String::with_capacity(text.len());
    let has_code = text.matches('`').count().is_multiple_of(2);
    let mut is_code = false;
    for word in text.split_inclusive([' ', '\n']) {
        let is_long = breaks == Breaks::InLongWords && word.chars().count() > LONG_WORD;
        let mut unbroken = 0;
        let mut before = ' ';
        let mut characters = word.chars().peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek();
            match character {
                '`' if has_code => {
                    escaped.push_str(if is_code { "}" } else { "\\texttt{" });
                    is_code = !is_code;
                }
                // Two hyphens would become a dash.
                '-' if before == '-' => escaped.push_str("{}-"),
                '-' if before == ' ' && !is_code && next.is_some_and(is_after_minus) => {
                    escaped.push_str("$-$");
                }
                '\'' if is_code => escaped.push_str("\\textquotesingle{}"),
                character => push(character, &mut escaped),
            }
            unbroken = if character.is_alphanumeric() { unbroken + 1 } else { 0 };
            let goes_on = next.is_some_and(|next| !next.is_whitespace() && *next != '`');
            let is_place = match unbroken {
                0 => character != '`',
                unbroken => unbroken == UNBROKEN && next.is_some_and(|next| next.is_alphanumeric()),
            };
            if is_long && is_place && goes_on {
                escaped.push_str("\\allowbreak{}");
                unbroken = 0;
            }
            before = character;
        }
    }
    escaped
}

/// Before a number, or between two things.
fn is_after_minus(character: &char) -> bool {
    character.is_ascii_digit() || *character == ' '
}

fn push(character: char, escaped: &mut String) {
    let command = match character {
        '\\' => "\\textbackslash{}",
        '~' => "\\textasciitilde{}",
        '^' => "\\textasciicircum{}",
        '<' => "\\textless{}",
        '>' => "\\textgreater{}",
        '|' => "\\textbar{}",
        '`' => "\\textasciigrave{}",
        // \textquotedbl is not in every encoding of fonts, and the character itself means something to some languages of babel.
        '"' => "\\symbol{34}",
        '[' => "{[}",
        '±' => "$\\pm$",
        '≤' => "$\\leq$",
        '≥' => "$\\geq$",
        '×' => "$\\times$",
        '\n' => " \\newline ",
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => return escaped.extend(['\\', character]),
        character => match greek(character) {
            Some(name) => return escaped.push_str(&format!("$\\{name}$")),
            None => return escaped.push(character),
        },
    };
    escaped.push_str(command);
}

/// The command of a Greek letter that is not one of the Latin ones; pdfLaTeX knows none of them as a character.
fn greek(character: char) -> Option<&'static str> {
    const SMALL: [&str; 25] = [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "",
        "pi",
        "rho",
        "varsigma",
        "sigma",
        "tau",
        "upsilon",
        "varphi",
        "chi",
        "psi",
        "omega",
    ];
    const CAPITAL: [(char, &str); 10] = [
        ('Γ', "Gamma"),
        ('Δ', "Delta"),
        ('Θ', "Theta"),
        ('Λ', "Lambda"),
        ('Ξ', "Xi"),
        ('Π', "Pi"),
        ('Σ', "Sigma"),
        ('Φ', "Phi"),
        ('Ψ', "Psi"),
        ('Ω', "Omega"),
    ];
    let small = || SMALL.get((character as usize).checked_sub('α' as usize)?).copied();
    let capital = || CAPITAL.iter().find(|(letter, _)| *letter == character).map(|(_, name)| *name);
    small().or_else(capital).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_table::Column;

    #[test]
    fn text_stays_as_it_is() {
        assert_eq!(
            escape(r#"50 % of a_b & {c} ~ ^ \ $ # <d> |e| [f] "g" ± µ α `--format 'csv'`"#),
            r"50 \% of a\_b \& \{c\} \textasciitilde{} \textasciicircum{} \textbackslash{} \$ \# \textless{}d\textgreater{} \textbar{}e\textbar{} {[}f] \symbol{34}g\symbol{34} $\pm$ µ $\alpha$ \texttt{-{}-format \textquotesingle{}csv\textquotesingle{}}"
        );
        assert_eq!(
            escape("an odd `, a--b, b - a, and -5"),
            r"an odd \textasciigrave{}, a-{}-b, b $-$ a, and $-$5"
        );
    }

    #[test]
    fn long_words_may_be_broken() {
        assert_eq!(escape("data/a_b/c.npz"), r"data/a\_b/c.npz");
        assert_eq!(
            escape("/home/data/motor_bipolar/train.npz, 0123456789abcdef0123456789abcdef"),
            r"/\allowbreak{}home/\allowbreak{}data/\allowbreak{}motor\_\allowbreak{}bipolar/\allowbreak{}train.\allowbreak{}npz, 0123456789abcdef\allowbreak{}0123456789abcdef"
        );
    }

    #[test]
    fn cells_hold_what_would_steer_a_table() {
        let cells = |text| [cell(text, Side::Left), cell(text, Side::Right)];
        assert_eq!(cells("*a"), ["{*}a", "{*}a"]);
        assert_eq!(cells("-"), ["-", "--"]);
        assert_eq!(cells("-0.5"), ["$-$0.5", "$-$0.5"]);
        assert_eq!(cells("a\n[b]\n"), [r"\shortstack[l]{a \\ {[}b]}", r"\shortstack[r]{a \\ {[}b]}"]);
    }

    #[test]
    fn a_long_table_comes_in_parts() {
        let rows = |count: usize| (0..count).map(|row| vec![row.to_string()]).collect();
        let of = |count| table(&TextTable { columns: vec![Column::right("n")], rows: rows(count) }, "All");
        assert_eq!(of(ROWS_OF_PAGE).matches(r"\begin{table}").count(), 1);
        let text = of(TABLES_AT_ONCE * ROWS_OF_PAGE + 1);
        assert_eq!(text.matches(r"\begin{table}").count(), TABLES_AT_ONCE + 1);
        assert_eq!(text.matches(r"\clearpage").count(), 1);
        assert!(text.contains(r"\caption{All (part 2 of 11)}"), "{text}");
        for row in 0..=TABLES_AT_ONCE * ROWS_OF_PAGE {
            assert_eq!(text.matches(&format!("\n  {row} \\\\\n")).count(), 1, "{row}");
        }
    }
}
