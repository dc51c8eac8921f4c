#!/usr/bin/env bash
# The shipped model, its autoregressive twin and its reward model, from nothing: data, tokenizer,
# base, adaptation, instruction tuning in twelve parts, twin, reward, scores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly recipes=recipes/tiny seed=1
readonly tess2=${TESS2:-build/release/tess2}
readonly symbols='symbols=["<|user|>", "<|assistant|>"]'
work=build/tiny models=models options=()

usage() {
  cat <<'END'
usage: recipes/tiny/build.sh [--work DIR] [--models DIR] [--set KEY=VALUE]...

Makes the data, trains everything in order, in two processes of one thread each, and writes
MODELS/tess2-tiny, MODELS/tess2-tiny-base, MODELS/tess2-tiny-ar and MODELS/tess2-tiny-reward.
Everything before that goes into the work folder (build/tiny), about 1 GB. Stopped at any moment, the
same command goes on. --set is handed to every training run; for a trial of
minutes: --set loop.steps=4 --set loop.learning_rate.warmup_steps=0
END
}

parse() {
  while (($# > 0)); do
    case "$1" in
      -h | --help)
        usage
        exit 0
        ;;
      --work | --models | --set)
        [[ $# -ge 2 ]] || fail "$1: expected a value, found nothing"
        case "$1" in
          --work) work=$2 ;;
          --models) models=$2 ;;
          --set) options+=(--set "$2") ;;
        esac
        shift 2
        ;;
      *) fail "unknown option $1 (expected --help)" ;;
    esac
  done
}

fail() {
  echo "build: $1" >&2
  exit 2
}

stage() { printf '\n== %s  (%s)\n' "$1" "$(date +%H:%M)"; }

# synth FOLDER RECIPE [OPTION]...: one kind of data, unless it is there.
synth() {
  [[ -d $work/data/$1 ]] && return
  rm -rf "$work/data/$1.part"
  "$tess2" synth "$work/data/$1.part" -c "$recipes/$2.yaml" --seed "$seed" "${@:3}"
  mv "$work/data/$1.part" "$work/data/$1"
}

# How often one word stands among others, from many counting problems: by the wordings of
# src/data/synth/counting.cc.
make_among() {
  [[ -d $work/data/among ]] && return
  local asked='How many times is|Count the word |How often do you see' split
  synth counts synth_count --set instructions=800000 --set instructions_held_out=300
  rm -rf "$work/data/among.part"
  mkdir "$work/data/among.part"
  for split in train validation; do
    grep -E "$asked" "$work/data/counts/instructions.$split.jsonl" \
      >"$work/data/among.part/instructions.$split.jsonl"
  done
  mv "$work/data/among.part" "$work/data/among"
}

make_data() {
  stage "data"
  synth stories synth
  synth words synth_words
  synth count synth_count
  make_among
  synth sort synth_sort
  synth steps synth_steps
  synth facts synth_facts
  for split in validation test; do
    cat "$work"/data/{words,steps,facts,stories}/instructions.$split.jsonl \
      >"$work/data/instructions.$split.jsonl"
  done
}

make_tokenizer() {
  [[ -d $work/tokenizer ]] && return
  stage "tokenizer"
  rm -rf "$work/tokenizer.part" "$work/tokenizer.texts"
  mkdir "$work/tokenizer.texts"
  local file
  for file in "$work"/data/{words,steps,facts,stories}/{stories,instructions}.train.jsonl; do
    head -n 20000 "$file" >"$work/tokenizer.texts/$(basename "$(dirname "$file")")-${file##*/}"
  done
  "$tess2" tokenizer "$work/tokenizer.part" "$work/tokenizer.texts" \
    --set vocab_size=1248 --set "$symbols"
  mv "$work/tokenizer.part" "$work/tokenizer"
}

# mixture [WEIGHT NAME]...: the settings for that mixture. A name is a folder of instructions;
# `plain` are the stories themselves.
mixture() {
  local files=() weights=() name
  while (($# > 0)); do
    name=$2/instructions.train
    [[ $2 == plain ]] && name=stories/stories.train
    files+=("\"$work/data/$name.jsonl\"")
    weights+=("$1")
    shift 2
  done
  local IFS=,
  mixed=(--set "data.train=[${files[*]}]" --set "data.weights=[${weights[*]}]")
}

# train COMMAND RECIPE BASE OUTPUT VALIDATION [OPTION]...: one run with the last mixture, unless it
# has ended.
train() {
  [[ -f $work/$4/config.json ]] && return
  stage "$4: tess2 $1 -c $recipes/$2.yaml"
  local from=(--set "base=$work/$3")
  [[ $3 == tokenizer ]] && from=(--set "tokenizer=$work/$3")
  "$tess2" launch 2 "$1" -c "$recipes/$2.yaml" --seed "$seed" --threads 1 "${from[@]}" "${mixed[@]}" \
    --set "data.validation=$work/data/$5.jsonl" --set "data.output=$work/$4" "${@:6}" "${options[@]}"
}

train_all() {
  mixture 0.20 words 0.35 steps 0.20 facts 0.10 stories 0.15 plain
  train pretrain pretrain tokenizer base instructions.validation
  mixture 0.15 words 0.20 steps 0.10 facts 0.15 stories 0.40 plain
  train adapt adapt base adapted stories/stories.validation
  mixture 0.30 words 0.45 steps 0.25 facts
  train tune tune_short adapted tuned-short steps/instructions.validation
  mixture 1 words
  train tune tune_words tuned-short tuned-words words/instructions.validation
  mixture 0.08 words 0.12 count 0.68 steps 0.12 facts
  train tune tune_steps tuned-words tuned-steps steps/instructions.validation
  mixture 0.12 words 0.10 sort 0.12 count 0.36 steps 0.06 facts 0.14 stories 0.10 plain
  train tune tune tuned-steps tuned-mixed instructions.validation
  mixture 0.06 words 0.08 sort 0.10 count 0.27 steps 0.05 facts 0.28 stories 0.16 plain
  train tune tune tuned-mixed tuned-stories instructions.validation
  mixture 0.10 words 0.10 sort 0.80 count
  train tune tune_count tuned-stories tuned-count words/instructions.validation
  mixture 0.06 words 0.06 sort 0.22 count 0.30 steps 0.06 facts 0.20 stories 0.10 plain
  train tune tune tuned-count tuned-again instructions.validation --set loop.steps=3000
  mixture 0.05 words 0.05 sort 0.10 count 0.20 steps 0.05 facts 0.40 stories 0.15 plain
  train tune tune_long tuned-again tuned-long instructions.validation
  mixture 0.16 words 0.08 sort 0.16 count 0.28 steps 0.06 facts 0.20 stories 0.06 plain
  train tune tune_last tuned-long tuned-all instructions.validation
  mixture 1 among
  train tune tune_among tuned-all tuned-among among/instructions.validation
  mixture 0.10 words 0.06 sort 0.10 count 0.10 among 0.24 steps 0.06 facts 0.26 stories 0.08 plain
  train tune tune_last tuned-among tuned-counting instructions.validation
  mixture 0.08 words 0.06 sort 0.06 count 0.08 among 0.22 steps 0.04 facts 0.38 stories 0.08 plain
  train tune tune_last tuned-counting tuned-last instructions.validation
  mixture 0.15 words 0.30 steps 0.15 facts 0.25 stories 0.15 plain
  train tune tune_autoregressive base twin instructions.validation
  mixed=(--set "data.train=$work/data/stories/pairs.train.jsonl")
  train reward reward base reward stories/pairs.validation
}

# ship OUTPUT NAME: the finished model, without the records of its run.
ship() {
  mkdir -p "$models/$2"
  local file
  for file in config.json model.safetensors recipe.yaml added_tokens.json tokenizer.model \
    tokenizer_config.json; do
    if [[ -f $work/$1/$file ]]; then cp "$work/$1/$file" "$models/$2/"; fi
  done
}

main() {
  parse "$@"
  mkdir -p "$work/data"
  make_data
  make_tokenizer
  train_all
  ship base tess2-tiny-base
  ship tuned-last tess2-tiny
  ship twin tess2-tiny-ar
  ship reward tess2-tiny-reward
  stage "answers to held-out instructions"
  "$tess2" eval -m "$models/tess2-tiny" --data "$work/data/instructions.test.jsonl" --seed "$seed"
}

main "$@"
