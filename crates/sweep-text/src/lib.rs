//! Text and numbers as people read them: counts, lists, percent, names that were meant, and text of any origin made safe to print.
//!
//! Pure functions of text and numbers. This crate knows no jobs and no files.

mod number;
mod suggest;
mod text;
mod words;

pub use number::{
    LABEL_DIGITS, digits_apart, label_number, loss_text, percent, rounded_number, shortest_number, thousands,
};
pub use suggest::closest;
pub use text::{one_line, printable, printable_line, shortened, shown_path, steers};
pub use words::{counted, listed, wrap};
