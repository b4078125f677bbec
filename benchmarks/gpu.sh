#!/usr/bin/env bash
# Everything that this project says of GPUs, measured on one GPU in at most 8 minutes.
#
#   OUT=folder benchmarks/gpu.sh      JSON files, a table and a plot go to OUT
#   DRY=1 benchmarks/gpu.sh           the same on the CPU, tiny: does it run at all?
#
# Needs python3 with ganlib's dependencies; ganlib itself is taken from this tree. A part that fails
# leaves the others alone, and the exit status tells of it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
OUT=${OUT:-benchmarks/results}
PYTHON=${PYTHON:-python3}
export PYTHONPATH=.
mkdir -p "$OUT"
status=0

part() { # SECONDS NAME COMMAND...: at most that long
    local limit=$1 name=$2
    shift 2
    echo "== $name"
    local start=$SECONDS
    timeout "$limit" "$PYTHON" "$@" >"$OUT/$name.log" 2>&1 || {
        echo "failed: $name ($?)"
        status=1
    }
    tail -n 25 "$OUT/$name.log" | cut -c -600
    echo "== $name took $((SECONDS - start)) s"
}

if [ -n "${DRY:-}" ]; then
    tiny=(--device cpu --size 16 --width 8)
    core=("${tiny[@]}" --windows 2 --seconds 0.01 --pictures 8)
    small=4 large=8 rest=("${tiny[@]}" --batch 4 --steps 4) draw=(--size 16 --n 32)
else
    core=(--device cuda --seconds 1 --windows 7 --pictures 8192)
    small=64 large=512 rest=(--device cuda) draw=(--device cuda --n 512)
fi

part 75 gpu_parity -m benchmarks parity "${rest[@]}" --json "$OUT/gpu_parity.json"
part 130 "gpu_batch$small" -m benchmarks core "${core[@]}" --batch $small --json "$OUT/gpu_batch$small.json"
part 150 "gpu_batch$large" -m benchmarks core "${core[@]}" --batch $large --json "$OUT/gpu_batch$large.json"
part 40 gpu_render -m benchmarks render "${draw[@]}" --json "$OUT/gpu_render.json"
part 60 gpu_profile -m benchmarks profile "${rest[@]}" --json "$OUT/gpu_profile.json"
part 20 report -m benchmarks report --folder "$OUT"
exit $status
