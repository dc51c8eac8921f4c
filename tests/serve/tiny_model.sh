#!/usr/bin/env bash
# Makes tiny models with the program itself, for tests that need one to serve: FOLDER/tuned, a
# diffusion model, and FOLDER/reward, a reward model for it. They have learned what letters there
# are and little else: what they say is noise, another with every prompt and seed.
set -euo pipefail

if (($# != 2)); then
  echo "usage: tests/serve/tiny_model.sh FOLDER TESS2" >&2
  exit 2
fi
readonly folder=$1 tess2=$2
readonly data=$folder/data

# train COMMAND DATA OUTPUT STEPS LENGTH [OPTION...]
train() {
  "$tess2" "$1" -q --seed 1 --set "loop.steps=$4" --set "length=$5" --set loop.batch_size=8 \
    --set loop.learning_rate.peak=5e-3 --set "data.train=$data/$2.train.jsonl" \
    --set "data.validation=$data/$2.validation.jsonl" --set "data.output=$folder/$3" "${@:6}"
}

mkdir -p "$folder"
"$tess2" synth "$data" -q --seed 1 --set stories=200 --set stories_held_out=4 \
  --set instructions=200 --set instructions_held_out=10 --set pairs=20 --set pairs_held_out=4 \
  --set 'tasks=[count, boolean]'
"$tess2" tokenizer "$folder/tokenizer" -q --set vocab_size=384 "$data/stories.train.jsonl" \
  "$data/instructions.train.jsonl"
train pretrain stories base 60 96 --set "tokenizer=$folder/tokenizer" --set model.hidden_size=32 \
  --set model.intermediate_size=64 --set model.layers=2 --set model.heads=2 \
  --set model.key_value_heads=1
train adapt stories adapted 100 96 --set "base=$folder/base"
train tune instructions tuned 1 96 --set "base=$folder/adapted"
train reward pairs reward 1 256 --set "base=$folder/base"
