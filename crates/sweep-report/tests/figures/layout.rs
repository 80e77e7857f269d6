//! Where the renderer puts the texts of figures.

use std::sync::Arc;

use resvg::{
    tiny_skia::Rect,
    usvg::{Group, Node, Options, Tree, fontdb::Database},
};
use sweep_report::figures::{REGULAR_FONT, SEMI_BOLD_FONT, Theme};

use crate::{gallery, style};

#[test]
fn no_text_is_cut_off_and_none_lies_on_another() {
    for (name, figure) in gallery::gallery() {
        for width in [320.0, 480.0, 880.0, 1600.0] {
            let svg = figure.svg(&style(width, 0.6 * width, Theme::Light));
            let name = format!("{name} at {width}");
            assert_within_canvas(&svg, &name);
            let level: Vec<(String, Rect, bool)> =
                boxes_of(&svg).0.into_iter().filter(|text| text.2).collect();
            for (index, (one, one_box, _)) in level.iter().enumerate() {
                for (other, other_box, _) in &level[index + 1..] {
                    let apart = one_box.right() <= other_box.left()
                        || other_box.right() <= one_box.left()
                        || one_box.bottom() <= other_box.top()
                        || other_box.bottom() <= one_box.top();
                    assert!(apart, "{name}: {one:?} at {one_box:?} lies on {other:?} at {other_box:?}");
                }
            }
        }
    }
}

fn parsed(svg: &str) -> Tree {
    let mut fonts = Database::new();
    fonts.load_font_data(REGULAR_FONT.to_vec());
    fonts.load_font_data(SEMI_BOLD_FONT.to_vec());
    Tree::from_str(svg, &Options { fontdb: Arc::new(fonts), ..Options::default() }).unwrap()
}

/// The boxes of the texts as the renderer lays them out, and whether a text is level.
fn text_boxes(group: &Group, found: &mut Vec<(String, Rect, bool)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => text_boxes(group, found),
            Node::Text(text) => {
                let written: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                let is_level = text.abs_transform().kx == 0.0;
                found.push((written, text.abs_bounding_box(), is_level));
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

fn boxes_of(svg: &str) -> (Vec<(String, Rect, bool)>, Rect) {
    let tree = parsed(svg);
    let mut found = Vec::new();
    text_boxes(tree.root(), &mut found);
    (found, Rect::from_xywh(0.0, 0.0, tree.size().width(), tree.size().height()).unwrap())
}

pub(crate) fn assert_within_canvas(svg: &str, name: &str) {
    let (found, canvas) = boxes_of(svg);
    for (text, area, _) in found {
        let is_within = area.left() >= 0.0
            && area.top() >= 0.0
            && area.right() <= canvas.right()
            && area.bottom() <= canvas.bottom();
        assert!(is_within, "{name}: {text:?} at {area:?} leaves {canvas:?}");
    }
}
