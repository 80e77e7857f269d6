//! `sweep devices`, without a driver, and with the fake one of `sweep-cuda` in every condition that a driver can be in.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "../../sweep-cuda/emulation/library.rs"]
mod library;
mod support;

use std::{fs, path::Path, process::Command};

use library::library;
use serde_json::Value;
use support::{Place, Ran};

/// The command, with the driver in this folder.
fn devices(place: &Place, folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command: Command = place.command(&[&["devices"], arguments].concat());
    command.env("LD_LIBRARY_PATH", folder).envs(settings.iter().copied());
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran
}

/// A folder whose driver cannot be loaded, so that a machine with a real one is like one without.
fn without_driver(place: &Place) -> std::path::PathBuf {
    let folder = place.path("no-driver");
    fs::create_dir_all(&folder).unwrap();
    for name in ["libcuda.so", "libcuda.so.1"] {
        fs::write(folder.join(name), "").unwrap();
    }
    folder
}

/// What is said of GPUs: the table without the processor's row, its columns one space apart.
fn table(ran: &Ran) -> Vec<String> {
    let lines = ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| {
            !line.starts_with("cpu ")
                && !line.starts_with("device ")
                && !line.chars().all(|c| "-─ ".contains(c))
        })
        .collect()
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap()
}

fn fake() -> &'static Path {
    library().parent().unwrap()
}

const NO_DRIVER: &str =
    "no NVIDIA driver was found (libcuda.so.1). Install driver 525 or newer, or use --device cpu";

#[test]
fn without_a_driver_there_is_the_cpu_and_a_way_to_get_more() {
    let place = Place::new();
    let folder = without_driver(&place);
    let ran = devices(&place, &folder, &[], &[]);
    assert_eq!(table(&ran), [format!("No GPU can be used: {NO_DRIVER}")]);
    let cpu = ran.out.lines().find(|line| line.starts_with("cpu ")).expect("a row of the CPU");
    assert!(cpu.contains("core") && cpu.trim_end().ends_with("yes"), "{cpu}");
    let json = json(&devices(&place, &folder, &[], &["--format", "json"]));
    assert_eq!(
        (&json["problem"], &json["gpus"], &json["driver"]),
        (&NO_DRIVER.into(), &Value::Array(vec![]), &Value::Null)
    );
    assert!(json["cpu"]["cores"].as_u64().unwrap() >= 1 && json["cpu"]["instruction_set"].is_string());
}

#[test]
fn usable_gpus_are_listed_with_their_memory() {
    let place = Place::new();
    let settings = [
        ("FAKE_CUDA_DEVICES", "2"),
        ("FAKE_CUDA_NAME", "NVIDIA H200,NVIDIA GeForce RTX 4070"),
        ("FAKE_CUDA_CAPABILITY", "9.0,8.9"),
        ("FAKE_CUDA_MEMORY", "150117285888,12884901888"),
        ("FAKE_CUDA_VERSION", "12040"),
    ];
    let lines = table(&devices(&place, fake(), &settings, &[]));
    assert_eq!(lines[0], "cuda:0 NVIDIA H200 139.8 GiB 139.8 GiB 9.0 yes");
    assert_eq!(lines[1], "cuda:1 NVIDIA GeForce RTX 4070 12.0 GiB 12.0 GiB 8.9 yes");
    assert!(lines[2].starts_with("NVIDIA driver ") && lines[2].ends_with("CUDA 12.4"), "{lines:?}");
    assert_eq!(lines.len(), 3);
    let json = json(&devices(&place, fake(), &settings, &["--format", "json"]));
    assert_eq!(json["driver"]["cuda"], "12.4");
    assert_eq!(json["problem"], Value::Null);
    let expected = serde_json::json!({
        "device": "cuda:1", "name": "NVIDIA GeForce RTX 4070", "memory_bytes": 12_884_901_888_u64, "free_bytes": 12_884_901_888_u64,
        "capability": "8.9", "usable": true, "problem": null,
    });
    assert_eq!(json["gpus"][1], expected);
}

#[test]
fn a_gpu_that_cannot_be_used_says_why() {
    let place = Place::new();
    let settings = [
        ("FAKE_CUDA_DEVICES", "3"),
        ("FAKE_CUDA_CAPABILITY", "6.0,8.6"),
        ("FAKE_CUDA_CONTEXT", "0,46,0"),
        ("FAKE_CUDA_MEMORY", "1073741824"),
    ];
    let lines = table(&devices(&place, fake(), &settings, &[]));
    assert_eq!(lines[0], "cuda:0 Emulated GPU 1.0 GiB 6.0 no");
    assert_eq!(lines[1], "cuda:1 Emulated GPU 1.0 GiB 8.6 no");
    assert_eq!(lines[2], "cuda:2 Emulated GPU 1.0 GiB 1.0 GiB 8.6 yes");
    let because =
        "cuda:0 cannot be used: its compute capability is 6.0, and 6.1 is needed (GTX 10xx or later)";
    assert_eq!(lines[4], because);
    assert!(lines[5].starts_with("cuda:1 cannot be used: it cannot be opened: "), "{lines:?}");
    assert!(
        lines[5].ends_with("Check with nvidia-smi whether another program holds it exclusively"),
        "{lines:?}"
    );
    let json = json(&devices(&place, fake(), &settings, &["--format", "json"]));
    assert_eq!((&json["gpus"][0]["usable"], &json["gpus"][0]["free_bytes"]), (&false.into(), &Value::Null));
}

#[test]
fn a_driver_that_is_old_empty_or_broken_says_what_to_do() {
    let place = Place::new();
    let told = |key: &str, value: &str| {
        let settings = [(key, value)];
        let problem = json(&devices(&place, fake(), &settings, &["--format", "json"]))["problem"].clone();
        let lines = table(&devices(&place, fake(), &settings, &[]));
        assert_eq!(lines, [format!("No GPU can be used: {}", problem.as_str().unwrap())]);
        problem
    };
    assert_eq!(
        told("FAKE_CUDA_VERSION", "11080"),
        "the NVIDIA driver is too old: it supports CUDA 11.8, and CUDA 12.0 is needed. Install driver 525 or newer"
    );
    assert_eq!(
        told("FAKE_CUDA_DEVICES", "0"),
        "the NVIDIA driver found no GPU. Check what nvidia-smi lists, and whether CUDA_VISIBLE_DEVICES hides it"
    );
    assert_eq!(
        told("FAKE_CUDA_INIT", "803"),
        "the NVIDIA driver does not start: an error of the fake driver (error 803). Check that nvidia-smi works; after an update of the \
         driver, restart the machine"
    );
}

/// The bindings would panic at the first call of a function that is not there.
#[test]
fn a_driver_without_the_functions_that_are_needed_is_refused() {
    let place = Place::new();
    let told = |name: &str, source: &str| {
        let (folder, file) = (place.path(name), place.path(&format!("{name}.cpp")));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&file, source).unwrap();
        let compiler = std::env::var_os("CXX").unwrap_or("c++".into());
        let output = folder.join("libcuda.so");
        let compiled =
            Command::new(compiler).args(["-shared", "-fPIC", "-o"]).args([&output, &file]).status().unwrap();
        assert!(compiled.success());
        json(&devices(&place, &folder, &[], &["--format", "json"]))["problem"].clone()
    };
    assert_eq!(
        told("empty", "int nothing;"),
        "the NVIDIA driver library lacks cuDriverGetVersion. Install driver 525 or newer"
    );
    let two = "extern \"C\" int cuDriverGetVersion(int *v) { *v = 12000; return 0; } extern \"C\" int cuGetErrorString() { return 1; }";
    assert_eq!(
        told("two", two),
        "the NVIDIA driver library lacks cuCtxSetCurrent. Install driver 525 or newer"
    );
}

/// The program must start where no CUDA library is.
#[test]
fn the_program_is_linked_with_no_cuda_library() {
    let program = fs::read(env!("CARGO_BIN_EXE_sweep")).unwrap();
    let needed = needed_libraries(&program);
    assert!(needed.iter().any(|name| name.starts_with("libc.so")), "{needed:?}");
    assert!(
        needed.iter().all(|name| !name.contains("cuda") && !name.contains("nv") && !name.contains("cublas")),
        "{needed:?}"
    );
}

/// The names of the libraries that an ELF file of 64 bits needs: the entries `DT_NEEDED` of its dynamic section.
fn needed_libraries(file: &[u8]) -> Vec<String> {
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
    let half = |at: usize| usize::from(u16::from_le_bytes(file[at..at + 2].try_into().unwrap()));
    let kind = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (sections, size, count) = (word(0x28), half(0x3a), half(0x3c));
    let headers: Vec<usize> = (0..count).map(|number| sections + number * size).collect();
    let dynamic = headers.iter().copied().find(|&header| kind(header + 4) == 6).unwrap();
    let (begin, bytes) = (word(dynamic + 24), word(dynamic + 32));
    let names = word(headers[kind(dynamic + 40) as usize] + 24);
    let entries = (begin..begin + bytes).step_by(16).filter(|&entry| word(entry) == 1);
    let name = |entry: usize| {
        file[names + word(entry + 8)..].iter().take_while(|byte| **byte != 0).copied().collect()
    };
    entries.map(|entry| String::from_utf8(name(entry)).unwrap()).collect()
}
