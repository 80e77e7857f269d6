//! `sweep devices`: what this machine can compute with.

use std::thread;

use serde_json::{Value as Json, json};
use sweep_cuda::{CudaError, DeviceInfo, DriverInfo};
use sweep_job::{DeviceChoice, QueryTable, Value};
use sweep_kernels::InstructionSet;

use crate::{
    cli::{DevicesArguments, PlanFormat, TableFormat},
    error::{CliError, Ending},
    output::{counted, print, print_with, report_options},
};

pub(super) fn run(arguments: &DevicesArguments) -> Result<Ending, CliError> {
    let found = Found::here();
    match arguments.format {
        PlanFormat::Table => found.print_table()?,
        PlanFormat::Json => {
            print(
                &serde_json::to_string_pretty(&found.json())
                    .map_err(|error| CliError::Output(error.into()))?,
            )?;
        }
    }
    Ok(Ending::Done)
}

/// What there is.
struct Found {
    cores: usize,
    instructions: String,
    driver: Option<DriverInfo>,
    gpus: Result<Vec<DeviceInfo>, CudaError>,
}

impl Found {
    fn here() -> Self {
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            instructions: InstructionSet::detect().to_string(),
            driver: sweep_cuda::driver_info().ok(),
            gpus: sweep_cuda::devices(),
        }
    }

    fn gpus(&self) -> &[DeviceInfo] {
        self.gpus.as_deref().unwrap_or_default()
    }

    fn print_table(&self) -> Result<(), CliError> {
        let columns =
            ["device", "name", "memory", "free", "capability", "usable"].map(str::to_owned).to_vec();
        let cpu =
            format!("{} {}, {}", std::env::consts::ARCH, self.instructions, counted(self.cores, "core"));
        let cpu = [
            DeviceChoice::Cpu.to_string(),
            cpu,
            String::new(),
            String::new(),
            String::new(),
            yes_or_no(true),
        ];
        let rows = std::iter::once(cpu).chain(self.gpus().iter().map(gpu_row));
        let rows = rows.map(|row| row.map(Value::Text).to_vec()).collect();
        print_with(|output| {
            let options = report_options(TableFormat::Table, None);
            sweep_report::query_report(&QueryTable { columns, rows }, &options, output)?;
            for line in self.notes() {
                writeln!(output, "{line}")?;
            }
            Ok(())
        })
    }

    /// The driver, and why something cannot be used.
    fn notes(&self) -> Vec<String> {
        let driver = self.driver.as_ref().map(|driver| match &driver.version {
            Some(version) => format!("NVIDIA driver {version}, CUDA {}", driver.cuda),
            None => format!("NVIDIA driver for CUDA {}", driver.cuda),
        });
        let problems = self.gpus().iter().filter_map(|gpu| {
            let problem = gpu.unusable.as_ref()?;
            Some(format!("{} cannot be used: {problem}", DeviceChoice::Cuda(gpu.index)))
        });
        let no_gpu = self.gpus.as_ref().err().map(|error| format!("No GPU can be used: {error}"));
        driver.into_iter().chain(problems).chain(no_gpu).collect()
    }

    fn json(&self) -> Json {
        let gpus: Vec<Json> = self.gpus().iter().map(gpu_json).collect();
        json!({
            "cpu": { "architecture": std::env::consts::ARCH, "cores": self.cores, "instruction_set": self.instructions },
            "driver": self.driver.as_ref().map(|driver| json!({ "version": driver.version, "cuda": driver.cuda.to_string() })),
            "gpus": gpus,
            "problem": self.gpus.as_ref().err().map(ToString::to_string),
        })
    }
}

fn gpu_row(gpu: &DeviceInfo) -> [String; 6] {
    [
        DeviceChoice::Cuda(gpu.index).to_string(),
        gpu.name.clone(),
        gibibytes(gpu.total_bytes),
        gpu.free_bytes.map_or(String::new(), gibibytes),
        capability(gpu),
        yes_or_no(gpu.unusable.is_none()),
    ]
}

fn gpu_json(gpu: &DeviceInfo) -> Json {
    json!({
        "device": DeviceChoice::Cuda(gpu.index).to_string(),
        "name": gpu.name,
        "memory_bytes": gpu.total_bytes,
        "free_bytes": gpu.free_bytes,
        "capability": capability(gpu),
        "usable": gpu.unusable.is_none(),
        "problem": gpu.unusable,
    })
}

fn capability(gpu: &DeviceInfo) -> String {
    format!("{}.{}", gpu.capability.0, gpu.capability.1)
}

fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)
}

fn yes_or_no(usable: bool) -> String {
    if usable { "yes" } else { "no" }.to_owned()
}
