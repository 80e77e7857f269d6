//! Lines of bytes from a pipe, with a bound on their length. It does not know what a line says.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Bytes that are read from a pipe at once: the capacity of a pipe on Linux.
const BUFFER_BYTES: usize = 64 * 1024;

/// Reads lines that end in `\n`.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    longest_bytes: usize,
    complete: bool,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// A line, without its end.
    Line(&'a [u8]),
    /// The first bytes of a line that is longer than allowed. The rest follows as if it were a line.
    Cut(&'a [u8]),
    /// What stands between the last line and the end, if anything does.
    Rest(&'a [u8]),
    /// There is no more.
    End,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `longest_bytes`, without their ends.
    pub(crate) fn new(reader: R, longest_bytes: usize) -> Self {
        let reader = BufReader::with_capacity(BUFFER_BYTES, reader);
        Self { reader, line: Vec::new(), longest_bytes, complete: false }
    }

    /// The next line. If the future is dropped before its end, nothing is lost.
    pub(crate) async fn next(&mut self) -> io::Result<Next<'_>> {
        if self.complete {
            self.line.clear();
            self.complete = false;
        }
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                self.complete = true;
                return Ok(if self.line.is_empty() { Next::End } else { Next::Rest(&self.line) });
            }
            let end = available.iter().position(|&byte| byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = self.longest_bytes - self.line.len();
            if part.len() > room {
                self.line.extend_from_slice(&part[..room]);
                self.reader.consume(room);
                self.complete = true;
                return Ok(Next::Cut(&self.line));
            }
            self.line.extend_from_slice(part);
            let consumed = part.len() + usize::from(end.is_some());
            self.reader.consume(consumed);
            if end.is_some() {
                self.complete = true;
                return Ok(Next::Line(&self.line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(text: &[u8], longest_bytes: usize) -> Vec<String> {
        let mut lines = Lines::new(text, longest_bytes);
        let mut found = Vec::new();
        loop {
            let quote = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
            match lines.next().await.unwrap() {
                Next::Line(line) => found.push(quote(line)),
                Next::Cut(line) => found.push(quote(line) + "..."),
                Next::Rest(line) => found.push(quote(line) + "<end>"),
                Next::End => return found,
            }
        }
    }

    #[tokio::test]
    async fn lines_end_at_line_ends_and_at_the_end() {
        assert_eq!(all(b"", 9).await, [] as [&str; 0]);
        assert_eq!(all(b"one\n\nthree\n", 9).await, ["one", "", "three"]);
        assert_eq!(all(b"one\ntwo", 9).await, ["one", "two<end>"]);
    }

    #[tokio::test]
    async fn a_line_is_cut_only_where_it_is_longer_than_allowed() {
        assert_eq!(
            all(b"abc\nabcd\nabcdefgh", 3).await,
            ["abc", "abc...", "d", "abc...", "def...", "gh<end>"]
        );
    }

    #[tokio::test]
    async fn lines_may_be_longer_than_the_buffer() {
        let long = "x".repeat(3 * BUFFER_BYTES + 1);
        let text = format!("{long}\nshort\n{long}");
        assert_eq!(all(text.as_bytes(), usize::MAX).await, [&long, "short", &format!("{long}<end>")]);
    }

    proptest::proptest! {
        /// Whatever comes, nothing is lost or made up, and no line is longer than allowed.
        #[test]
        fn all_bytes_come_out_again(text: Vec<u8>, longest_bytes in 1usize..20) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut lines = Lines::new(text.as_slice(), longest_bytes);
            let mut found = Vec::new();
            loop {
                match runtime.block_on(lines.next()).unwrap() {
                    Next::Line(line) => found.extend([line, b"\n"].concat()),
                    Next::Cut(line) | Next::Rest(line) => {
                        assert!(line.len() <= longest_bytes);
                        found.extend(line);
                    }
                    Next::End => break,
                }
            }
            assert_eq!(found, text);
        }
    }

    #[tokio::test]
    async fn a_line_that_arrives_in_parts_survives_a_dropped_future() {
        use tokio::io::AsyncWriteExt;
        let (mut writer, reader) = tokio::io::duplex(64);
        let mut lines = Lines::new(reader, 64);
        writer.write_all(b"half").await.unwrap();
        tokio::select! {
            biased;
            _ = lines.next() => panic!("there is no whole line"),
            () = std::future::ready(()) => {}
        }
        writer.write_all(b" and half\n").await.unwrap();
        assert_eq!(lines.next().await.unwrap(), Next::Line(b"half and half"));
    }
}
