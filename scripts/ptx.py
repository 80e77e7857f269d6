#!/usr/bin/env python3
"""Compile the CUDA kernels to the PTX that is committed beside them.

  scripts/ptx.py               write every .ptx again
  scripts/ptx.py --check       fail if one is not what its source gives
  scripts/ptx.py FILE.cu ...   only these
  scripts/ptx.py --resources sm_61
                               registers and spills of each kernel on a device of this kind, as its assembler counts them

The compiler is NVRTC 12.0.140 from its Python wheel; neither a GPU nor a driver nor nvcc is needed. SWEEP_NVRTC names its library,
libnvrtc.so.12; otherwise the wheel is installed in target/nvrtc. Other versions give other bytes, and newer ones PTX for newer drivers.
"""

import argparse
import ctypes
import glob
import os
import re
import subprocess
import sys
from pathlib import Path

VERSION = "12.0.140"
WHEEL = f"nvidia-cuda-nvrtc-cu12=={VERSION}"
ROOT = Path(__file__).resolve().parent.parent
CRATE = ROOT / "crates" / "sweep-cuda"
KERNELS = CRATE / "kernels"
# No fused multiplications but those that are written out, and IEEE division and roots: the bits must be those of the emulation.
OPTIONS = ["--std=c++17", "-default-device", "--fmad=false", f"-I{KERNELS}"]
PTX = ["--gpu-architecture=compute_61"]


def library():
    """The path of NVRTC, installed if need be; exits with 3 if it cannot be had."""
    named = os.environ.get("SWEEP_NVRTC")
    if named:
        if not Path(named).is_file():
            sys.exit(f"SWEEP_NVRTC names {named}, which is no file")
        return named
    folder = ROOT / "target" / "nvrtc"
    pattern = str(folder / "lib/python*/site-packages/nvidia/**/libnvrtc.so.12")
    if not glob.glob(pattern, recursive=True):
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
            subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", WHEEL], check=True, stdout=sys.stderr)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{WHEEL} cannot be installed: {error}", file=sys.stderr)
            sys.exit(3)
    found = glob.glob(pattern, recursive=True)
    if not found:
        print(f"{WHEEL} was installed in {folder}, but has no libnvrtc.so.12", file=sys.stderr)
        sys.exit(3)
    return found[0]


class Nvrtc:
    def __init__(self, path):
        self.nvrtc = ctypes.CDLL(path)
        self.path = path
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.nvrtc.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
        if (major.value, minor.value) != (12, 0):
            sys.exit(f"{path} is NVRTC {major.value}.{minor.value}; {VERSION} is needed, whose PTX drivers from 525 on take")

    def text(self, program, what):
        size = ctypes.c_size_t()
        getattr(self.nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        text = ctypes.create_string_buffer(size.value)
        getattr(self.nvrtc, f"nvrtcGet{what}")(program, text)
        return text.value.decode()

    def compile(self, source, more=PTX):
        """The PTX of a file and the compiler's log; exits with the log if there is a mistake in the file."""
        program = ctypes.c_void_p()
        more = [f"-I{source.resolve().parent}", *OPTIONS, *more]
        options = (ctypes.c_char_p * len(more))(*[option.encode() for option in more])
        name = source.name.encode()
        if self.nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.read_bytes(), name, 0, None, None) != 0:
            sys.exit(f"NVRTC does not take {source}")
        failed = self.nvrtc.nvrtcCompileProgram(program, len(more), options) != 0
        log = self.text(program, "ProgramLog").strip()
        if failed:
            sys.exit(f"{log}\n{source} does not compile")
        ptx = self.text(program, "PTX")
        # Only the PTX says which of the versions 12.0 this is.
        if f", V{VERSION}\n" not in ptx:
            sys.exit(f"{self.path} is another NVRTC 12.0; {VERSION} is needed, since others give other bytes")
        return ptx, log


def print_resources(nvrtc, files, device):
    """What the assembler says of each kernel."""
    print(f"{'kernel':32} registers  spilled bytes")
    for source in files:
        _, log = nvrtc.compile(source, [f"--gpu-architecture={device}", "--ptxas-options=-v"])
        for part in log.split("Compiling entry function ")[1:]:
            name = re.match("'(.*?)'", part).group(1)
            registers = int(re.search(r"Used (\d+) registers", part).group(1))
            stored, loaded = map(int, re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", part).groups())
            print(f"{name:32} {registers:9}  {stored + loaded:13}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--resources", metavar="DEVICE")
    arguments = parser.parse_args()
    files = arguments.files or sorted([*KERNELS.glob("*.cu"), *(CRATE / "tests" / "kernels").glob("*.cu")])
    nvrtc = Nvrtc(library())
    if arguments.resources:
        return print_resources(nvrtc, files, arguments.resources)
    # A kernel whose source is gone is still part of the program.
    folders = {source.parent for source in files} if not arguments.files else set()
    stale = [ptx for folder in sorted(folders) for ptx in sorted(folder.glob("*.ptx")) if not ptx.with_suffix(".cu").is_file()]
    if stale and not arguments.check:
        sys.exit(f"without a source: {', '.join(map(str, stale))}; remove them")
    for source in files:
        target = source.with_suffix(".ptx")
        ptx, log = nvrtc.compile(source)
        if log:
            print(log, file=sys.stderr)
        if target.is_file() and target.read_text() == ptx:
            continue
        if arguments.check:
            stale.append(target)
        else:
            target.write_text(ptx)
            print(f"{target}: written")
    if stale:
        sys.exit(f"not what the sources give: {', '.join(map(str, stale))}; run `just ptx`")
    if arguments.check:
        print(f"{len(files)} PTX files are what their sources give")


if __name__ == "__main__":
    main()
