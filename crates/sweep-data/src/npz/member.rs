//! One array of an archive: its header checked against the bytes that are there, then its values one after
//! another. Never allocates by a claimed size. Knows nothing of trials.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use npyz::{NpyFile, NpyHeader, Order};
use sweep_files::open_regular;
use zip::{ZipArchive, read::ZipFile};

use super::{
    element::{Element, ElementType},
    header::{self, HeaderError},
};
use crate::{DataError, FileKind};

/// Values of one array, at most: 8 GiB as 32-bit floats.
const MAX_VALUES: u64 = 1 << 31;
/// No deflate stream grows by more than this factor (zlib's technical notes, "Maximum compression factor").
const MAX_DEFLATE_FACTOR: u64 = 1032;
/// Up to so many bytes, an array may unfold as far as it can.
const FREELY_UNFOLDED_BYTES: u64 = 4 << 20;
/// A larger one may hold so many bytes for each that it has in the file. Recordings shrink to a tenth; what shrinks far below that is
/// constant, or made to fill the memory of who opens it.
const MAX_UNFOLDING: u64 = 100;

/// An open archive.
pub(super) struct OpenArchive {
    pub(super) path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
    file_bytes: u64,
}

impl OpenArchive {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let io = |source| DataError::Io { action: "open", path: path.to_owned(), source };
        let file = open_regular(path).map_err(io)?;
        let file_bytes = file.metadata().map_err(io)?.len();
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| not_an_archive(path, &error))?;
        Ok(Self { path: path.to_owned(), zip, file_bytes })
    }

    /// Names of the arrays, in the order of the archive.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.zip.file_names().filter_map(Result::ok);
        names.filter_map(|name| npyz::npz::array_name_from_file_name(&name).map(str::to_owned)).collect()
    }

    /// The array `name`.
    pub(super) fn array(&mut self, name: &'static str) -> Result<Array<'_>, DataError> {
        let found = self.names();
        let file_name = npyz::npz::file_name_from_array_name(name);
        let Some(index) = self.zip.index_for_name(&file_name) else {
            return Err(DataError::MissingArray { path: self.path.clone(), array: name, found });
        };
        let place = Place { path: self.path.clone(), array: name };
        let member = self.zip.by_index(index).map_err(|error| place.broken(error.to_string()))?;
        let (claimed, packed) = (member.size(), member.compressed_size());
        if packed > self.file_bytes || claimed > packed.saturating_mul(MAX_DEFLATE_FACTOR) {
            return Err(place.broken(format!("{packed} bytes in the file cannot hold {claimed} bytes")));
        }
        if claimed > FREELY_UNFOLDED_BYTES && claimed > packed.saturating_mul(MAX_UNFOLDING) {
            let expected = format!("at most {MAX_UNFOLDING} bytes for each that it has in the file");
            return Err(place.unexpected(expected, format!("{claimed} bytes in {packed}")));
        }
        Array::new(place, member, claimed)
    }

    /// The array `name`, if there is one.
    pub(super) fn optional_array(&mut self, name: &'static str) -> Result<Option<Array<'_>>, DataError> {
        match self.array(name) {
            Ok(array) => Ok(Some(array)),
            Err(DataError::MissingArray { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Says what the file is instead, if that is known.
fn not_an_archive(path: &Path, error: &zip::result::ZipError) -> DataError {
    let kind = File::open(path).and_then(|mut file| FileKind::of(path, &mut file));
    match kind {
        Ok(Some(kind)) => DataError::OtherKind { path: path.to_owned(), kind },
        _ => DataError::NotAnArchive { path: path.to_owned(), reason: error.to_string() },
    }
}

/// Where an array is, for errors.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) array: &'static str,
}

impl Place {
    pub(super) fn broken(&self, reason: impl Into<String>) -> DataError {
        DataError::BrokenArray { path: self.path.clone(), array: self.array, reason: reason.into() }
    }

    pub(super) fn unexpected(&self, expected: impl Into<String>, found: impl Into<String>) -> DataError {
        let (path, array) = (self.path.clone(), self.array);
        DataError::UnexpectedArray { path, array, expected: expected.into(), found: found.into() }
    }

    fn failed(&self, error: io::Error) -> DataError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.broken("it ends before its last value"),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                self.broken(error.to_string())
            }
            _ => DataError::Io { action: "read", path: self.path.clone(), source: error },
        }
    }
}

/// An array whose header is read and true to the archive.
pub(super) struct Array<'a> {
    pub(super) place: Place,
    header: NpyHeader,
    reader: BufReader<ZipFile<'a, BufReader<File>>>,
    data_bytes: u64,
}

impl<'a> Array<'a> {
    fn new(place: Place, member: ZipFile<'a, BufReader<File>>, claimed: u64) -> Result<Self, DataError> {
        let mut reader = BufReader::with_capacity(1 << 16, member);
        let (header, header_bytes) = header::read(&mut reader).map_err(|error| match error {
            HeaderError::Io(error) => place.failed(error),
            HeaderError::Malformed(reason) => place.broken(reason),
        })?;
        Ok(Self { place, header, reader, data_bytes: claimed.saturating_sub(header_bytes) })
    }

    pub(super) fn shape(&self) -> &[u64] {
        self.header.shape()
    }

    /// The shape as NumPy writes it, with the type.
    pub(super) fn description(&self) -> String {
        let shape: Vec<String> = self.shape().iter().map(u64::to_string).collect();
        let comma = if shape.len() == 1 { "," } else { "" };
        format!("{} of shape ({}{comma})", header::type_name(&self.header.dtype()), shape.join(", "))
    }

    pub(super) fn order(&self) -> Order {
        self.header.order()
    }

    /// The type of the values; `expected` is the message for another.
    pub(super) fn element_type(&self, expected: &str) -> Result<ElementType, DataError> {
        ElementType::of(&self.header.dtype())
            .ok_or_else(|| self.place.unexpected(expected, self.description()))
    }

    /// Refuses an array whose bytes are more or fewer than its shape needs, and one of too many values.
    pub(super) fn check_size(&self, kind: ElementType) -> Result<(), DataError> {
        let values = self.header.len();
        let needed = values.checked_mul(kind.bytes());
        if needed != Some(self.data_bytes) {
            let needed = needed.map_or("more than 64 bits can count".to_owned(), |bytes| bytes.to_string());
            return Err(self.place.broken(format!(
                "it has {} bytes of values, but {} needs {needed}",
                self.data_bytes,
                self.description()
            )));
        }
        if values > MAX_VALUES {
            return Err(self.place.unexpected(format!("at most {MAX_VALUES} values"), self.description()));
        }
        Ok(())
    }

    /// Gives every value to `visitor` in the order of the file. Refuses an array whose bytes are more or
    /// fewer than its shape needs, and one whose checksum is wrong.
    pub(super) fn visit(self, kind: ElementType, visitor: &mut impl Visitor) -> Result<(), DataError> {
        self.check_size(kind)?;
        match kind {
            ElementType::F16 => self.visit_as::<half::f16>(visitor),
            ElementType::F32 => self.visit_as::<f32>(visitor),
            ElementType::F64 => self.visit_as::<f64>(visitor),
            ElementType::I8 => self.visit_as::<i8>(visitor),
            ElementType::I16 => self.visit_as::<i16>(visitor),
            ElementType::I32 => self.visit_as::<i32>(visitor),
            ElementType::I64 => self.visit_as::<i64>(visitor),
            ElementType::U8 => self.visit_as::<u8>(visitor),
            ElementType::U16 => self.visit_as::<u16>(visitor),
            ElementType::U32 => self.visit_as::<u32>(visitor),
            ElementType::U64 => self.visit_as::<u64>(visitor),
        }
    }

    fn visit_as<T: Element>(mut self, visitor: &mut impl Visitor) -> Result<(), DataError> {
        let values = NpyFile::with_header(self.header, &mut self.reader)
            .data::<T>()
            .map_err(|error| self.place.broken(error.to_string()))?;
        for value in values {
            visitor.value(value.map_err(|error| self.place.failed(error))?)?;
        }
        // Only the read that meets the end makes the zip reader compare the checksum.
        match self.reader.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.place.broken("it goes on behind its last value")),
            Err(error) => Err(self.place.failed(error)),
        }
    }
}

/// Takes the values of an array one after another.
pub(super) trait Visitor {
    fn value<T: Element>(&mut self, value: T) -> Result<(), DataError>;
}
