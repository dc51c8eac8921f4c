#!/usr/bin/env bash
# Kills training runs at random instants and goes on with them: each must end with the bits of one
# that was never stopped, and have told every step once. Every third round kills during a save. Of
# several ranks one is killed; the others must end by themselves and say which it was.
set -euo pipefail

usage() {
  cat <<'END'
usage: tests/kill_resume.sh ROUNDS [TESS2] [SEED] [RANKS]

Each of the ROUNDS starts a small adaptation anew, kills it (SIGKILL) at a random instant, goes on
with it on another number of threads, and compares what it ends with. TESS2 is the program
(build/release/tess2), SEED that of the instants (the time of day), RANKS the processes of a run (1).
END
}

if (($# < 1)) || [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
  usage >&2
  exit 2
fi
readonly rounds=$1 tess2=$(realpath "${2:-build/release/tess2}") seed=${3:-$(date +%s)} ranks=${4:-1}
readonly limit=120 # seconds that one part of a run may take
readonly steps=60
folder=$(mktemp -d)
readonly folder
trap 'rm -rf "$folder"' EXIT
RANDOM=$seed

# fail WORD...: says what is wrong and leaves the folder for whoever looks into it.
fail() {
  trap - EXIT
  echo "kill_resume: FAILED: $* (seed $seed, files in $folder)" >&2
  exit 1
}

make_base() {
  local data=$folder/data
  "$tess2" synth "$data" -q --seed 1 --set stories=200 --set stories_held_out=20 \
    --set instructions=10 --set instructions_held_out=4 --set pairs=10 --set pairs_held_out=4
  "$tess2" tokenizer "$folder/tokenizer" -q --set vocab_size=384 "$data/stories.train.jsonl"
  "$tess2" pretrain -q --seed 1 --set "tokenizer=$folder/tokenizer" --set length=64 \
    --set loop.steps=2 --set model.hidden_size=64 --set model.intermediate_size=128 \
    --set model.layers=2 --set model.heads=2 --set model.key_value_heads=1 \
    --set "data.train=$data/stories.train.jsonl" \
    --set "data.validation=$data/stories.validation.jsonl" --set "data.output=$folder/base"
}

# adapt OUTPUT THREADS [WORD...]: in place of this shell, one rank of a run whose data are read in
# blocks, and that saves and validates often. The words go before the program.
adapt() {
  exec "${@:3}" "$tess2" adapt -q --seed 1 --threads "$2" \
    --set "base=$folder/base" --set length=64 --set loop.batch_size=4 --set "loop.steps=$steps" \
    --set "loop.accumulation=$ranks" --set loop.zero=2 --set loop.rank_timeout_seconds=20 \
    --set loop.save_every=5 --set loop.validate_every=9 --set validation_rows=4 \
    --set 'diffusion.validation_timesteps=[1000, 3000]' --set data.shuffle_buffer=32 \
    --set "data.train=$folder/data/stories.train.jsonl" \
    --set "data.validation=$folder/data/stories.validation.jsonl" --set "data.output=$1"
}

# microseconds since the beginning of time.
now() { echo "${EPOCHREALTIME/[.,]/}"; }

# start OUTPUT THREADS [WORD...]: all ranks in the background; their process ids are in `pids`, what
# they say in rank-*.log.
start() {
  local rank port=$((20000 + RANDOM % 12000))
  pids=()
  for ((rank = 0; rank < ranks; ++rank)); do
    RANK=$rank WORLD_SIZE=$ranks MASTER_ADDR=127.0.0.1 MASTER_PORT=$port adapt "$@" \
      >"$folder/rank-$rank.log" 2>&1 &
    pids+=($!)
  done
}

# adapt_to_the_end OUTPUT THREADS
adapt_to_the_end() {
  local pid
  start "$@" timeout --signal=KILL "$limit"
  for pid in "${pids[@]}"; do wait "$pid" || return 1; done
}

# wait_for_save OUTPUT PID: until a checkpoint is being written, or the run is over.
wait_for_save() {
  local end=$((SECONDS + limit))
  while ((SECONDS < end)) && kill -0 "$2" 2>/dev/null; do
    compgen -G "$1/checkpoints/.step-*.part" >/dev/null && return
  done
}

# kill_run OUTPUT HOW: kills a random rank; `save` kills while the save after a random one is written.
kill_run() {
  local delay=$((RANDOM * RANDOM % whole_time))
  victim=$((RANDOM % ranks))
  sleep "$((delay / 1000000)).$(printf '%06d' $((delay % 1000000)))"
  if [[ $2 == save ]]; then wait_for_save "$1" "${pids[0]}"; fi
  kill -KILL "${pids[$victim]}" 2>/dev/null || true
  wait "${pids[$victim]}" 2>/dev/null || true
}

# check_others OUTPUT: the ranks that were not killed end, and say why unless the run was over.
check_others() {
  local rank end=$((SECONDS + limit))
  for ((rank = 0; rank < ranks; ++rank)); do
    if ((rank == victim)); then continue; fi
    while ((SECONDS < end)) && kill -0 "${pids[$rank]}" 2>/dev/null; do sleep 0.1; done
    if kill -KILL "${pids[$rank]}" 2>/dev/null; then fail "rank $rank does not end"; fi
    if wait "${pids[$rank]}"; then
      [[ -e $1/config.json ]] || fail "rank $rank ended well without rank $victim"
      continue
    fi
    grep -Eq "rank $victim (has died|has not joined|was not reached)" "$folder/rank-$rank.log" ||
      fail "rank $rank does not name rank $victim: $(tail -n 1 "$folder/rank-$rank.log")"
  done
}

steps_told() { sed -n 's/^{"step":\([0-9]*\),"loss".*/\1/p' "$1/metrics.jsonl"; }

# check_end OUTPUT: the same bits, every step once, nothing half-written.
check_end() {
  cmp -s "$1/model.safetensors" "$folder/whole/model.safetensors" || fail "other weights in $1"
  local last=checkpoints/step-000000$steps/optimizer.safetensors
  cmp -s "$1/$last" "$folder/whole/$last" || fail "other moments in $1"
  [[ $(steps_told "$1") == "$(seq "$steps")" ]] || fail "steps missing or twice in $1/metrics.jsonl"
  [[ -z $(find "$1" -name '*.part') ]] || fail "something half-written in $1"
}

# round NUMBER: one run that is killed and gone on with.
round() {
  local output=$folder/run how=anywhere
  if (($1 % 3 == 0)); then how=save; fi
  rm -rf "$output"
  start "$output" 1
  kill_run "$output" "$how"
  if compgen -G "$output/checkpoints/.step-*.part" >/dev/null; then in_save=$((in_save + 1)); fi
  check_others "$output"
  if [[ -e $output/config.json ]]; then ended=$((ended + 1)); fi
  if ! compgen -G "$output/checkpoints/step-*" >/dev/null; then unsaved=$((unsaved + 1)); fi
  adapt_to_the_end "$output" 2 || fail "round $1: the run does not go on"
  check_end "$output"
}

make_base >/dev/null
started=$(now)
adapt_to_the_end "$folder/whole" 1 || fail "the run that is not stopped"
readonly whole_time=$(($(now) - started))
[[ $(steps_told "$folder/whole") == "$(seq "$steps")" ]] || fail "the run that is not stopped"
ended=0 in_save=0 unsaved=0
for ((i = 1; i <= rounds; ++i)); do round "$i"; done
# Of several ranks it may be another one that is killed than the one that writes.
if ((rounds >= 3 && ranks == 1 && in_save == 0)); then fail "no kill met a save"; fi
of=""
if ((ranks > 1)); then of=" of one of $ranks ranks"; fi
echo "kill_resume: $rounds kills$of ($in_save during a save, $unsaved before the first checkpoint," \
  "$ended after the end), $rounds resumed with the same bits (seed $seed)"
