//! Jobs against the memory that there is: what each takes at its peak, what does not fit, and how many workers do. It does not know
//! how an estimate is made, or how a limit is found.

mod devices;
mod estimate;
mod fit;
mod size;
mod words;

pub(crate) use self::{
    devices::{Chosen, Gpu, with_room},
    estimate::{Estimates, Kind, kinds},
    fit::{Fit, Wanted, check, for_one},
    size::{MemorySize, bytes_text, memory_of},
    words::{device_summary, left_to_cpu, summary},
};
