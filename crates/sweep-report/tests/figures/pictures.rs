//! Figures as PNG files.

use std::{collections::BTreeSet, io::Cursor};

use sweep_report::figures::{Curves, Figure, FigureError, Style, Theme};

use crate::gallery;

struct Picture {
    width: u32,
    height: u32,
    dots_per_metre: u32,
    dots: Vec<[u8; 3]>,
}

fn picture(figure: &Figure, style: &Style, dots_per_inch: f64) -> Picture {
    let file = figure.png(style, dots_per_inch).unwrap();
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    let info = reader.info();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    Picture {
        width: info.width,
        height: info.height,
        dots_per_metre: info.pixel_dims.unwrap().xppu,
        dots: bytes.chunks(3).map(|dot| [dot[0], dot[1], dot[2]]).collect(),
    }
}

fn titled(title: &str) -> Figure {
    Figure::Curves(Curves { title: title.to_owned(), ..gallery::curves::comparison(40) })
}

#[test]
fn pictures_have_their_size_and_colours_on_their_ground() {
    for (theme, ground) in
        [(Theme::Light, [255; 3]), (Theme::Adaptive, [255; 3]), (Theme::Dark, [0x12, 0x16, 0x1c])]
    {
        let style = Style { width: 480.0, height: 320.0, theme };
        let picture = picture(&titled("Title"), &style, 192.0);
        let (width, height) = titled("Title").size(&style);
        assert_eq!((f64::from(picture.width), f64::from(picture.height)), (2.0 * width, 2.0 * height));
        assert_eq!(picture.dots_per_metre, 7559);
        let edge = (picture.dots.len() - picture.width as usize)..picture.dots.len();
        assert!(picture.dots[edge].iter().all(|dot| *dot == ground), "the last row of dots is ground");
        assert!(picture.dots.iter().collect::<BTreeSet<_>>().len() > 50, "lines have many shades");
    }
}

#[test]
fn text_is_drawn_without_a_font_of_the_machine() {
    // A no-break space takes the room of a line and shows nothing.
    let style = Style { width: 480.0, height: 320.0, theme: Theme::Light };
    let (with, without) =
        (picture(&titled("Activation"), &style, 96.0), picture(&titled("\u{a0}"), &style, 96.0));
    let differing: Vec<usize> =
        (0..with.dots.len()).filter(|dot| with.dots[*dot] != without.dots[*dot]).collect();
    assert!(differing.len() > 200, "{} dots differ", differing.len());
    let rows = differing.iter().map(|dot| dot / with.width as usize);
    assert!(rows.clone().min().unwrap() > 10 && rows.max().unwrap() < 40, "only the title differs");
}

#[test]
fn equal_figures_are_equal_files() {
    let file = || titled("Title").png(&Style::default(), 96.0).unwrap();
    assert_eq!(file(), file());
}

#[test]
fn what_cannot_be_drawn_is_refused_with_words() {
    let refused = |dots_per_inch| titled("Title").png(&Style::default(), dots_per_inch).unwrap_err();
    assert!(matches!(refused(f64::NAN), FigureError::Resolution(_)));
    assert!(matches!(refused(-96.0), FigureError::Resolution(_)));
    assert_eq!(
        refused(0.0).to_string(),
        "0 dots per inch is no resolution; 96 gives one dot a pixel, 300 is usual for print"
    );
    assert!(matches!(refused(f64::MAX), FigureError::TooLarge { .. }));
    assert_eq!(
        refused(2400.0).to_string(),
        "a picture of 22000 x 13000 dots is too large; ask for fewer dots per inch"
    );
}
