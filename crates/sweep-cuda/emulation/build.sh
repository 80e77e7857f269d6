#!/bin/sh
# Compiles the fake driver with the emulated kernels and prints the path of the library, which stands alone in its folder, so that the
# folder can be named in LD_LIBRARY_PATH. Compiles nothing if the same sources were compiled before.
#   build.sh [--races] FOLDER
# With --races, kernels check every access to memory (races.cpp), which is slow.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
races=""
if [ "${1:-}" = --races ]; then
    races=-fsanitize=thread
    shift
fi
folder=${1:?usage: build.sh [--races] FOLDER}
compiler=${CXX:-c++}
if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "no C++ compiler: '$compiler' was not found; install g++ (apt-get install g++) or name one in CXX" >&2
    exit 1
fi
# No contraction and no reordering: the bits must be those of the device.
flags="-std=c++17 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wall -Wno-unknown-pragmas -DEMULATION"
case $(uname -m) in x86_64) flags="$flags -march=native" ;; esac
set -- "$here"/*.cpp "$here"/../kernels/*.cu "$here"/../tests/kernels/*.cu
key=$({
    echo "$flags $races"
    "$compiler" --version
    grep -m1 -e '^flags' -e '^Features' /proc/cpuinfo || true
    for file in "$here"/*.h "$here"/../kernels/*.cuh "$@"; do if [ -f "$file" ]; then cat "$file"; fi; done
} | sha256sum | cut -c1-16)
mkdir -p "$folder"
library=$folder/emulation-$key/libcuda.so
if [ ! -f "$library" ]; then
    work=$(mktemp -d "$folder/emulation-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    objects=""
    waiting=""
    for file in "$@"; do
        [ -f "$file" ] || continue
        object=$work/$(basename "$file").o
        case $file in *.cu) optimised="-O3 $races" ;; *) optimised=-O1 ;; esac
        # shellcheck disable=SC2086
        "$compiler" $flags $optimised -I"$here/../kernels" -c -x c++ "$file" -o "$object" &
        waiting="$waiting $!"
        objects="$objects $object"
    done
    for compilation in $waiting; do wait "$compilation"; done
    # shellcheck disable=SC2086
    "$compiler" -shared -Wl,-soname,libcuda.so -Wl,-z,defs $objects -o "$work/libcuda.so" -lpthread
    mkdir -p "$folder/emulation-$key"
    mv "$work/libcuda.so" "$library"
fi
echo "$library"
