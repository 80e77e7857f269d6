#!/usr/bin/env bash
# Checks and measures the GPU engine on a machine that has a GPU and its driver, and neither Rust nor a network.
#
#   scripts/gpu-check.sh pack FOLDER            here: builds what is carried there, at most 60 MiB
#   bash FOLDER/gpu-check.sh run FOLDER OUT     there: everything within 8 minutes; table.md in OUT is the part of docs/gpu.md
#
# Correctness comes first, then what matters most. A part that fails, takes too long or does not get its turn does not stop the others; the
# exit code is then 1.
#   GPU_CHECK_PROFILE=dev    build profile of `pack`, otherwise release
#   GPU_CHECK_BUILT=FOLDER   programs that are built already, as target/debug, which `pack` takes and builds none
#   GPU_CHECK_SMALL=1        sizes for the emulation: `pack` then carries the fake driver, and `run` uses it
#   GPU_CHECK_PYTHON=...     a Python with torch, otherwise python3
#   GPU_CHECK_SECONDS=...    seconds for all parts, otherwise 470
set -uo pipefail

usage() {
    sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
refuse() {
    echo "gpu-check.sh: $1" >&2
    exit 2
}
[ $# -ge 2 ] || usage
export GPU_CHECK_SMALL=${GPU_CHECK_SMALL:-0}

# The folder of the programs that `pack` takes.
built() {
    if [ -n "${GPU_CHECK_BUILT:-}" ]; then
        (cd "$GPU_CHECK_BUILT" && pwd)
        return
    fi
    local profile=${GPU_CHECK_PROFILE:-release} folder
    cargo build --locked --profile "$profile" -p sweep --bin sweep || return
    cargo build --locked --profile "$profile" -p sweep-cuda --example gpu_check || return
    folder=${CARGO_TARGET_DIR:-target}/$profile
    [ "$profile" != dev ] || folder=${CARGO_TARGET_DIR:-target}/debug
    (cd "$folder" && pwd)
}

pack() {
    set -e
    local programs driver size
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    # What an earlier `pack` left would be taken for this one's.
    rm -rf "$folder"/{driver,golden,emulation.safetensors,commit.txt}
    mkdir "$folder/golden"
    [ -z "${GPU_CHECK_BUILT:-}" ] || GPU_CHECK_BUILT=$(cd "$GPU_CHECK_BUILT" && pwd)
    cd "$(dirname "$0")/.."
    programs=$(built)
    strip -o "$folder/sweep" "$programs/sweep"
    strip -o "$folder/gpu_check" "$programs/examples/gpu_check"
    cp scripts/gpu-check.sh bench/pytorch_gpu.py crates/sweep-models/tests/golden/networks.py "$folder/"
    cp crates/sweep-models/tests/golden/{numbers,eegnet,eegnet_small,deepconvnet}.safetensors "$folder/golden/"
    cp sweeps/lab2.toml "$folder/"
    git describe --always --dirty --abbrev=40 >"$folder/commit.txt" 2>/dev/null || echo unknown >"$folder/commit.txt"
    driver=$(sh crates/sweep-cuda/emulation/build.sh target/gpu-check)
    # Without it, a real GPU of this machine would compute what a GPU is compared with.
    [ -f "$driver" ] || refuse 'the fake driver could not be compiled'
    echo "storing what the emulation computes; this takes a few minutes"
    LD_LIBRARY_PATH=$(dirname "$driver") "$folder/gpu_check" store "$folder/emulation.safetensors" 2>"$folder/store.log" || {
        tail -3 "$folder/store.log" >&2
        exit 1
    }
    rm "$folder/store.log"
    if [ "$GPU_CHECK_SMALL" = 1 ]; then mkdir "$folder/driver" && cp "$driver" "$folder/driver/"; fi
    size=$(du -sm "$folder" | cut -f1)
    echo "$folder: $size MiB"
    # Other profiles make larger programs, and are for tests of this script.
    if [ -z "${GPU_CHECK_BUILT:-}" ] && [ "${GPU_CHECK_PROFILE:-release}" = release ] && [ "$size" -gt 60 ]; then
        echo "$folder: more than 60 MiB" >&2
        exit 1
    fi
}

# Kills whatever is left of a part, which is a session of its own: programs that wait for a GPU that hangs would disturb the next part.
end_session() {
    local left try
    for try in 1 2 3 4 5 6; do
        left=$(sed -n "s/^\([0-9]*\) (.*) [^Z] [0-9]* [0-9]* $1 .*/\1/p" /proc/[0-9]*/stat 2>/dev/null)
        [ -n "$left" ] || return 0
        [ "$try" != 1 ] || echo "== left running and killed: $left" >>"$log"
        # shellcheck disable=SC2086
        kill -KILL $left 2>/dev/null
        sleep 0.5
    done
    echo "== does not end: $left" >>"$log"
}

# part NAME SECONDS COMMAND...: runs it, its standard output into a file of the table and the rest into log.txt.
part() {
    local name=$1 seconds=$(($2 * patience)) begin left code
    shift 2
    begin=$(date +%s)
    left=$((deadline - begin))
    if [ "$left" -lt 5 ]; then
        printf '\n### %s\n\nNot run: the time was over.\n' "$name" >>"$table"
        failed=1
        return
    fi
    [ "$seconds" -le "$left" ] || seconds=$left
    export part_deadline=$((begin + seconds))
    printf '\n### %s\n\n' "$name" >>"$table"
    echo "== $name" | tee -a "$log"
    setsid timeout --kill-after=5 "$seconds" "$@" >>"$table" 2>>"$log" &
    session=$!
    wait "$session"
    code=$?
    end_session "$session"
    session=
    [ $code = 0 ] || failed=1
    case $code in
        0) ;;
        124 | 137) printf '\n**Stopped after %s s; see log.txt.**\n' "$seconds" >>"$table" ;;
        *) printf '\n**Failed with exit code %s; see above or log.txt.**\n' "$code" >>"$table" ;;
    esac
    printf '\nThis took %s s.\n' "$(($(date +%s) - begin))" >>"$table"
    echo "== $name: exit code $code, $(($(date +%s) - begin)) s" | tee -a "$log"
}

# Seconds that the part has left, less so many.
seconds_left() {
    echo $((part_deadline - $(date +%s) - ${1:-0}))
}

# pieces WHAT SECONDS [MORE]: `gpu_check WHAT` of each network, in a process of its own that has so many seconds.
pieces() {
    local what=$1 most=$(($2 * patience)) count piece seconds code result=0
    count=$("$folder/gpu_check" count "$what") || return
    for ((piece = 0; piece < count; piece++)); do
        seconds=$(seconds_left 2)
        if [ "$seconds" -lt 2 ]; then
            echo "| *the time was over before piece $((piece + 1)) of $count* |"
            return 1
        fi
        [ "$seconds" -le "$most" ] || seconds=$most
        timeout --kill-after=2 "$seconds" "$folder/gpu_check" "$what" "$piece" "${@:3}"
        code=$?
        case $code in
            0) continue ;;
            1 | 2) ;;
            124 | 137) echo "| **stopped after $seconds s; log.txt says where** |" ;;
            *) echo "| **exit code $code** |" ;;
        esac
        result=1
    done
    return $result
}

# What the machine is.
machine() {
    local devices
    echo '```text'
    echo "commit $(cat "$folder/commit.txt")"
    nvidia-smi 2>&1 | head -20
    lscpu 2>/dev/null | head -15
    devices=$("$folder/sweep" devices)
    echo "$devices"
    CUDA_VISIBLE_DEVICES='' "$folder/sweep" devices
    ldd "$folder/sweep"
    echo '```'
    case $devices in
        *cuda:0*) ;;
        *) return 1 ;;
    esac
}

# Kernels compiled by the driver, and then from its cache.
load() {
    local cold
    echo '| loading | cold |'
    echo '| --- | --- |'
    "$folder/gpu_check" load
    cold=$?
    echo '| **in a second process** | **warm** |'
    "$folder/gpu_check" load && return "$cold"
}

correctness() {
    local result=0
    pieces correct 25 "$folder/emulation.safetensors" || result=1
    echo
    pieces golden 15 "$folder/golden" || result=1
    return $result
}

# The lab's sweep, whole. What it has is said even if it is stopped.
lab2() {
    local begin code more=()
    if [ "$GPU_CHECK_SMALL" = 1 ]; then
        more=(--set epochs=2 --set data.limit=12)
    fi
    begin=$(date +%s%N)
    timeout --kill-after=3 "$(seconds_left 8)" "$folder/sweep" run "$folder/lab2.toml" --data synthetic --device cuda --db "$work/lab2.db" \
        --assume-local --quiet "${more[@]}"
    code=$?
    echo '| lab2, wall clock from start to exit | exit code |'
    echo '| --- | --- |'
    echo "| $((($(date +%s%N) - begin) / 1000000)) ms | $code |"
    echo
    "$folder/sweep" sql "SELECT model, activation, device, count(*) AS epochs, max(epoch) AS last_epoch,
        round(1000 * avg(train_seconds), 3) AS train_ms, round(1000 * avg(evaluation_seconds), 3) AS evaluation_ms
        FROM epochs JOIN trials USING (job_id) GROUP BY 1, 2, 3" --db "$work/lab2.db" --assume-local --format markdown && return "$code"
}

# What the clocks were, before and after.
clocks() {
    echo
    nvidia-smi --query-gpu=name,driver_version,persistence_mode,clocks.sm,clocks.mem,clocks.max.sm,power.limit,temperature.gpu \
        --format=csv 2>&1 | sed 's/^/    /'
    echo
}

epochs() {
    local code
    clocks
    pieces epochs 40
    code=$?
    clocks
    return "$code"
}

# Memory accesses, barriers and races, as the device sees them. The tools' own words are kept whole.
sanitizer() {
    local program tool seconds code result=0
    program=$(command -v compute-sanitizer || command -v /usr/local/cuda/bin/compute-sanitizer) || {
        echo 'compute-sanitizer is not installed.'
        return
    }
    echo '| tool | exit code | last line |'
    echo '| --- | --- | --- |'
    # Races take longest to look for, and have what the others leave.
    for tool in memcheck synccheck racecheck; do
        seconds=$(seconds_left 3)
        if [ "$seconds" -lt 2 ]; then
            echo "| $tool | *the time was over* | |"
            result=1
            continue
        fi
        timeout --kill-after=2 "$seconds" "$program" --tool "$tool" --error-exitcode 1 "$folder/gpu_check" step >"$out/sanitizer-$tool.txt" 2>&1
        code=$?
        [ $code = 0 ] || result=1
        echo "| $tool | $code | $(tail -1 "$out/sanitizer-$tool.txt" | tr '|' ' ') |"
    done
    return $result
}

pytorch() {
    local python=${GPU_CHECK_PYTHON:-python3} more=()
    # Importing it takes long; this only looks.
    if ! "$python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)' 2>/dev/null; then
        echo 'There is no Python with torch.'
        return
    fi
    [ "$GPU_CHECK_SMALL" = 0 ] || more=(--small)
    # The last measurement begins then, and may have to compile.
    "$python" "$folder/pytorch_gpu.py" --seconds "$(seconds_left 40)" "${more[@]}"
}

# A folder for the database: the system's, or memory if that lies on another machine's disk.
work_folder() {
    case $(stat -f -c %T "${TMPDIR:-/tmp}" 2>/dev/null) in
        9p | v9fs | nfs* | fuse* | virtiofs) mktemp -d -p /dev/shm || mktemp -d ;;
        *) mktemp -d ;;
    esac
}

run() {
    folder=$(cd "$1" && pwd) || exit 2
    if [ "$GPU_CHECK_SMALL" = 1 ]; then
        [ -d "$folder/driver" ] || refuse "$folder was packed for a GPU; pack it with GPU_CHECK_SMALL=1 for the fake driver"
        export LD_LIBRARY_PATH=$folder/driver
    elif [ -d "$folder/driver" ]; then
        refuse "$folder was packed with GPU_CHECK_SMALL=1, for the fake driver; pack it without for a GPU"
    fi
    mkdir -p "$2" && out=$(cd "$2" && pwd) || exit 2
    # The way there may have taken the permissions.
    chmod +x "$folder/sweep" "$folder/gpu_check" 2>/dev/null
    # The emulation has no limit to keep, but must not hang for ever either.
    patience=1
    [ "$GPU_CHECK_SMALL" = 0 ] || patience=4
    deadline=$(($(date +%s) + ${GPU_CHECK_SECONDS:-$((470 * patience))}))
    failed=0 session=
    work=$(work_folder) || exit 2
    trap 'rm -rf "$work"' EXIT
    trap '[ -z "$session" ] || end_session "$session"; exit 130' INT TERM
    table=$out/table.md log=$out/log.txt
    : >"$log"
    # The driver keeps what it compiles here: empty for the first part that loads kernels, and there for all that follow.
    export CUDA_CACHE_PATH=$work/cache
    mkdir "$CUDA_CACHE_PATH"
    export folder work out patience
    export -f seconds_left pieces machine load correctness lab2 clocks epochs sanitizer pytorch
    cd "$work" || exit 2
    printf '## %s\n' "Measured on $(date -u +%Y-%m-%d)" >"$table"
    if [ "$GPU_CHECK_SMALL" = 1 ]; then
        printf '\n**On the fake driver, with small sizes: no time in here is that of a GPU.**\n' >>"$table"
    fi
    part 'Machine' 20 bash -c machine
    part 'Loading the kernels' 30 bash -c load
    part 'Correctness' 70 bash -c correctness
    part 'The same bits' 45 bash -c 'pieces bits 25'
    part 'lab2' 120 bash -c lab2
    part 'Epochs' 110 bash -c epochs
    part 'Longest kernels' 20 bash -c 'pieces kernels 8'
    part 'Ceilings' 20 "$folder/gpu_check" ceilings
    part 'PyTorch' 150 bash -c pytorch
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
