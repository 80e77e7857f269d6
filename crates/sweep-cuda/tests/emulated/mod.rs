//! A machine that runs the launches of a plan by the emulation of the kernels, on memory of its own.

#![allow(unsafe_code, reason = "kernels work on plain memory")]
#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod trained;

use std::{
    alloc::{Layout, alloc, dealloc},
    ffi::{CStr, CString, c_char, c_int, c_void},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use sweep_cuda::{
    launch::{Address, Launch, Plain, Program, Value, bytes_of, from_bytes},
    plan::{MemberSettings, Plan, Set, StateTensor, TensorKind, arguments::Member},
};

type EmulatedLaunch = unsafe extern "C" fn(
    *const c_char,
    *const u32,
    *const u32,
    u32,
    *const *const c_void,
    *const usize,
    usize,
    c_int,
    *mut c_char,
    usize,
) -> c_int;

/// In which order ready threads, and blocks, take their turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending = 0,
    Descending = 1,
    Shuffled = 2,
}

/// The number type that the kernels are compiled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Real {
    Float,
    Double,
}

impl Real {
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::Float => 4,
            Self::Double => 8,
        }
    }
}

/// The emulation with kernels of this type; it is compiled at the first call.
fn emulation(real: Real) -> EmulatedLaunch {
    static FLOAT: OnceLock<usize> = OnceLock::new();
    static DOUBLE: OnceLock<usize> = OnceLock::new();
    let cell = if real == Real::Float { &FLOAT } else { &DOUBLE };
    let function = *cell.get_or_init(|| {
        let library = compile(real);
        // SAFETY: the library is the one that was just made, and stays.
        unsafe {
            let library = libloading::Library::new(library).expect("the library");
            let function = *library.get::<EmulatedLaunch>(b"emulated_launch").expect("its function");
            std::mem::forget(library);
            function as usize
        }
    });
    // SAFETY: it has this type.
    unsafe { std::mem::transmute::<usize, EmulatedLaunch>(function) }
}

/// Compiles the kernels as C++, once for the same sources.
fn compile(real: Real) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_folder = |folder: &str, extension: &str| {
        let files = fs::read_dir(package.join(folder)).expect("the sources of the kernels");
        let mut files: Vec<_> = files.map(|file| file.expect("a source").path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == extension));
        files.sort();
        files
    };
    let mut sources = in_folder("kernels", "cu");
    sources.push(package.join("emulation/fibers.cpp"));
    sources.push(package.join("emulation/races.cpp"));
    sources.push(package.join("tests/emulated/shim.cpp"));
    let headers = in_folder("kernels", "cuh").into_iter().chain(in_folder("emulation", "h"));
    let mut flags =
        vec!["-std=c++17", "-O3", "-march=native", "-fPIC", "-ffp-contract=off", "-fno-math-errno", "-w"];
    flags.extend(["-DEMULATION", if real == Real::Double { "-DREAL=double" } else { "-DREAL=float" }]);
    let mut text = flags.concat();
    for file in sources.iter().cloned().chain(headers) {
        text += &fs::read_to_string(file).expect("a source");
    }
    let key = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join(format!("kernels-{key:016x}.so"));
    if library.exists() {
        return library;
    }
    let work = tempfile::tempdir_in(folder).expect("a folder");
    let object = |source: &Path| work.path().join(source.file_name().expect("a name")).with_extension("o");
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let compilations: Vec<_> = (sources.iter())
        .map(|source| {
            let mut command = Command::new(&compiler);
            command
                .args(&flags)
                .arg("-I")
                .arg(package.join("kernels"))
                .arg("-I")
                .arg(package.join("emulation"));
            command.args(["-c", "-x", "c++"]).arg(source).arg("-o").arg(object(source));
            command.spawn().expect("a C++ compiler: install g++, or name one in CXX")
        })
        .collect();
    for mut compilation in compilations {
        assert!(compilation.wait().expect("the compiler").success(), "the kernels do not compile as C++");
    }
    let finished = work.path().join("kernels.so");
    let status = Command::new(&compiler)
        .args(["-shared", "-o"])
        .arg(&finished)
        .args(sources.iter().map(|source| object(source)))
        .arg("-lpthread")
        .status();
    assert!(status.expect("the compiler").success(), "the kernels cannot be linked");
    fs::rename(&finished, &library).expect("the library");
    library
}

/// Memory of a region.
struct Memory {
    start: *mut u8,
    layout: Layout,
}

// SAFETY: it is owned.
unsafe impl Send for Memory {}

impl Memory {
    fn new(bytes: u64, fill: u8) -> Self {
        let layout = Layout::from_size_align(bytes.max(1) as usize, 256).expect("a size");
        // SAFETY: the size is not 0.
        let start = unsafe { alloc(layout) };
        assert!(!start.is_null());
        // SAFETY: it was just allocated.
        unsafe { start.write_bytes(fill, layout.size()) };
        Self { start, layout }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: as it was allocated.
        unsafe { dealloc(self.start, self.layout) };
    }
}

/// Runs the launches of a plan.
pub(crate) struct Machine {
    pub(crate) plan: Plan,
    real: Real,
    pub(crate) order: Order,
    regions: Vec<Memory>,
}

impl Machine {
    pub(crate) fn new(plan: Plan, real: Real) -> Self {
        let program: &Program = &plan.program;
        let memory = |region: usize| {
            let id = sweep_cuda::launch::RegionId(region);
            let fill = if program.regions[region].zeroed { 0 } else { 0xff };
            Memory::new(program.region_bytes(id), fill)
        };
        let regions = (0..program.regions.len()).map(memory).collect();
        Self { plan, real, order: Order::Ascending, regions }
    }

    fn at(&self, address: Address, bytes: usize) -> *mut u8 {
        let memory = &self.regions[address.region.0];
        assert!(address.offset as usize + bytes <= memory.layout.size(), "beyond a region");
        // SAFETY: it is within the region.
        unsafe { memory.start.add(address.offset as usize) }
    }

    pub(crate) fn write<T: Plain>(&mut self, address: Address, values: &[T]) {
        let bytes = bytes_of(values);
        // SAFETY: the place has room for them.
        unsafe { self.at(address, bytes.len()).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    pub(crate) fn read<T: Plain>(&self, address: Address, count: usize) -> Vec<T> {
        let bytes = count * size_of::<T>();
        // SAFETY: the place has so many bytes.
        from_bytes(unsafe { std::slice::from_raw_parts(self.at(address, bytes), bytes) })
    }

    /// Numbers of the kernels' own type.
    pub(crate) fn write_numbers(&mut self, address: Address, numbers: &[f64]) {
        match self.real {
            Real::Float => {
                let numbers: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
                self.write(address, &numbers);
            }
            Real::Double => self.write(address, numbers),
        }
    }

    pub(crate) fn read_numbers(&self, address: Address, count: usize) -> Vec<f64> {
        match self.real {
            Real::Float => self.read::<f32>(address, count).into_iter().map(f64::from).collect(),
            Real::Double => self.read(address, count),
        }
    }

    pub(crate) fn run(&self, launches: &[Launch]) {
        for launch in launches {
            self.launch(launch);
        }
    }

    pub(crate) fn launch(&self, launch: &Launch) {
        assert!(
            launch.shared_bytes <= 48 << 10 || self.real == Real::Double,
            "{}: {} bytes",
            launch.kernel,
            launch.shared_bytes
        );
        let values: Vec<Vec<u8>> = (launch.arguments.values().iter())
            .map(|value| match value {
                Value::Address(address) => (self.at(*address, 0) as u64).to_ne_bytes().to_vec(),
                Value::Plain(bytes) => bytes.clone(),
            })
            .collect();
        let pointers: Vec<*const c_void> = values.iter().map(|value| value.as_ptr().cast()).collect();
        let sizes: Vec<usize> = values.iter().map(Vec::len).collect();
        let name = CString::new(launch.kernel).expect("a name");
        let mut message = vec![0u8; 1000];
        // SAFETY: the plan says where kernels may write; that is what is tested.
        let code = unsafe {
            emulation(self.real)(
                name.as_ptr(),
                launch.grid.as_ptr(),
                launch.block.as_ptr(),
                launch.shared_bytes,
                pointers.as_ptr(),
                sizes.as_ptr(),
                sizes.len(),
                self.order as c_int,
                message.as_mut_ptr().cast(),
                message.len(),
            )
        };
        assert_eq!(code, 0, "{}", CStr::from_bytes_until_nul(&message).expect("a message").to_string_lossy());
    }

    /// The place of a member's tensor.
    pub(crate) fn tensor(&self, member: usize, tensor: &StateTensor) -> Address {
        let program = &self.plan.program;
        let offset = program.stride(program.state) * member as u64 + tensor.offset as u64 * self.real.bytes();
        program.state.at(offset)
    }

    pub(crate) fn set_tensor(&mut self, member: usize, tensor: &StateTensor, numbers: &[f64]) {
        let place = self.tensor(member, tensor);
        if tensor.kind == TensorKind::Counter {
            self.write(place, &[numbers[0] as i64]);
        } else {
            assert_eq!(numbers.len(), tensor.length, "{}", tensor.name);
            self.write_numbers(place, numbers);
        }
    }

    pub(crate) fn tensor_numbers(&self, member: usize, tensor: &StateTensor) -> Vec<f64> {
        let place = self.tensor(member, tensor);
        if tensor.kind == TensorKind::Counter {
            return vec![self.read::<i64>(place, 1)[0] as f64];
        }
        self.read_numbers(place, tensor.length)
    }

    /// The bits of a member's state.
    pub(crate) fn state_bytes(&self, member: usize) -> Vec<u8> {
        let program = &self.plan.program;
        let place = program.state.at(program.stride(program.state) * member as u64);
        self.read(place, program.state_bytes as usize)
    }

    pub(crate) fn set_members(&mut self, members: &[MemberSettings]) {
        let table: Vec<Member> = members.iter().map(Member::from).collect();
        self.write(self.plan.members(), &table);
    }

    pub(crate) fn set_trials(&mut self, set: Set, signal: &[f32]) {
        let laid: Vec<f64> = self.plan.lay(signal).into_iter().map(f64::from).collect();
        self.write_numbers(self.plan.trials(set), &laid);
    }

    /// The data set, and what is made of it.
    pub(crate) fn set_data(&mut self, train: (&[f32], &[u32]), validation: &[f32], test: &[f32]) {
        self.set_trials(Set::Train, train.0);
        self.write(self.plan.labels(), train.1);
        self.set_trials(Set::Validation, validation);
        self.set_trials(Set::Test, test);
        self.run(&self.plan.program.upload);
    }

    pub(crate) fn set_epoch(&mut self, epoch: u32, orders: &[Vec<u32>]) {
        let epochs: Vec<_> = orders.iter().map(|order| Some((epoch, &order[..]))).collect();
        let input = self.plan.input(&epochs);
        self.write(self.plan.program.input.start, &input);
    }

    /// The launches of an epoch's steps, step by step; what the epoch begins with is in the first.
    pub(crate) fn steps(&self) -> Vec<Vec<Launch>> {
        let mut steps = vec![Vec::new()];
        for launch in &self.plan.program.training {
            let step = steps.last_mut().expect("a step");
            step.push(launch.clone());
            if launch.kernel == "update" {
                steps.push(Vec::new());
            }
        }
        steps.pop();
        steps
    }

    pub(crate) fn results(&self) -> Vec<sweep_cuda::plan::MemberResults> {
        let span = self.plan.program.results;
        self.plan.results(&self.read::<u8>(span.start, span.bytes as usize))
    }

    /// The logits of any trials by one member.
    pub(crate) fn logits(&mut self, member: usize, signal: &[f32], trial: usize, classes: usize) -> Vec<f64> {
        let mut logits = Vec::new();
        for signal in signal.chunks(trial * self.plan.most_probed()) {
            let trials = signal.len() / trial;
            let probe = self.plan.probe(member, trials);
            let laid: Vec<f64> = self.plan.lay(signal).into_iter().map(f64::from).collect();
            self.write_numbers(probe.trials, &laid);
            self.run(&probe.launches);
            logits.extend(self.read_numbers(probe.logits, trials * classes));
        }
        logits
    }
}
