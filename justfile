# What one does in this repository; `just --list` is the table of contents.

# List the recipes
default:
    @just --list

# The gate: formatting, lints, all tests, dependency audit
check: format-check lint test audit

# Put the code in its form
format:
    cargo fmt --all

# Fail where the code is not in its form
format-check:
    cargo fmt --all -- --check

# Clippy with warnings denied
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# All tests
test:
    cargo test --workspace

# Licences, sources, and advisories where their data base can be fetched
audit:
    cargo deny --log-level error check bans licenses sources
    @if cargo deny --log-level error fetch db >/dev/null 2>&1; then \
        cargo deny --log-level error check advisories; \
    else \
        echo "audit: the advisory data base cannot be reached; advisories were NOT checked"; \
    fi

# Compile the CUDA kernels to the PTX that is committed beside them; installs NVRTC's Python wheel in target/nvrtc
ptx *files:
    scripts/ptx.py {{files}}

# Train the six networks on the built-in data and print their table
quickstart:
    cargo run --release -- run sweeps/quickstart.toml --report

# Compare with PyTorch on this machine's CPU (bench/README.md); PYTHON names a Python that has it
bench *options:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    python=$(bench/python.sh torch,numpy requirements.txt)
    exec "$python" bench/compare.py {{options}}

# What a job costs beside its training, here and in Optuna, MLflow and Ray Tune
bench-orchestration *options:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release
    python=$(bench/python.sh optuna,mlflow,ray requirements-orchestration.txt)
    exec "$python" bench/orchestration.py {{options}}

# What a checkpoint costs beside the training
bench-checkpoints *options:
    cargo build --release
    bench/checkpoints.py target/release/sweep {{options}}

# How fast the web pages are on 10,000 jobs of 100 epochs
bench-pages *options:
    cargo build --release
    cargo run --release -p sweep-store --example queries -- target/bench/queries
    bench/pages.py target/release/sweep target/bench/queries/queries-10000.db {{options}}

# Kill sweeps at random instants until they are finished, alone, three at once, with a failing disk and with power cuts; compare with one that was left alone
torture rounds="200" *options:
    cargo build --release
    scripts/torture.py target/release/sweep --rounds {{rounds}} {{options}}
    scripts/torture.py target/release/sweep --rounds {{rounds}} --programs 3 {{options}}
    scripts/torture.py target/release/sweep --rounds {{rounds}} --faults {{options}}
    scripts/torture.py target/release/sweep --rounds {{rounds}} --power-cuts {{options}}

# Break the guarantees of docs/guarantees.md on purpose and see their tests fail: all, those with these numbers, or a few (`--short`)
break-guarantees *numbers:
    scripts/break-guarantees.py {{numbers}}

# Accept new snapshots after reading them
snapshots:
    cargo insta review

# Make the golden numbers anew; needs a Python with torch, numpy, safetensors and braindecode 1.8.1
golden python="python3":
    {{python}} crates/sweep-models/tests/golden/make_golden.py
    {{python}} crates/sweep-models/tests/golden/make_shallow.py
    {{python}} crates/sweep-models/tests/golden/make_branches.py
    {{python}} crates/sweep-composed/tests/golden/make_layers.py

# Make the golden statistics anew; needs a Python with what the script names
golden-statistics python="python3":
    {{python}} crates/sweep-report/tests/golden/make_statistics.py

# Feed a fuzz target with bad input (docs/fuzzing.md): sweep_file, data_archive, weights, checkpoint, worker_message, sql or filter
fuzz target seconds="60":
    #!/usr/bin/env bash
    set -euo pipefail
    features=()
    case {{target}} in weights | checkpoint | worker_message) features=(--features networks) ;; esac
    dictionary=()
    if [ -f fuzz/dictionaries/{{target}} ]; then dictionary=(-dict=fuzz/dictionaries/{{target}}); fi
    mkdir -p fuzz/corpus/{{target}}
    cargo +nightly fuzz run "${features[@]}" {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- \
        -max_total_time={{seconds}} -max_len=4096 -timeout=25 -rss_limit_mb=2048 -malloc_limit_mb=1024 "${dictionary[@]}"
