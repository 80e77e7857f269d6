//! A scene as SVG text. It knows no figures.
//!
//! There are no `id`, no `style` and no `<style>`: several figures stand on one page, and pages with a strict Content-Security-Policy
//! show them.

use super::{
    Theme,
    font::{self, Weight},
    ink::{Ground, Ink, hexadecimal},
    path::pixels,
    scene::{Anchor, Dash, Datum, Edge, Fill, Node, Paint, Scene, Text},
};

/// The whole text of an SVG file, or of an `<svg>` element in a page.
pub(crate) fn to_svg(scene: &Scene, theme: Theme) -> String {
    let mut writer = Writer { theme, text: String::new() };
    let (width, height) = (pixels(scene.width), pixels(scene.height));
    writer.text.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\"");
    for (name, value) in [
        ("class", "sweep-figure"),
        ("role", "img"),
        ("width", &width),
        ("height", &height),
        ("viewBox", &format!("0 0 {width} {height}")),
        ("font-family", font::FAMILIES),
    ] {
        writer.attribute(name, value);
    }
    writer.text.push_str(">\n");
    writer.element_with_text("title", &scene.name);
    writer.element_with_text("desc", &scene.description);
    let background = Paint::fill(Ink::Background);
    let (width, height) = (scene.width, scene.height);
    writer.node(&Node::Rectangle { x: 0.0, y: 0.0, width, height, corner: 0.0, paint: background });
    for node in &scene.nodes {
        writer.node(node);
    }
    writer.text.push_str("</svg>\n");
    writer.text
}

struct Writer {
    theme: Theme,
    text: String,
}

impl Writer {
    fn node(&mut self, node: &Node) {
        match node {
            Node::Group { data, paint, nodes } => {
                self.text.push_str("<g");
                self.data(data);
                self.paint(paint);
                self.text.push_str(">\n");
                for node in nodes {
                    self.node(node);
                }
                self.text.push_str("</g>\n");
            }
            Node::Path { data, path, paint } => {
                self.text.push_str("<path");
                self.data(data);
                self.paint(paint);
                self.text.push_str(" d=\"");
                self.text.push_str(path.text());
                self.text.push_str("\"/>\n");
            }
            Node::Rectangle { x, y, width, height, corner, paint } => {
                self.text.push_str("<rect");
                self.lengths(&[
                    ("x", *x),
                    ("y", *y),
                    ("width", *width),
                    ("height", *height),
                    ("rx", *corner),
                ]);
                self.paint(paint);
                self.text.push_str("/>\n");
            }
            Node::Circle { x, y, radius, paint } => {
                self.text.push_str("<circle");
                self.lengths(&[("cx", *x), ("cy", *y), ("r", *radius)]);
                self.paint(paint);
                self.text.push_str("/>\n");
            }
            Node::Text(text) => self.line_of_text(text),
        }
    }

    fn line_of_text(&mut self, text: &Text) {
        self.text.push_str("<text");
        self.lengths(&[("x", text.x), ("y", text.y), ("font-size", text.size)]);
        if text.weight == Weight::SemiBold {
            self.attribute("font-weight", "600");
        }
        match text.anchor {
            Anchor::Start => {}
            Anchor::Middle => self.attribute("text-anchor", "middle"),
            Anchor::End => self.attribute("text-anchor", "end"),
        }
        if text.degrees != 0.0 {
            let (x, y) = (pixels(text.x), pixels(text.y));
            self.attribute("transform", &format!("rotate({} {x} {y})", pixels(text.degrees)));
        }
        let mut paint = Paint::fill(text.ink);
        if text.edge == Edge::Halo {
            paint = paint.and_stroke(Ink::Background, 3.0);
            self.attribute("paint-order", "stroke");
            self.attribute("stroke-linejoin", "round");
        }
        self.paint(&paint);
        self.text.push('>');
        self.escaped(&text.text);
        self.text.push_str("</text>\n");
    }

    fn paint(&mut self, paint: &Paint) {
        let mut classes = Vec::new();
        match paint.fill {
            None => {}
            Some(Fill::Nothing) => self.attribute("fill", "none"),
            Some(Fill::Ink(ink)) => {
                classes.push(format!("f-{}", ink.name()));
                self.attribute("fill", &self.colour(ink));
            }
        }
        if let Some((ink, width)) = paint.stroke {
            classes.push(format!("s-{}", ink.name()));
            self.attribute("stroke", &self.colour(ink));
            self.attribute("stroke-width", &pixels(width));
        }
        if self.theme == Theme::Adaptive && !classes.is_empty() {
            self.attribute("class", &classes.join(" "));
        }
        if let Some(dash) = paint.dash {
            self.attribute("stroke-dasharray", dash_pattern(dash));
            if dash == Dash::Dotted {
                self.attribute("stroke-linecap", "round");
            }
        }
        if let Some(opacity) = paint.opacity {
            // Of the paint, not of the element: lines of one group shall show through each other.
            let name =
                if matches!(paint.fill, Some(Fill::Ink(_))) { "fill-opacity" } else { "stroke-opacity" };
            self.attribute(name, &((opacity * 100.0).round() / 100.0).to_string());
        }
    }

    fn colour(&self, ink: Ink) -> String {
        let ground = if self.theme == Theme::Dark { Ground::Dark } else { Ground::Light };
        hexadecimal(ink.colour(ground))
    }

    /// Lengths of nothing are what SVG takes where none is given.
    fn lengths(&mut self, lengths: &[(&str, f64)]) {
        for (name, value) in lengths {
            let text = pixels(*value);
            if text != "0" {
                self.attribute(name, &text);
            }
        }
    }

    fn data(&mut self, data: &[Datum]) {
        for (name, value) in data {
            self.attribute(&format!("data-{name}"), value);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        self.escaped(value);
        self.text.push('"');
    }

    fn element_with_text(&mut self, name: &str, text: &str) {
        self.text.push_str(&format!("<{name}>"));
        self.escaped(text);
        self.text.push_str(&format!("</{name}>\n"));
    }

    fn escaped(&mut self, text: &str) {
        for character in font::clean(text).chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                character => self.text.push(character),
            }
        }
    }
}

fn dash_pattern(dash: Dash) -> &'static str {
    match dash {
        Dash::Dashed => "6 3",
        Dash::Dotted => ".1 3.5",
        Dash::Fine => "4 3",
    }
}
