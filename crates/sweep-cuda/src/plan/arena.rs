//! Takes pieces of a region, one after another.

/// A region that is being divided. Sizes and offsets count numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arena {
    used: usize,
}

impl Arena {
    /// The beginning of `numbers` numbers more, a multiple of 4.
    pub(crate) fn take(&mut self, numbers: usize) -> usize {
        let begin = self.used;
        self.used += numbers.next_multiple_of(4);
        begin
    }

    /// The same as the kernels have it.
    pub(crate) fn take_u32(&mut self, numbers: usize) -> u32 {
        self.take(numbers) as u32
    }

    /// The beginning of `count` doubles.
    pub(crate) fn doubles(&mut self, count: usize) -> u32 {
        self.take_u32(2 * count)
    }

    /// Numbers that are taken.
    pub(crate) fn used(&self) -> usize {
        self.used
    }
}
