//! What a file is that is no NumPy archive, by its first bytes, and what to do about it. Reads no recording.

use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// So many bytes are looked at.
const LOOKED_AT: u64 = 4096;

/// A kind of file that people take for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A recording that MNE-Python reads.
    Recording {
        /// Its format.
        format: &'static str,
        /// The function of `mne.io` that reads it.
        reader: &'static str,
    },
    /// A MATLAB file of version 5 to 7.
    Matlab,
    /// A MATLAB file of version 7.3, which is HDF5.
    Matlab73,
    /// An HDF5 file.
    Hdf5,
    /// A file of Lab Streaming Layer.
    Xdf,
    /// A single NumPy array.
    Npy,
    /// Objects of Python.
    Pickle,
    /// Text, such as CSV.
    Text,
    /// A web page.
    WebPage,
    /// A pointer of Git LFS or git-annex in the place of a file.
    Pointer {
        /// The command that gets the file itself.
        command: &'static str,
    },
    /// A compressed file.
    Compressed {
        /// The program that compressed it.
        program: &'static str,
    },
    /// A file without a byte.
    Empty,
}

/// First bytes of files that begin with them.
const BEGINNINGS: [(&[u8], FileKind); 26] = [
    (b"0       ", recording("EDF", "read_raw_edf")),
    (b"\xffBIOSEMI", recording("BDF", "read_raw_bdf")),
    (b"GDF 1.", recording("GDF", "read_raw_gdf")),
    (b"GDF 2.", recording("GDF", "read_raw_gdf")),
    (b"Brain Vision Data Exchange", recording("BrainVision", "read_raw_brainvision")),
    (b"BrainVision Data Exchange", recording("BrainVision", "read_raw_brainvision")),
    // The first tag: number 100, type 31, 20 bytes.
    (b"\0\0\0\x64\0\0\0\x1f\0\0\0\x14", recording("FIF", "read_raw_fif")),
    (b"Version 3.0", recording("Neuroscan CNT", "read_raw_cnt")),
    (b"MATLAB 5.0 MAT-file", FileKind::Matlab),
    (b"MATLAB 7.3 MAT-file", FileKind::Matlab73),
    (HDF5, FileKind::Hdf5),
    (b"XDF:", FileKind::Xdf),
    (b"\x93NUMPY", FileKind::Npy),
    (b"\x80\x02", FileKind::Pickle),
    (b"\x80\x03", FileKind::Pickle),
    (b"\x80\x04", FileKind::Pickle),
    (b"\x80\x05", FileKind::Pickle),
    (b"version https://git-lfs", FileKind::Pointer { command: "git lfs pull" }),
    (b"/annex/objects/", FileKind::Pointer { command: "git annex get" }),
    (b"\x1f\x8b", compressed("gzip")),
    (b"BZh", compressed("bzip2")),
    (b"\xfd7zXZ\0", compressed("xz")),
    (b"\x28\xb5\x2f\xfd", compressed("zstd")),
    (b"7z\xbc\xaf\x27\x1c", compressed("7-Zip")),
    (b"<!doctype html", FileKind::WebPage),
    (b"<html", FileKind::WebPage),
];

const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Where the signature of an HDF5 file can stand behind a block of the user's (HDF5 File Format Specification 3.0, "Superblock").
const HDF5_OFFSETS: [u64; 3] = [512, 1024, 2048];

const fn recording(format: &'static str, reader: &'static str) -> FileKind {
    FileKind::Recording { format, reader }
}

const fn compressed(program: &'static str) -> FileKind {
    FileKind::Compressed { program }
}

impl FileKind {
    /// The kind of `file`, which is at `path`, if it is known.
    pub(crate) fn of(path: &Path, file: &mut File) -> io::Result<Option<Self>> {
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        file.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(Self::of_bytes(path, &bytes))
    }

    fn of_bytes(path: &Path, bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::Empty);
        }
        // The name decides if the first bytes do not, or not fully.
        match (Self::by_beginning(bytes), extension(path).as_str()) {
            (Some(Self::Matlab | Self::Matlab73 | Self::Hdf5), "set") | (None, "fdt") => {
                Some(recording("EEGLAB", "read_raw_eeglab"))
            }
            (None, "eeg") if path.with_extension("vhdr").exists() => {
                Some(recording("BrainVision", "read_raw_brainvision"))
            }
            (found, _) => found,
        }
    }

    fn by_beginning(bytes: &[u8]) -> Option<Self> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let begins = |bytes: &[u8], with: &[u8]| {
            bytes.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        let known = BEGINNINGS.iter().find(|(with, _)| begins(bytes, with) || begins(text, with));
        match known {
            // Numbers in columns can begin so too.
            Some((b"0       ", _)) if !has_edf_header(bytes) => {}
            Some((_, kind)) => return Some(*kind),
            None => {}
        }
        let is_hdf5 = HDF5_OFFSETS
            .into_iter()
            .any(|offset| bytes.get(offset as usize..).is_some_and(|rest| rest.starts_with(HDF5)));
        if is_hdf5 { Some(Self::Hdf5) } else { is_text(bytes).then_some(Self::Text) }
    }
}

/// Whether an EDF header says its own length: 256 bytes and as many for each signal (Kemp et al. 1992).
fn has_edf_header(bytes: &[u8]) -> bool {
    let field = bytes.get(184..192).and_then(|field| std::str::from_utf8(field).ok());
    let length: Option<u32> = field.and_then(|field| field.trim().parse().ok());
    length.is_some_and(|length| length >= 256 && length.is_multiple_of(256))
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether bytes are printable text of one line or more; the last character may be cut.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.chars().all(|character| !character.is_control() || character.is_whitespace())
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, advice) = match self {
            Self::Recording { format, reader } => (
                format!("is a recording in the format {format}"),
                format!("read it with mne.io.{reader}, cut it into trials, and save these with numpy.savez"),
            ),
            Self::Matlab => (
                "is a MATLAB file".to_owned(),
                "read it with scipy.io.loadmat, and save its arrays with numpy.savez".to_owned(),
            ),
            Self::Matlab73 => (
                "is a MATLAB file of version 7.3".to_owned(),
                "read it with h5py, and save its arrays with numpy.savez".to_owned(),
            ),
            Self::Hdf5 => (
                "is an HDF5 file".to_owned(),
                "read it with h5py, and save its arrays with numpy.savez".to_owned(),
            ),
            Self::Xdf => (
                "is an XDF file".to_owned(),
                "read it with pyxdf.load_xdf, cut it into trials, and save these with numpy.savez".to_owned(),
            ),
            Self::Npy => (
                "is a single NumPy array (.npy)".to_owned(),
                "save signal and labels together, with numpy.savez".to_owned(),
            ),
            Self::Pickle => (
                "holds pickled Python objects, which are never loaded".to_owned(),
                "save its arrays with numpy.savez".to_owned(),
            ),
            Self::Text => (
                "is a text file".to_owned(),
                "read it with numpy.loadtxt, and save signal and labels with numpy.savez".to_owned(),
            ),
            Self::WebPage => (
                "is a web page, perhaps an error or a login that was saved under this name".to_owned(),
                "download the file again".to_owned(),
            ),
            Self::Pointer { command } => (
                "is only a pointer to the data, which are not there".to_owned(),
                format!("get them with `{command}`"),
            ),
            Self::Compressed { program } => {
                (format!("is compressed with {program}"), "unpack it first".to_owned())
            }
            Self::Empty => ("is empty".to_owned(), "copy or download it again".to_owned()),
        };
        match self {
            Self::Pickle | Self::WebPage | Self::Pointer { .. } | Self::Compressed { .. } | Self::Empty => {
                write!(f, "{what}: {advice}")
            }
            _ => write!(
                f,
                "{what}, but data are read from NumPy archives (.npz): {advice} (docs/data.md, \"Other formats\")"
            ),
        }
    }
}
