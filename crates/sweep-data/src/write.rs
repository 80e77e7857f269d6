//! Writing NumPy archives, whole or not at all. Knows nothing of what the arrays mean, save in [`export`].

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

use npyz::WriterBuilder;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{DataError, DataSet, TrialSet};

/// An array to be written, row-major.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedArray<'a> {
    /// Name in the archive.
    pub name: &'a str,
    /// Lengths of the axes.
    pub shape: &'a [usize],
    /// The values.
    pub values: ArrayValues<'a>,
}

/// Values of an array, by their type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArrayValues<'a> {
    /// float32
    F32(&'a [f32]),
    /// int64
    I64(&'a [i64]),
}

impl ArrayValues<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::I64(values) => values.len(),
        }
    }
}

/// Writes `arrays` into the NumPy archive `path`, stored without compression, as `numpy.savez` does. The file
/// appears under its name only when it is complete: it is written beside it and then renamed.
///
/// # Errors
/// Where values do not fill their shape, or the file cannot be written.
pub fn write_npz(path: &Path, arrays: &[NamedArray<'_>]) -> Result<(), DataError> {
    for array in arrays {
        let product = array.shape.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
        if product != Some(array.values.len()) {
            return Err(DataError::ShapeMismatch {
                array: array.name.to_owned(),
                values: array.values.len(),
                shape: array.shape.to_vec(),
            });
        }
    }
    write_whole(path, arrays).map_err(|source| DataError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// Writes a data set into the folder `dir` as `train.npz` and `test.npz`, and `validation.npz` where there is
/// such a part: `signal` `[trial, time, channel]` as float32, `label` (the original labels) and, where known,
/// `subject` as int64. These are files for `set = "npz"`. Where there is no validation part, a `validation.npz` that is
/// in the folder is removed: its trials, left from another export, may be among those of the new train set.
///
/// # Errors
/// Where a file cannot be written or removed.
pub fn export(set: &DataSet, dir: &Path) -> Result<(), DataError> {
    let parts = [
        ("train.npz", Some(&set.train)),
        ("validation.npz", set.validation.as_ref()),
        ("test.npz", Some(&set.test)),
    ];
    for (name, part) in parts {
        let path = dir.join(name);
        match part {
            Some(part) => export_part(set, part, &path)?,
            None => remove(&path)?,
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), DataError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(DataError::Io { action: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn export_part(set: &DataSet, part: &TrialSet, path: &Path) -> Result<(), DataError> {
    let (channels, samples, trials) = (set.channels, set.samples, part.trials());
    let mut signal = Vec::with_capacity(part.signal.len());
    for trial in (0..trials).map(|trial| part.trial(trial)) {
        signal
            .extend((0..samples).flat_map(|time| (0..channels).map(move |row| trial[row * samples + time])));
    }
    let labels: Vec<i64> = part.labels.iter().map(|class| set.classes[*class as usize]).collect();
    let (shape, one_each) = ([trials, samples, channels], [trials]);
    let mut arrays = vec![
        NamedArray { name: "signal", shape: &shape, values: ArrayValues::F32(&signal) },
        NamedArray { name: "label", shape: &one_each, values: ArrayValues::I64(&labels) },
    ];
    if let Some(subjects) = &part.subjects {
        arrays.push(NamedArray { name: "subject", shape: &one_each, values: ArrayValues::I64(subjects) });
    }
    write_npz(path, &arrays)
}

fn write_whole(path: &Path, arrays: &[NamedArray<'_>]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sweep-").suffix(".npz");
    #[cfg(unix)]
    {
        // As any new file, less what the process's mask takes away.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    for array in arrays {
        let bytes = array.values.len() as u64 * 8;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes >= u64::from(u32::MAX) / 2);
        zip.start_file(npyz::npz::file_name_from_array_name(array.name), options)?;
        match array.values {
            ArrayValues::F32(values) => write_array(&mut zip, array.shape, values)?,
            ArrayValues::I64(values) => write_array(&mut zip, array.shape, values)?,
        }
    }
    let mut writer = zip.finish()?;
    writer.flush()?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn write_array<T: npyz::AutoSerialize + Copy>(
    out: &mut impl Write,
    shape: &[usize],
    values: &[T],
) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|length| *length as u64).collect();
    let mut out = BufWriter::new(out);
    let mut array = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut out).begin_nd()?;
    array.extend(values.iter().copied())?;
    array.finish()?;
    out.flush()
}
