#!/usr/bin/env bash
# Makes a database with a job in every state: make.sh SWEEP RESULTS.DB
#
# SWEEP is the program of the version whose database is wanted: for version_N.db that of the last commit before
# migration N + 1. It is killed in the middle of a training, so
# that one job stays running and one waits.
set -euo pipefail
program=$(realpath "$1")
results=$(realpath -m "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# Databases record how the program was called: by its name, not by where it lies here.
mkdir bin
ln -s "$program" bin/sweep
PATH=$folder/bin:$PATH

file() { # NAME DATA AXES
    printf 'name = "%s"\n[data]\nset = "synthetic"\nlimit = 40\n%s\n[grid]\nmodel = "eegnet"\nbatch_size = 20\n%s\n' "$@" >"$1.toml"
}
file finished '' $'activation = ["relu", "elu"]\nepochs = [1, 3]\nseed = 0'
file validated 'validation = 0.25' $'activation = "relu"\nepochs = 2\nseed = 1'
file diverged '' $'activation = "relu"\nepochs = 5\nseed = 0\nlearning_rate = 1e30'
file failed '' $'activation = "leaky_relu"\nepochs = 1000000\nseed = 0'
file killed '' $'activation = "relu"\nepochs = 1000000\nseed = [2, 3]'

run() { sweep run "$1.toml" --db results.db --workers 1; }
running() {
    until [ "$(sqlite3 "file:results.db?mode=ro" "SELECT count(*) FROM trials JOIN sweep_jobs USING (job_id) WHERE sweep = '$1' AND epochs_finished > 1" 2>/dev/null)" = 1 ]; do
        sleep 0.02
    done
}
run finished
run validated
run diverged || true
# Up to version 2 there was no second try, and no such option.
sweep run failed.toml --db results.db --workers 1 --retries 0 &
running failed
kill -KILL "$(pgrep -P $!)"
wait $! || true
sweep run killed.toml --db results.db --workers 1 &
running killed
kill -KILL $!
wait $! || true
sleep 1
sqlite3 results.db 'PRAGMA wal_checkpoint(TRUNCATE); VACUUM;' >/dev/null
rm -f results.db-wal results.db-shm
mv results.db "$results"
