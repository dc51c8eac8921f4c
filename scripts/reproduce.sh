#!/usr/bin/env bash
# The paper's claims at small scale: trains every arm of docs/results.md with several seeds, measures
# them, and writes that document's tables and plots.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly recipes=recipes/claims base=models/tess2-tiny-base twin=models/tess2-tiny-ar
readonly tess2=${TESS2:-build/release/tess2}
readonly problems=instructions.train.jsonl stories=stories.train.jsonl
readonly limit=40 # records of each family
readonly few=2000 # instructions, where they are few
readonly by_steps=steps=1,2,5,10,25,50,100,250 block_steps=steps=10,25,50,100,250
readonly left_to_right=(--set objective=autoregressive)
readonly parts=(shift bidirectional conditioning ul2)
work=build/claims results=docs/results seeds="1 2 3" jobs=$(nproc) scale=100 job=()

usage() {
  cat <<'END'
usage: scripts/reproduce.sh [--work DIR] [--seeds "1 2 3"] [--jobs N] [--scale PERCENT] [--results DIR]

Trains some 40 models of a million weights from models/tess2-tiny-base and measures them: hours on
two cores. What docs/results holds already is not measured again; --results with a new folder does
all of it. Stopped at any moment, the same command goes on. Writes the tables of docs/results.md and
docs/images/results-*.svg.
  --work DIR       models, data and records (build/claims), about 3 GB
  --results DIR    the measured scores, a file an arm and seed (docs/results)
  --seeds LIST     seeds of every arm ("1 2 3")
  --jobs N         runs at a time, each on one thread (one a core)
  --scale PERCENT  of the training steps and of the records, for a trial (100): give it --work and
                   --results of its own; the document is left as it is
END
}

fail() {
  echo "reproduce: $1" >&2
  exit 2
}

parse() {
  while (($# > 0)); do
    case "$1" in
      -h | --help)
        usage
        exit 0
        ;;
      --job) # one thing to measure: how this script starts itself
        job=("$2")
        shift 2
        ;;
      --work | --results | --seeds | --jobs | --scale)
        [[ $# -ge 2 ]] || fail "$1: expected a value, found nothing"
        declare -g "${1#--}=$2"
        shift 2
        ;;
      *) fail "unknown option $1 (expected --help)" ;;
    esac
  done
  [[ $scale =~ ^[1-9][0-9]*$ ]] || fail "--scale: expected a whole number from 1 on, found $scale"
}

# scaled N: N at the scale that was asked for.
scaled() { echo $((($1 * scale + 99) / 100)); }

# value RECIPE KEY: a whole number of a recipe.
value() { sed -n "s/^ *$2: //p" "recipes/$1.yaml"; }

# The steps of diffusion that cost what the base did. Every second of them predicts twice, so that a
# token of the base costs 6/7 of one of diffusion.
base_in_steps() {
  local pretrain=tiny/pretrain adapt=claims/adapt
  echo $(($(value $pretrain steps) * $(value $pretrain batch_size) * $(value $pretrain accumulation) \
    * $(value $pretrain length) * 6 / 7 / ($(value $adapt batch_size) * $(value $adapt length))))
}

# synth NAME [OPTION]...: a kind of data, unless it is there.
synth() {
  [[ -d $work/$1 ]] && return
  rm -rf "$work/$1.part"
  "$tess2" synth -q "$work/$1.part" "${@:2}" >/dev/null
  mv "$work/$1.part" "$work/$1"
}

make_data() {
  synth basic -c $recipes/synth.yaml --seed 1
  few_of_basic
  synth planning -c $recipes/synth_planning.yaml --seed 1
  synth story_prompts --seed 11 --set 'tasks=[story]' --set stories=1 --set stories_held_out=0 \
    --set instructions=1000 --set instructions_held_out=200 --set pairs=1 --set pairs_held_out=0
}

# few_of_basic: the first of the problems, as data of their own.
few_of_basic() {
  [[ -d $work/few ]] && return
  rm -rf "$work/few.part"
  mkdir "$work/few.part"
  head -n "$few" "$work/basic/$problems" >"$work/few.part/$problems"
  cp "$work/basic/instructions.validation.jsonl" "$work/few.part"
  mv "$work/few.part" "$work/few"
}

# sources DATA: the files to train from: a `mixture` of stories and problems, `basic`, `few` of these
# or `planning`.
sources() {
  if [[ $1 == mixture ]]; then
    from=(--set "data.train=[\"$work/basic/$stories\",\"$work/basic/$problems\"]"
      --set "data.weights=[0.4,0.6]" --set "data.validation=$work/basic/stories.validation.jsonl")
  else
    from=(--set "data.train=$work/$1/$problems"
      --set "data.validation=$work/$1/instructions.validation.jsonl")
  fi
}

# train COMMAND RECIPE BASE NAME-SEED STEPS DATA [OPTION]...
train() {
  local from
  sources "$6"
  "$tess2" "$1" -q -c "$recipes/$2.yaml" --seed "${4##*-}" --threads 1 --set "base=$3" \
    "${from[@]}" --set "data.output=$work/$4" --set "loop.steps=$(scaled "$5")" \
    --set "loop.learning_rate.warmup_steps=$(scaled 100)" "${@:7}" >/dev/null || return # its checkpoints stay, to go on from
  rm -rf "$work/$4/checkpoints"
}

# without PART: the setting of an adaptation that leaves it out.
without() {
  case "$1" in
    shift) echo parts.label_shift=false ;;
    bidirectional) echo parts.bidirectional=false ;;
    conditioning) echo parts.self_conditioning=false ;;
    ul2) echo masks=prefix_lm ;;
  esac
}

# make NAME-SEED: trains one model, and first the one it starts from.
make() {
  local name=${1%-*} seed=${1##*-} adapt tune planning
  adapt=$(value claims/adapt steps) tune=$(value claims/tune steps)
  planning=$(value claims/tune_planning steps)
  case "$name" in
    adapted) train adapt adapt $base "$1" "$adapt" mixture ;;
    fresh) train adapt adapt $base "$1" $((adapt + $(base_in_steps))) mixture --set fresh_weights=true ;;
    adapted_without_*)
      train adapt adapt $base "$1" "$adapt" mixture --set "$(without "${name#adapted_without_}")"
      ;;
    twin) train tune tune $base "$1" "$tune" basic "${left_to_right[@]}" ;;
    direct) train tune tune $base "$1" $((tune + adapt)) basic ;;
    direct_short) train tune tune $base "$1" "$tune" basic ;;
    tuned) tune_from "adapted-$seed" "$1" tune "$tune" basic ;;
    few) tune_from "adapted-$seed" "$1" tune "$tune" few ;;
    few_direct) train tune tune $base "$1" "$tune" few ;;
    scratch) tune_from fresh-1 "$1" tune "$tune" basic ;;
    without_*) tune_from "adapted_$1" "$1" tune "$tune" basic ;;
    planner) tune_from "adapted-$seed" "$1" tune_planning "$planning" planning ;;
    planner_twin) train tune tune_planning $base "$1" "$planning" planning "${left_to_right[@]}" ;;
  esac
}

# tune_from BASE NAME-SEED RECIPE STEPS DATA
tune_from() {
  need "$1" || return
  train tune "$3" "$work/$1" "$2" "${@:4}"
}

# need NAME-SEED: that model, trained by whoever comes first.
need() {
  (
    flock 9
    [[ -f $work/$1/config.json ]] || make "$1"
  ) 9>"$work/$1.lock"
}

# evaluate FOLDER MODEL DATA SEED [OPTION]...: records and scores in FOLDER.
evaluate() {
  "$tess2" eval -q -m "$2" --task synth --data-root "$work/$3" --seed "$4" --output "$1" \
    --threads 1 "${@:5}" >/dev/null
}

# cost_of_stories FOLDER NAME: what the answers there cost under the twin, as a file of the results.
cost_of_stories() {
  "$tess2" likelihood -q -m $twin --ar --data "$1" --threads 1 --output "$results/$2.json" >/dev/null
}

# keep FILE NAME-SEED: a file of scores, as one of the results.
keep() {
  cp "$1" "$results/$2.json.part" && mv "$results/$2.json.part" "$results/$2.json"
}

# sweep_stories NAME-SEED COST SWEEP [OPTION]...: the shipped model's stories by steps, and what they
# cost, as COST-STEPS.
sweep_stories() {
  local folder=$work/scores/$1 point
  evaluate "$folder" models/tess2-tiny story_prompts 1 --set "limit=$(scaled 100)" --sweep "${@:3}" || return
  for point in "$folder"/steps=*; do
    cost_of_stories "$point" "$2-${point##*=}" || return
  done
  keep "$folder/sweep.json" "$1"
}

measure_stories() {
  local folder=$work/scores/story_twin
  evaluate "$folder" $twin story_prompts 1 --set "limit=$(scaled 100)" --ar || return
  cost_of_stories "$folder" story_cost_twin || return
  sweep_stories "$1" story_cost "$by_steps"
}

measure_blocks() {
  sweep_stories "$1" block_cost "$block_steps" --set block_length=16
}

measure_guidance() {
  local folder=$work/scores/$1
  evaluate "$folder" models/tess2-tiny story_prompts 1 --set "limit=$(scaled 100)" \
    --reward-model models/tess2-tiny-reward --sweep "guidance.scale=0,100,1000,3000,10000,30000" || return
  keep "$folder/sweep.json" "$1"
}

measure_steps() {
  local folder=$work/scores/$1 seed=${1##*-}
  need "tuned-$seed" || return
  evaluate "$folder" "$work/tuned-$seed" basic "$seed" --set "limit=$(scaled 30)" --sweep "$by_steps" || return
  keep "$folder/sweep.json" "$1"
}

measure_arm() {
  local name=${1%-*} seed=${1##*-} folder=$work/scores/$1 data=basic options=()
  need "$1" || return
  [[ $name == planner* ]] && data=planning
  [[ $name == *twin ]] && options=(--ar --greedy)
  evaluate "$folder" "$work/$1" $data "$seed" --set "limit=$(scaled $limit)" "${options[@]}" || return
  keep "$folder/scores.json" "$1"
}

# measure NAME-SEED: the file with its scores. What fails ends it: its caller asks how it went, so
# that `set -e` does not hold here.
measure() {
  case "${1%-*}" in
    stories | blocks | guidance | steps) "measure_${1%-*}" "$1" ;;
    *) measure_arm "$1" ;;
  esac
}

# What is measured, a line each.
everything() {
  local seed part first=${seeds%% *}
  for seed in $seeds; do
    printf '%s\n' {tuned,twin,planner,planner_twin,direct,direct_short,few,few_direct}-"$seed"
    if [[ $seed == "$first" ]]; then echo "scratch-$seed"; fi # its beginning takes longest
  done
  for seed in $seeds; do echo "scratch-$seed"; done
  for part in "${parts[@]}"; do echo "without_$part-$first"; done
  printf '%s\n' "steps-$first" stories-1 blocks-1 guidance-1
}

# One job, which tells when it is done.
one() {
  local start=$SECONDS
  [[ -f $results/$1.json ]] && return
  measure "$1" || {
    echo "reproduce: $1 failed" >&2
    exit 255 # no other job is begun
  }
  echo "$(date +%H:%M)  $1: $(((SECONDS - start + 30) / 60)) min"
}

main() {
  parse "$@"
  if ((${#job[@]} > 0)); then
    one "${job[0]}"
    return
  fi
  [[ -x $tess2 ]] || fail "$tess2: expected the program, found nothing (cmake --build --preset release)"
  command -v python3 >/dev/null || fail "expected python3, which writes the tables, found none"
  mkdir -p "$work" "$results"
  make_data
  everything | awk '!seen[$0]++' | xargs -P "$jobs" -L 1 \
    "$0" --work "$work" --results "$results" --scale "$scale" --job
  if ((scale == 100)); then scripts/results.py "$results"; fi
}

main "$@"
