#!/usr/bin/env bash
# Checks and measures the GPU engine on a machine that has a GPU and its driver, and neither Rust nor a network.
#
#   scripts/gpu-check.sh pack FOLDER      here: builds what is carried there, at most 60 MiB
#   FOLDER/gpu-check.sh run FOLDER OUT    there: everything within 8 minutes; table.md in OUT is the part of docs/gpu.md
#
# Correctness comes first, then what matters most. A part that fails or takes too long does not stop the others; the exit code is then 1.
#   GPU_CHECK_PROFILE=dev    build profile of `pack`, otherwise release
#   GPU_CHECK_SMALL=1        sizes for the emulation: `pack` then carries the fake driver, and `run` uses it
#   GPU_CHECK_PYTHON=...     a Python with torch, otherwise python3
set -uo pipefail

usage() {
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
[ $# -ge 2 ] || usage
export GPU_CHECK_SMALL=${GPU_CHECK_SMALL:-0}

# What the driver is emulated with; printed as a folder for LD_LIBRARY_PATH.
emulation() {
    dirname "$(sh crates/sweep-cuda/emulation/build.sh target/gpu-check)"
}

pack() {
    set -e
    local profile=${GPU_CHECK_PROFILE:-release} built
    mkdir -p "$1/golden"
    folder=$(cd "$1" && pwd)
    cd "$(dirname "$0")/.."
    cargo build --locked --profile "$profile" -p sweep --bin sweep
    cargo build --locked --profile "$profile" -p sweep-cuda --example gpu_check
    built=${CARGO_TARGET_DIR:-target}/$profile
    [ "$profile" != dev ] || built=${CARGO_TARGET_DIR:-target}/debug
    strip -o "$folder/sweep" "$built/sweep"
    strip -o "$folder/gpu_check" "$built/examples/gpu_check"
    cp scripts/gpu-check.sh bench/pytorch_gpu.py crates/sweep-models/tests/golden/networks.py "$folder/"
    cp crates/sweep-models/tests/golden/{numbers,eegnet,eegnet_small,deepconvnet}.safetensors "$folder/golden/"
    cp sweeps/lab2.toml "$folder/"
    driver=$(emulation)
    echo "storing what the emulation computes; this takes a few minutes"
    LD_LIBRARY_PATH=$driver "$folder/gpu_check" store "$folder/emulation.safetensors"
    if [ "$GPU_CHECK_SMALL" = 1 ]; then mkdir -p "$folder/driver" && cp "$driver/libcuda.so" "$folder/driver/"; fi
    local size
    size=$(du -sm "$folder" | cut -f1)
    echo "$folder: $size MiB"
    # Other profiles make larger programs, and are for tests of this script.
    if [ "$profile" = release ] && [ "$size" -gt 60 ]; then
        echo "$folder: more than 60 MiB" >&2
        exit 1
    fi
}

# part NAME SECONDS COMMAND...: runs it, its standard output into a file of the table and the rest into log.txt.
part() {
    local name=$1 seconds=$2 begin left code
    shift 2
    begin=$(date +%s)
    left=$((deadline - begin))
    if [ "$left" -lt 5 ]; then
        printf '\n### %s\n\nNot run: the 8 minutes were over.\n' "$name" >>"$table"
        return
    fi
    [ "$seconds" -le "$left" ] || seconds=$left
    printf '\n### %s\n\n' "$name" >>"$table"
    echo "== $name" | tee -a "$log"
    timeout --kill-after=5 "$seconds" "$@" >>"$table" 2>>"$log"
    code=$?
    [ $code = 0 ] || failed=1
    case $code in
        0) ;;
        124 | 137) printf '\n**Stopped after %s s.**\n' "$seconds" >>"$table" ;;
        *) printf '\n**Failed with exit code %s; see log.txt.**\n' "$code" >>"$table" ;;
    esac
    echo "== $name: exit code $code, $(($(date +%s) - begin)) s" | tee -a "$log"
}

# What the machine is.
machine() {
    echo '```text'
    nvidia-smi 2>&1 | head -20
    "$folder/sweep" devices
    CUDA_VISIBLE_DEVICES='' "$folder/sweep" devices
    ldd "$folder/sweep"
    echo '```'
}

# Kernels compiled by the driver, and then from its cache.
load() {
    export CUDA_CACHE_PATH=$work/cache
    echo '| loading | cold |'
    echo '| --- | --- |'
    "$folder/gpu_check" load
    echo '| **in a second process** | **warm** |'
    "$folder/gpu_check" load
}

# The lab's sweep, whole.
lab2() {
    local begin more=()
    if [ "$GPU_CHECK_SMALL" = 1 ]; then
        more=(--set epochs=2 --set data.limit=12)
    fi
    begin=$(date +%s%N)
    "$folder/sweep" run "$folder/lab2.toml" --data synthetic --device cuda --db "$work/lab2.db" --quiet "${more[@]}" || return
    echo '| lab2, wall clock from start to exit |'
    echo '| --- |'
    echo "| $((($(date +%s%N) - begin) / 1000000)) ms |"
    echo
    "$folder/sweep" sql "SELECT model, activation, device, count(*) AS epochs, round(1000 * avg(train_seconds), 3) AS train_ms,
        round(1000 * avg(evaluation_seconds), 3) AS evaluation_ms FROM epochs JOIN trials USING (job_id) GROUP BY 1, 2, 3" \
        --db "$work/lab2.db" --format markdown
}

# Memory accesses and races, as the device sees them.
sanitizer() {
    local tool
    if ! command -v compute-sanitizer >/dev/null; then
        echo 'compute-sanitizer is not installed.'
        return
    fi
    echo '```text'
    for tool in memcheck racecheck; do
        timeout 60 compute-sanitizer --tool "$tool" "$folder/gpu_check" step 2>&1 | tail -4
    done
    echo '```'
}

pytorch() {
    local python=${GPU_CHECK_PYTHON:-python3}
    if ! "$python" -c 'import torch' 2>/dev/null; then
        echo 'There is no Python with torch.'
        return
    fi
    local more=()
    [ "$GPU_CHECK_SMALL" = 0 ] || more=(--small)
    "$python" "$folder/pytorch_gpu.py" --seconds "$1" "${more[@]}"
}

run() {
    folder=$(cd "$1" && pwd) || exit 2
    mkdir -p "$2" && out=$(cd "$2" && pwd) || exit 2
    deadline=$(($(date +%s) + ${GPU_CHECK_SECONDS:-470}))
    failed=0
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    table=$out/table.md log=$out/log.txt
    : >"$log"
    [ ! -d "$folder/driver" ] || export LD_LIBRARY_PATH=$folder/driver
    export folder work
    export -f machine load lab2 sanitizer pytorch
    cd "$work" || exit 2
    printf '## %s\n' "Measured on $(date -u +%Y-%m-%d)" >"$table"
    if [ "$GPU_CHECK_SMALL" = 1 ]; then
        printf '\n**On the fake driver, with small sizes: no time in here is that of a GPU.**\n' >>"$table"
    fi
    part 'Machine' 20 bash -c machine
    part 'Loading the kernels' 30 bash -c load
    part 'Correctness' 60 "$folder/gpu_check" correct "$folder/emulation.safetensors" "$folder/golden"
    part 'The same bits' 45 "$folder/gpu_check" bits
    part 'lab2' 120 bash -c lab2
    part 'Epochs' 100 "$folder/gpu_check" epochs 85
    part 'Longest kernels' 20 "$folder/gpu_check" kernels
    part 'Ceilings' 20 "$folder/gpu_check" ceilings
    part 'PyTorch' 150 bash -c 'pytorch 120'
    part 'compute-sanitizer' 120 bash -c sanitizer
    printf '\n'
    cat "$table"
    return "$failed"
}

case $1 in
    pack) pack "$2" ;;
    run)
        [ $# = 3 ] || usage
        run "$2" "$3"
        ;;
    *) usage ;;
esac
