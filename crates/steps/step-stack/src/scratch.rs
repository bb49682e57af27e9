//! What blocks leave behind until the stack is whole: planes and maps as plain files, because a FITS file has its planes one after
//! the other and blocks have all planes at once.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use step_harness::OutputError;

/// The files.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) shape: (usize, usize),
    values: Vec<Pile>,
    coverage: Vec<Pile>,
    mask: Pile,
    low: Pile,
    high: Pile,
}

/// One file of values, row by row.
#[derive(Debug)]
struct Pile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Pile {
    fn new(folder: &Path, name: &str) -> Result<Self, OutputError> {
        let path = folder.join(name);
        let file = File::options().create_new(true).read(true).write(true).open(&path);
        let file = file.map_err(|source| OutputError { path: path.clone(), source })?;
        Ok(Self { path, file: BufWriter::new(file) })
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.file.write_all(bytes).map_err(|source| OutputError { path: self.path.clone(), source })
    }

    /// Gives the file in pieces of at most so many bytes, from its beginning.
    fn each<E: From<OutputError>>(
        &mut self,
        piece_bytes: usize,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.path.clone();
        let at = |source| E::from(OutputError { path: path.clone(), source });
        self.file.flush().map_err(at)?;
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0)).map_err(at)?;
        let mut reader = BufReader::new(file);
        let mut piece = vec![0; piece_bytes];
        loop {
            let mut filled = 0;
            while filled < piece.len() {
                match reader.read(&mut piece[filled..]).map_err(at)? {
                    0 => break,
                    bytes => filled += bytes,
                }
            }
            if filled == 0 {
                return Ok(());
            }
            take(&piece[..filled])?;
        }
    }
}

/// Which file of whole numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Map {
    /// Frames under each pixel of a plane.
    Coverage(usize),
    /// Mask bits.
    Mask,
    /// Frames left out as too faint.
    Low,
    /// Frames left out as too bright.
    High,
}

impl Scratch {
    pub(crate) fn new(folder: &Path, shape: (usize, usize), planes: usize) -> Result<Self, OutputError> {
        let piles = |name: &str| -> Result<Vec<Pile>, OutputError> {
            (0..planes).map(|plane| Pile::new(folder, &format!("{name}_{plane}"))).collect()
        };
        Ok(Self {
            shape,
            values: piles("values")?,
            coverage: piles("coverage")?,
            mask: Pile::new(folder, "mask")?,
            low: Pile::new(folder, "low")?,
            high: Pile::new(folder, "high")?,
        })
    }

    pub(crate) const fn planes(&self) -> usize {
        self.values.len()
    }

    /// Adds the next rows of a plane.
    pub(crate) fn plane(&mut self, plane: usize, values: &[f32], coverage: &[u16]) -> Result<(), OutputError> {
        self.values[plane].add(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        self.coverage[plane].add(&bytes_of(coverage))
    }

    /// Adds the next rows of the maps.
    pub(crate) fn maps(&mut self, mask: &[u16], low: &[u16], high: &[u16]) -> Result<(), OutputError> {
        self.mask.add(&bytes_of(mask))?;
        self.low.add(&bytes_of(low))?;
        self.high.add(&bytes_of(high))
    }

    /// Gives the rows of a plane, one after the other.
    pub(crate) fn each_row<E: From<OutputError>>(
        &mut self,
        plane: usize,
        mut take: impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = Vec::with_capacity(self.shape.1);
        self.values[plane].each(4 * self.shape.1, |bytes| {
            row.clear();
            row.extend(bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)));
            take(&row)
        })
    }

    /// Gives the rows of a map, one after the other.
    pub(crate) fn each_map_row<E: From<OutputError>>(
        &mut self,
        map: Map,
        mut take: impl FnMut(&[u16]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = Vec::with_capacity(self.shape.1);
        let width = self.shape.1;
        let pile = match map {
            Map::Coverage(plane) => &mut self.coverage[plane],
            Map::Mask => &mut self.mask,
            Map::Low => &mut self.low,
            Map::High => &mut self.high,
        };
        pile.each(2 * width, |bytes| {
            row.clear();
            row.extend(bytes.as_chunks::<2>().0.iter().map(|value| u16::from_le_bytes(*value)));
            take(&row)
        })
    }
}

fn bytes_of(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
