#!/usr/bin/env bash
# First what the shipped model does, then the whole recipe at small scale: tokenizer, autoregressive
# base, adaptation, instruction tuning, reward model, guided and unguided answers. Builds first; safe
# to repeat; writes into demo/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly seed=1 folder=demo recipes=recipes/demo
readonly tess2=build/release/tess2
readonly questions=$folder/data/instructions.test.jsonl
readonly stories=$folder/stories/instructions.test.jsonl
readonly guidance_scale=20
readonly started=$SECONDS

usage() {
  cat <<'END'
usage: scripts/demo.sh [--shipped]

Installs what is missing, builds tess2 and lets the shipped model (models/tess2-tiny) answer; then
trains and runs an even smaller one from nothing, in about 10 minutes on two cores. Everything goes
into demo/, which is made anew.
  --shipped   only the shipped model, in seconds
END
}

# stage TITLE EXPECTED-TIME: says what comes.
stage() { printf '\n== %s (about %s)\n' "$1" "$2"; }

build() {
  stage "1/10 packages and build" "a minute; up to 12 on a fresh machine"
  scripts/setup.sh
  local options=(-DTESS2_BUILD_TESTS=OFF -DTESS2_BUILD_FUZZ=OFF)
  if [[ -f build/release/CMakeCache.txt ]]; then options=(); fi
  if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  cmake --preset release "${options[@]}" >/dev/null
  cmake --build --preset release --target tess2 --parallel "$(nproc)"
}

train() {
  local data=(--set "data.train=$folder/data/$2.train.jsonl"
    --set "data.validation=$folder/data/$2.validation.jsonl" --set "data.output=$folder/$3")
  "$tess2" "$1" -c "$recipes/$4.yaml" --seed "$seed" "${data[@]}" "${@:5}"
}

# One machine-readable line of an evaluation: accuracy, low, high, mean reward, seconds.
evaluate() { "$tess2" eval --seed "$seed" --summary "$@"; }

percent() { awk -F'\t' '{printf "%5.1f %%  (95 %%: %.1f to %.1f)", 100*$1, 100*$2, 100*$3}' <<<"$1"; }
reward_of() { awk -F'\t' '{printf "%+.2f", $4}' <<<"$1"; }

# show TITLE COMMAND [OPTION...]: one thing that the shipped model does, its command first.
show() {
  local word
  printf '\n-- %s\n$' "$1"
  for word in "$tess2" "${@:2}"; do
    if [[ $word == *[!a-zA-Z0-9_./=-]* ]]; then word=${word@Q}; fi
    printf ' %s' "$word"
  done
  printf '\n'
  "$tess2" "${@:2}"
}

show_shipped() {
  local model=models/tess2-tiny
  stage "2/10 the shipped model answers" "20 s"
  local story="Write a story with these words: Mia, boat and river"
  local holes="There was a little [[1]], and her name was Mia. She loved her red [[1]]. One day, the \
[[1]] fell on a stone and broke. She took it to Tom, who was by the [[1]]. Tom looked at the [[1]] and \
fixed it. Mia was very [[1]]."
  show "a story, denoised before your eyes" generate -m $model --seed 4 --live --prompt "$story"
  show "a sum with its steps" generate -m $model --seed 1 --prompt "What is 36 + 27?"
  show "words in order" generate -m $model --seed 1 --prompt "Sort the words: river apple moon boat"
  show "holes filled" infill -m $model --seed 2 --text "$holes"
}

# ask N [OPTION...]: the N-th held-out story instruction, denoised before your eyes.
ask() {
  local prompt
  prompt=$(sed -n "$1p" "$stories" | sed 's/.*"role":"user","content":"\([^"]*\)".*/\1/')
  printf '\n-- %s\n' "$prompt"
  "$tess2" generate -m "$folder/tuned" --prompt "$prompt" --seed "$seed" --live \
    --set steps=50 "${@:2}"
}

main() {
  local only_shipped=false
  case "${1-}" in
    '') ;;
    --shipped) only_shipped=true ;;
    -h | --help)
      usage
      return
      ;;
    *)
      echo "demo: unknown option $1 (expected --shipped or --help)" >&2
      exit 2
      ;;
  esac
  build
  show_shipped
  if $only_shipped; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"

  stage "3/10 make the data and a tokenizer: a simulated world, told and asked about" "10 s"
  "$tess2" synth "$folder/data" -c "$recipes/synth.yaml" --seed "$seed"
  "$tess2" synth "$folder/stories" -c "$recipes/synth.yaml" --seed "$((seed + 1))" \
    --set 'tasks=[story]' --set stories=10 --set instructions=10 --set pairs=10
  "$tess2" tokenizer "$folder/tokenizer" "$folder/data/stories.train.jsonl" \
    "$folder/data/instructions.train.jsonl" --set vocab_size=768

  stage "4/10 pretrain the autoregressive base on stories" "45 s"
  train pretrain stories base pretrain --set "tokenizer=$folder/tokenizer"

  stage "5/10 adapt it: from next-token prediction to simplex diffusion" "90 s"
  train adapt stories adapted adapt --set "base=$folder/base"

  stage "6/10 tune it on instructions" "4 minutes"
  train tune instructions tuned tune --set "base=$folder/adapted"

  stage "7/10 tune the autoregressive twin on the same instructions" "90 s"
  train tune instructions twin tune_autoregressive --set "base=$folder/base"

  stage "8/10 train a reward model that prefers happy endings" "45 s"
  train reward pairs reward reward --set "base=$folder/base"

  stage "9/10 answer held-out instructions: 50 denoising steps, then again guided by the reward" "20 s"
  ask 1
  ask 1 --reward-model "$folder/reward" --set guidance.scale=$guidance_scale
  ask 2

  stage "10/10 measure on held-out instructions" "90 s"
  local twin at5 at20 at100 plain guided
  twin=$(evaluate -m "$folder/twin" --ar --greedy --data "$questions" --set limit=200)
  at5=$(evaluate -m "$folder/tuned" --data "$questions" --set limit=200 --set steps=5)
  at20=$(evaluate -m "$folder/tuned" --data "$questions" --set limit=200 --set steps=20)
  at100=$(evaluate -m "$folder/tuned" --data "$questions" --set limit=200 --set steps=100)
  local story=(-m "$folder/tuned" --data "$stories" --reward-model "$folder/reward"
    --set limit=64 --set steps=50)
  plain=$(evaluate "${story[@]}")
  guided=$(evaluate "${story[@]}" --set guidance.scale=$guidance_scale)

  cat <<END

held-out instructions (200)             answered right
  autoregressive twin                  $(percent "$twin")
  diffusion, 5 steps                   $(percent "$at5")
  diffusion, 20 steps                  $(percent "$at20")
  diffusion, 100 steps                 $(percent "$at100")

held-out story instructions (64)        mean reward    words used
  diffusion, 50 steps                   $(reward_of "$plain")          $(percent "$plain")
  the same, guided                      $(reward_of "$guided")          $(percent "$guided")

The models are in $folder/: try
  $tess2 generate -m $folder/tuned --prompt "Is 'not false and true' true or false?"
  $tess2 infill -m $folder/adapted --text "Once there was a girl named [[1]]. She had a red [[1]]."
  $tess2 chat -m $folder/tuned
  $tess2 serve -m $folder/tuned --reward-model $folder/reward     # then open http://127.0.0.1:8080
Done in $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s.
END
}

main "$@"
