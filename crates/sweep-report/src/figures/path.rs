//! Paths in the shortest form that SVG has: relative, in tenths of a pixel. It knows no colours.

/// The data of a path, point by point. Every point is rounded from where it truly is, so that errors do not add up.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathData {
    text: String,
    here: (i64, i64),
    start: (i64, i64),
    last_has_point: bool,
}

impl PathData {
    pub(crate) fn move_to(&mut self, x: f64, y: f64) {
        let is_first = self.text.is_empty();
        self.text.push('m');
        let (to_x, to_y) = (tenths(x), tenths(y));
        // The first `m` counts from nothing, which is absolute.
        let from = if is_first { (0, 0) } else { self.here };
        self.numbers(&[to_x - from.0, to_y - from.1]);
        self.here = (to_x, to_y);
        self.start = self.here;
    }

    /// A line; those of less than a tenth of a pixel are left out. After `m`, pairs of numbers are lines.
    pub(crate) fn line_to(&mut self, x: f64, y: f64) {
        let (to_x, to_y) = (tenths(x), tenths(y));
        if (to_x, to_y) != self.here {
            self.more_numbers(&[to_x - self.here.0, to_y - self.here.1]);
            self.here = (to_x, to_y);
        }
    }

    pub(crate) fn close(&mut self) {
        self.text.push('z');
        self.here = self.start;
    }

    /// A line through `points`.
    pub(crate) fn polyline(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Self::default();
        path.add_polyline(points);
        path
    }

    pub(crate) fn add_polyline(&mut self, points: impl IntoIterator<Item = (f64, f64)>) {
        for (index, (x, y)) in points.into_iter().enumerate() {
            if index == 0 { self.move_to(x, y) } else { self.line_to(x, y) }
        }
    }

    pub(crate) fn polygon(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Self::polyline(points);
        path.close();
        path
    }

    /// As SVG has it; nothing in it needs to be escaped.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Numbers after a letter.
    fn numbers(&mut self, values: &[i64]) {
        let (first, rest) = values.split_at(1);
        let text = tenths_text(first[0]);
        self.last_has_point = text.contains('.');
        self.text.push_str(&text);
        self.more_numbers(rest);
    }

    /// A number needs no space before it if its sign or its point says that it is a new one.
    fn more_numbers(&mut self, values: &[i64]) {
        for value in values {
            let text = tenths_text(*value);
            if !(text.starts_with('-') || text.starts_with('.') && self.last_has_point) {
                self.text.push(' ');
            }
            self.last_has_point = text.contains('.');
            self.text.push_str(&text);
        }
    }
}

/// A length or place in pixels with one digit, as short as can be: `12`, `.5`, `-3.1`.
pub(crate) fn pixels(value: f64) -> String {
    tenths_text(tenths(value))
}

fn tenths(value: f64) -> i64 {
    (value * 10.0).round() as i64
}

fn tenths_text(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    match (whole, rest) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, rest) => format!("{sign}.{rest}"),
        (whole, rest) => format!("{sign}{whole}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_short() {
        let points =
            [(60.0, 200.0), (61.2, 199.7), (61.9, 200.8), (61.93, 200.81), (70.0, 200.8), (70.5, 201.3)];
        assert_eq!(PathData::polyline(points).text(), "m60 200 1.2-.3.7 1.1 8.1 0 .5.5");
    }

    #[test]
    fn a_second_part_counts_from_where_the_first_ended() {
        let mut path = PathData::polygon([(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)]);
        path.add_polyline([(5.0, 5.0), (6.0, 5.0)]);
        assert_eq!(path.text(), "m1 1 1 0 0 1zm4 4 1 0");
    }

    #[test]
    fn numbers_are_short() {
        let texts: Vec<String> = [0.0, -0.04, 0.25, -0.5, 12.0, -3.12].map(pixels).to_vec();
        assert_eq!(texts, ["0", "0", ".3", "-.5", "12", "-3.1"]);
    }
}
