//! SVG text as a PNG file, with the font that is compiled in. It knows no figures.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use super::font::{REGULAR_FONT, SEMI_BOLD_FONT};

/// A PNG holds at most this many dots, 256 MiB while it is drawn.
const MOST_DOTS: f64 = 64.0 * 1024.0 * 1024.0;

/// Why there is no PNG of a figure.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The resolution is no positive number.
    #[error("{0} dots per inch is no resolution; 96 gives one dot a pixel, 300 is usual for print")]
    Resolution(f64),
    /// The picture would not fit into memory.
    #[error("a picture of {width} x {height} dots is too large; ask for fewer dots per inch")]
    TooLarge {
        /// In dots.
        width: f64,
        /// In dots.
        height: f64,
    },
    /// The drawing could not be read back: a fault of this program.
    #[error("the drawing cannot be read: {0}")]
    Drawing(#[from] resvg::usvg::Error),
    /// The file could not be written into memory.
    #[error("the picture cannot be encoded: {0}")]
    Encoding(#[from] png::EncodingError),
}

pub(crate) fn to_png(svg: &str, dots_per_inch: f64) -> Result<Vec<u8>, FigureError> {
    if !(dots_per_inch.is_finite() && dots_per_inch >= 1.0) {
        return Err(FigureError::Resolution(dots_per_inch));
    }
    let tree = Tree::from_str(svg, &options())?;
    let scale = dots_per_inch / 96.0;
    let (width, height) = (f64::from(tree.size().width()), f64::from(tree.size().height()));
    // Whole dots, and the drawing stretched to them: a dot that is covered in part would be darker.
    let (across, down) = ((width * scale).round().max(1.0), (height * scale).round().max(1.0));
    let too_large = FigureError::TooLarge { width: across, height: down };
    if across * down > MOST_DOTS {
        return Err(too_large);
    }
    let mut picture = Pixmap::new(across as u32, down as u32).ok_or(too_large)?;
    let stretched = Transform::from_scale((across / width) as f32, (down / height) as f32);
    resvg::render(&tree, stretched, &mut picture.as_mut());
    encode(&picture, dots_per_inch)
}

/// The ground covers the whole picture, so there is nothing to see through.
fn encode(picture: &Pixmap, dots_per_inch: f64) -> Result<Vec<u8>, FigureError> {
    let dots =
        picture.pixels().iter().flat_map(|dot| [dot.red(), dot.green(), dot.blue()]).collect::<Vec<u8>>();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    // Word processors and LaTeX take the size on paper from this.
    let dots_per_metre = (dots_per_inch / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: dots_per_metre,
        yppu: dots_per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&dots)?;
    writer.finish()?;
    Ok(file)
}

/// Nothing but our own font: fonts of the machine would make other pictures.
fn options() -> Options<'static> {
    static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut fonts = Database::new();
        fonts.load_font_data(REGULAR_FONT.to_vec());
        fonts.load_font_data(SEMI_BOLD_FONT.to_vec());
        Arc::new(fonts)
    });
    Options { fontdb: Arc::clone(&FONTS), font_family: "Inter".to_owned(), ..Options::default() }
}
