//! Tables and text for LaTeX, in the style of the package `booktabs`.

use crate::text_table::{Side, TextTable};

/// A floating table with a caption above it.
pub(crate) fn table(table: &TextTable, caption: &str) -> String {
    format!(
        "\\begin{{table}}[tbp]\n\\centering\n\\caption{{{}}}\n{}\\end{{table}}\n",
        escape(caption),
        tabular(table)
    )
}

/// The table alone.
pub(crate) fn tabular(table: &TextTable) -> String {
    let columns: String =
        table.columns.iter().map(|column| if column.side == Side::Right { 'r' } else { 'l' }).collect();
    let line = |cells: Vec<String>| format!("  {} \\\\\n", cells.join(" & "));
    let mut text = format!("\\begin{{tabular}}{{{columns}}}\n  \\toprule\n");
    text += &line(table.columns.iter().map(|column| escape(&column.name)).collect());
    text += "  \\midrule\n";
    for row in &table.rows {
        text += &line(row.iter().map(|cell| escape(cell)).collect());
    }
    text += "  \\bottomrule\n\\end{tabular}\n";
    text
}

/// A list of sentences.
pub(crate) fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| format!("  \\item {}\n", escape(item))).collect();
    format!("\\begin{{itemize}}\n{items}\\end{{itemize}}\n")
}

/// Names with their values.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let items: String =
        fields.iter().map(|(name, value)| format!("  \\item[{name}] {}\n", escape(value))).collect();
    format!("\\begin{{description}}\n{items}\\end{{description}}\n")
}

/// Text that LaTeX shows as it is; what stands between backticks is set in the typewriter face.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let has_code = text.matches('`').count().is_multiple_of(2);
    let mut is_code = false;
    for character in text.chars() {
        match character {
            '`' if has_code => {
                escaped.push_str(if is_code { "}" } else { "\\texttt{" });
                is_code = !is_code;
            }
            // Two hyphens would become a dash.
            '-' if is_code => escaped.push_str("{-}"),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '|' => escaped.push_str("\\textbar{}"),
            '"' => escaped.push_str("\\textquotedbl{}"),
            '[' => escaped.push_str("{[}"),
            '±' => escaped.push_str("$\\pm$"),
            '≤' => escaped.push_str("$\\leq$"),
            '≥' => escaped.push_str("$\\geq$"),
            '×' => escaped.push_str("$\\times$"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str(" \\newline "),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_as_it_is() {
        assert_eq!(
            escape(r"50 % of a_b & {c} ~ ^ \ $ # <d> |e| [f] ± `--format csv`"),
            r"50 \% of a\_b \& \{c\} \textasciitilde{} \textasciicircum{} \textbackslash{} \$ \# \textless{}d\textgreater{} \textbar{}e\textbar{} {[}f] $\pm$ \texttt{{-}{-}format csv}"
        );
        assert_eq!(escape("an odd `"), "an odd `");
    }
}
