//! Draws every figure of the tests into a folder, as SVG, as PNG and on a page that allows no styles but those of its file:
//! `cargo run -p sweep-report --example figures -- FOLDER`.

use std::{error::Error, fs, path::PathBuf, time::Instant};

use sweep_report::figures::{Style, Theme, stylesheet};

#[path = "../tests/figures/gallery/mod.rs"]
mod gallery;

const PAGE_HEAD: &str = "<!DOCTYPE html><meta charset=utf-8><title>Figures</title>\
    <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'self'\">\
    <link rel=stylesheet href=figures.css>\n";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    fs::create_dir_all(&folder)?;
    let narrow = Style { width: 480.0, height: 400.0, theme: Theme::Light };
    let dark = Style { theme: Theme::Dark, ..Style::default() };
    let mut page = PAGE_HEAD.to_owned();
    for (name, figure) in gallery::gallery() {
        page.push_str(&figure.svg(&Style { theme: Theme::Adaptive, ..Style::default() }));
        for (kind, style) in [("light", Style::default()), ("dark", dark), ("narrow", narrow)] {
            let start = Instant::now();
            let svg = figure.svg(&style);
            let drawn = start.elapsed();
            fs::write(folder.join(format!("{name}-{kind}.svg")), &svg)?;
            fs::write(folder.join(format!("{name}-{kind}.png")), figure.png(&style, 144.0)?)?;
            println!("{name}-{kind}: {} bytes, {drawn:.1?}, PNG {:.1?}", svg.len(), start.elapsed() - drawn);
        }
    }
    fs::write(folder.join("figures.css"), stylesheet())?;
    fs::write(folder.join("page.html"), page)?;
    Ok(())
}
