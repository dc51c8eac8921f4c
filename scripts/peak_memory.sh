#!/usr/bin/env bash
# Compares the memory that a training run would take, as --dry-run tells it, with what it takes.
set -euo pipefail

usage() {
  cat <<'MESSAGE'
usage: scripts/peak_memory.sh COMMAND [OPTION]...

COMMAND and OPTIONs are those of a training run (pretrain, adapt, tune, reward), which should end
after a few steps:

  scripts/peak_memory.sh adapt --set base=stories260K --set data.train=stories/train.jsonl.gz \
    --set data.validation=stories/valid.jsonl --set data.output=run/measured --set loop.steps=3

TESS2 in the environment is the program (build/release/tess2).
MESSAGE
}

if (($# < 1)); then
  usage >&2
  exit 2
fi
readonly tess2=${TESS2:-build/release/tess2}

# estimated_megabytes COMMAND [OPTION]...: from the last line of the parts, `  all  1,234 MB`.
estimated_megabytes() {
  "$tess2" "$@" -q --dry-run |
    awk '$1 == "all" { gsub(",", "", $2); print $2; found = 1 } END { exit !found }'
}

# peak_megabytes PROCESS: until the process ends.
peak_megabytes() {
  local peak=0 now
  while kill -0 "$1" 2>/dev/null; do
    now=$(awk '/^VmHWM/ { print $2 }' "/proc/$1/status" 2>/dev/null || true)
    if [[ -n $now ]]; then peak=$now; fi
    sleep 0.02
  done
  echo $((peak * 1024 / 1000000))
}

estimated=$(estimated_megabytes "$@")
"$tess2" "$@" -q >/dev/null &
readonly process=$!
measured=$(peak_megabytes "$process")
wait "$process"
awk -v e="$estimated" -v m="$measured" \
  'BEGIN { printf "estimated %d MB, measured %d MB (%+.1f %%)\n", e, m, 100 * (e - m) / m }'
