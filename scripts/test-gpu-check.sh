#!/usr/bin/env bash
# Tests gpu-check.sh: as a whole on the fake driver, and with programs that fail, hang and leave others running.
#
#   scripts/test-gpu-check.sh PROGRAMS    a folder with sweep and examples/gpu_check, as target/debug
set -euo pipefail
[ $# = 1 ] || {
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
programs=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GPU_CHECK_PYTHON=$work/no-python

fail() {
    echo "gpu-check.sh: $1" >&2
    sed 's/^/    /' "${@:2}" >&2
    exit 1
}
# run FOLDER OUT: the exit code of `run`.
run() {
    local code=0
    bash "$1/gpu-check.sh" run "$1" "$2" >"$work/said.txt" 2>&1 || code=$?
    echo "$code"
}
# has FILE TEXT
has() {
    grep -qF -- "$2" "$1" || fail "'$2' is not in $1:" "$1"
}

# The whole on the fake driver.
GPU_CHECK_BUILT=$programs GPU_CHECK_SMALL=1 scripts/gpu-check.sh pack "$work/small" >"$work/said.txt" 2>&1 || fail 'pack failed:' "$work/said.txt"
code=$(GPU_CHECK_SMALL=1 run "$work/small" "$work/out")
[ "$code" = 0 ] || fail "exit code $code on the fake driver:" "$work/out/table.md" "$work/out/log.txt"
has "$work/out/table.md" 'On the fake driver'
has "$work/out/table.md" '| DeepConvNet with other settings | 207 | 207 | 0.0e0 | none |'
has "$work/out/table.md" '| eegnet, 6 in reverse order | 6 | 6 |'
has "$work/out/table.md" '| deepconvnet | elu | cuda:0 | 2 | 2 |'

# What computes must be what the folder was packed for.
code=$(GPU_CHECK_SMALL=0 run "$work/small" "$work/out")
[ "$code" = 2 ] || fail "exit code $code if a fake driver is in a folder for a GPU"

# A kernel that fails is named, in the table and in the log.
LD_LIBRARY_PATH=$work/small/driver FAKE_CUDA_LOST_AFTER=30 GPU_CHECK_SMALL=1 "$work/small/gpu_check" correct 0 "$work/small/emulation.safetensors" \
    >"$work/table.md" 2>"$work/log.txt" && fail 'a lost device is no failure:' "$work/table.md"
grep -q '^| EEGNet with other settings | failed: [a-z_0-9]*, launch [0-9]* of [0-9]*: the GPU failed: ' "$work/table.md" \
    || fail 'the kernel is not named:' "$work/table.md" "$work/log.txt"

# Programs that do as the variable BROKEN says.
stub=$work/stub
mkdir "$stub" "$work/bin"
cp scripts/gpu-check.sh "$stub/"
touch "$stub/commit.txt" "$stub/lab2.toml"
cat >"$stub/gpu_check" <<'STUB'
#!/usr/bin/env bash
case "$BROKEN $1 $2" in
    *' count '*) echo 3 ;;
    'yes correct 1') kill -SEGV $$ ;;
    *) echo "| $1 $2 |" ;;
esac
STUB
cat >"$stub/sweep" <<'STUB'
#!/usr/bin/env bash
case "$BROKEN $1" in
    *' devices') echo 'cuda:0' ;;
    *' sql') echo '| what lab2 has |' ;;
    'yes run')
        # A worker in a group of its own, which waits for a GPU that hangs.
        set -m
        trap '' TERM
        sleep 300 >/dev/null 2>&1 &
        echo $! >"$WORKER"
        exit 3
        ;;
esac
STUB
cat >"$work/bin/compute-sanitizer" <<'STUB'
#!/usr/bin/env bash
[ "$BROKEN $2" = 'yes racecheck' ] || exit 0
echo 'hazard in kernel tail_sums'
for line in 1 2 3 4 5; do echo "more $line"; done
exit 1
STUB
chmod +x "$work/bin/compute-sanitizer" "$stub/sweep"
export GPU_CHECK_SMALL=0 WORKER=$work/worker PATH=$work/bin:$PATH

code=$(BROKEN=no run "$stub" "$work/well")
[ "$code" = 0 ] || fail "exit code $code if all is well:" "$work/well/table.md" "$work/well/log.txt"

code=$(BROKEN=yes run "$stub" "$work/ill")
[ "$code" = 1 ] || fail "exit code $code if much fails:" "$work/ill/table.md" "$work/ill/log.txt"
for text in '| **exit code 139** |' '| correct 2 |' '| what lab2 has |' '| bits 2 |' '| racecheck | 1 | more 5 |'; do
    has "$work/ill/table.md" "$text"
done
for text in '== Correctness: exit code 1' '== The same bits: exit code 0' '== lab2: exit code 3' '== compute-sanitizer: exit code 1'; do
    has "$work/ill/log.txt" "$text"
done
has "$work/ill/sanitizer-racecheck.txt" 'hazard in kernel tail_sums'
has "$work/ill/log.txt" "== left running and killed: $(cat "$WORKER")"
# A process that ended and that nobody waits for is a zombie, Z.
! grep -q ') [^Z] ' "/proc/$(cat "$WORKER")/stat" 2>/dev/null || fail 'what lab2 left is still running'

code=$(BROKEN=no GPU_CHECK_SECONDS=0 run "$stub" "$work/late")
[ "$code" = 1 ] || fail "exit code $code if the time is over:" "$work/late/table.md"
has "$work/late/table.md" 'Not run: the time was over.'

code=$(GPU_CHECK_SMALL=1 run "$stub" "$work/late")
[ "$code" = 2 ] || fail "exit code $code if there is no fake driver"
echo 'gpu-check.sh does what it must'
