//! What a plan hands to the executor: regions of device memory, and the launches of kernels that work in them.
//!
//! A plan describes the training of a bundle in plain values. It never sees a device address: every pointer that a kernel gets is a
//! region and an offset, and the executor turns it into an address when it has allocated the regions. Nothing in a launch may change
//! from epoch to epoch, since an epoch is captured as a graph once; what changes lies in device memory.
//!
//! ```
//! use sweep_cuda::launch::{Arguments, Launch, Program, Region};
//!
//! let mut program = Program::new(3);
//! let arena = program.add(Region::per_member("arena", 4096));
//! let scale = Launch {
//!     kernel: "scale",
//!     grid: [4, 1, program.members],
//!     block: [256, 1, 1],
//!     shared_bytes: 0,
//!     arguments: Arguments::new().address(arena.at(0)).u64(program.stride(arena)).f32(2.0).i32(1024),
//! };
//! program.training.push(scale);
//! ```

/// The regions of a bundle, the launches of its epochs, and where the executor finds what it moves.
///
/// In an epoch the executor copies the *input* to the device, runs `training` and then `evaluation`, and copies `results` back. It keeps
/// a copy of every member's state, the first `state_bytes` of its part of the region `state`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// Trainings that run side by side; the member of a block is `blockIdx.z`.
    pub members: u32,
    /// All device memory; a [`RegionId`] is a place in this list.
    pub regions: Vec<Region>,
    /// The region that begins with each member's state: the arena.
    pub state: RegionId,
    /// Bytes of one member's state, a multiple of 4.
    pub state_bytes: u64,
    /// What the host writes before each epoch: its number and the orders of the trials, in a form that plan and kernels agree on.
    pub input: Span,
    /// What the host reads after each epoch.
    pub results: Span,
    /// Prepares the data set, once it has been copied to the device.
    pub upload: Vec<Launch>,
    /// The steps of an epoch.
    pub training: Vec<Launch>,
    /// What follows the steps: evaluations, checks, the count of epochs.
    pub evaluation: Vec<Launch>,
}

impl Program {
    /// A program without regions and launches.
    #[must_use]
    pub fn new(members: u32) -> Self {
        Self { members, ..Self::default() }
    }

    /// The same without launches.
    #[must_use]
    pub fn clone_without_launches(&self) -> Self {
        let none = Vec::new;
        Self { regions: self.regions.clone(), upload: none(), training: none(), evaluation: none(), ..*self }
    }

    /// Adds a region.
    pub fn add(&mut self, region: Region) -> RegionId {
        self.regions.push(region);
        RegionId(self.regions.len() - 1)
    }

    /// Bytes from one member's part of a region to the next one's; 0 if the members share it.
    #[must_use]
    pub fn stride(&self, region: RegionId) -> u64 {
        self.regions[region.0].stride()
    }

    /// Bytes of one region, all members together.
    #[must_use]
    pub fn region_bytes(&self, region: RegionId) -> u64 {
        let region = &self.regions[region.0];
        match region.extent {
            Extent::Shared(bytes) => align(bytes),
            Extent::PerMember(_) => region.stride() * u64::from(self.members),
        }
    }

    /// Bytes of all regions: what the bundle takes on the device, beside the copies of states that the executor keeps.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (0..self.regions.len()).map(|region| self.region_bytes(RegionId(region))).sum()
    }
}

/// An allocation that the executor makes, 256-byte aligned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// For messages: `arena`, `data set`, `table of members`.
    pub name: &'static str,
    /// Its size.
    pub extent: Extent,
    /// Whether it begins as zeros; otherwise its content is undefined (NaN under emulation).
    pub zeroed: bool,
}

/// The size of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Bytes that all members share.
    Shared(u64),
    /// Bytes of each member; the parts lie one after another, [`Region::stride`] apart.
    PerMember(u64),
}

impl Region {
    /// Memory that all members share.
    #[must_use]
    pub fn shared(name: &'static str, bytes: u64) -> Self {
        Self { name, extent: Extent::Shared(bytes), zeroed: false }
    }

    /// Memory of which every member has its own part.
    #[must_use]
    pub fn per_member(name: &'static str, bytes: u64) -> Self {
        Self { name, extent: Extent::PerMember(bytes), zeroed: false }
    }

    /// The same region, beginning as zeros.
    #[must_use]
    pub fn zeroed(self) -> Self {
        Self { zeroed: true, ..self }
    }

    /// Bytes from one member's part to the next one's, a multiple of 256; 0 if the members share the region.
    #[must_use]
    pub fn stride(&self) -> u64 {
        match self.extent {
            Extent::Shared(_) => 0,
            Extent::PerMember(bytes) => align(bytes),
        }
    }
}

/// Rounds up to the alignment of regions and of members' parts.
#[must_use]
pub fn align(bytes: u64) -> u64 {
    bytes.next_multiple_of(256)
}

/// A region of a [`Program`], by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegionId(pub usize);

impl RegionId {
    /// The place `offset` bytes into the region.
    #[must_use]
    pub fn at(self, offset: u64) -> Address {
        Address { region: self, offset }
    }

    /// `bytes` bytes of the region from `offset` on.
    #[must_use]
    pub fn span(self, offset: u64, bytes: u64) -> Span {
        Span { start: self.at(offset), bytes }
    }
}

/// A place in device memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address {
    /// The region.
    pub region: RegionId,
    /// Bytes into it.
    pub offset: u64,
}

/// A piece of device memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Its first byte.
    pub start: Address,
    /// Its length.
    pub bytes: u64,
}

/// One launch of a kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    /// The name of the kernel, as its `KERNEL(...)` has it.
    pub kernel: &'static str,
    /// Blocks; z is the number of members.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub block: [u32; 3],
    /// Bytes of `SHARED` memory, at most 48 KiB.
    pub shared_bytes: u32,
    /// The kernel's parameters, in their order.
    pub arguments: Arguments,
}

/// The arguments of a kernel, in the order of its parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arguments {
    values: Vec<Value>,
}

/// One argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A pointer.
    Address(Address),
    /// `int`, `unsigned`, `float`, `unsigned long long` or a struct, as the bytes that the kernel reads.
    Plain(Vec<u8>),
}

impl Arguments {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A pointer to a place in a region.
    #[must_use]
    pub fn address(mut self, address: Address) -> Self {
        self.values.push(Value::Address(address));
        self
    }

    /// An `int`.
    #[must_use]
    pub fn i32(self, value: i32) -> Self {
        self.plain(&value)
    }

    /// An `unsigned`.
    #[must_use]
    pub fn u32(self, value: u32) -> Self {
        self.plain(&value)
    }

    /// An `unsigned long long`.
    #[must_use]
    pub fn u64(self, value: u64) -> Self {
        self.plain(&value)
    }

    /// A `float`.
    #[must_use]
    pub fn f32(self, value: f32) -> Self {
        self.plain(&value)
    }

    /// A struct, by value.
    #[must_use]
    pub fn plain<T: Plain>(mut self, value: &T) -> Self {
        self.values.push(Value::Plain(bytes_of(std::slice::from_ref(value)).to_vec()));
        self
    }

    /// The arguments, in order.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// Values that are the same bytes here and on the device.
///
/// # Safety
/// The type is `repr(C)` or a number, every bit pattern is a value of it, and it has no padding and no pointers.
#[allow(unsafe_code)]
pub unsafe trait Plain: Copy + 'static {}

macro_rules! plain {
    ($($number:ty),*) => { $(
        // SAFETY: numbers have neither padding nor invalid bit patterns.
        #[allow(unsafe_code)]
        unsafe impl Plain for $number {}
    )* };
}
plain!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

/// The bytes of plain values.
#[must_use]
#[allow(unsafe_code)]
pub fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: plain values have no padding, so all their bytes are initialised; the length is that of the slice.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Plain values from their bytes.
///
/// # Panics
/// If the bytes are no whole number of values.
#[must_use]
#[allow(unsafe_code)]
pub fn from_bytes<T: Plain>(bytes: &[u8]) -> Vec<T> {
    assert_eq!(bytes.len() % size_of::<T>(), 0, "{} bytes are no whole number of values", bytes.len());
    let count = bytes.len() / size_of::<T>();
    let mut values = Vec::<T>::with_capacity(count);
    // SAFETY: the vector has room for `count` values, and every bit pattern is a value.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), values.as_mut_ptr().cast(), bytes.len());
        values.set_len(count);
    }
    values
}
