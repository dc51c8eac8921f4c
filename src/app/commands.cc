#include "app/commands.h"

#include <array>

#include "app/subcommands.h"

namespace tess2::app {
namespace {

constexpr std::array kCommands = {
    Command{"synth", "Write stories, instructions and preference pairs of a simulated world",
            "tess2 synth data --seed 7 --set stories=20000 --set instructions=20000",
            run_synth_command},
    Command{"tokenizer", "Train a tokenizer on documents and dialogues",
            "tess2 tokenizer run/tokenizer data/stories.train.jsonl data/instructions.train.jsonl",
            run_tokenizer_command},
    Command{"tokenize", "Write documents as token shards, to train from them",
            "tess2 tokenize run/shards data/stories.train.jsonl --tokenizer run/tokenizer",
            run_tokenize_command},
    Command{"pretrain", "Train an autoregressive model on documents",
            "tess2 pretrain --set tokenizer=run/tokenizer --set data.train=data/stories.train.jsonl"
            " --set data.validation=data/stories.validation.jsonl --set data.output=run/base",
            run_pretrain_command},
    Command{"adapt", "Turn an autoregressive model into a diffusion model",
            "tess2 adapt --set base=run/base --set data.train=data/stories.train.jsonl"
            " --set data.validation=data/stories.validation.jsonl --set data.output=run/adapted",
            run_adapt_command},
    Command{"tune", "Teach a model to follow instructions",
            "tess2 tune --set base=run/adapted --set data.train=data/instructions.train.jsonl"
            " --set data.validation=data/instructions.validation.jsonl --set data.output=run/tuned",
            run_tune_command},
    Command{"reward", "Train a reward model on preference pairs",
            "tess2 reward --set base=run/base --set data.train=data/pairs.train.jsonl"
            " --set data.validation=data/pairs.validation.jsonl --set data.output=run/reward",
            run_reward_command},
    Command{"launch", "Train with several processes on this machine",
            "tess2 launch 4 adapt -c recipes/demo/adapt.yaml --set loop.accumulation=4",
            run_launch_command},
    Command{"merge", "Make one model of a low-rank adapter and its base",
            "tess2 merge run/adapted run/merged", run_merge_command},
    Command{"report", "Draw training runs and compare evaluations, as one page",
            "tess2 report run/base run/adapted eval/tuned --output report.html",
            run_report_command},
    Command{"generate", "Answer prompts by denoising, or one token after another",
            "tess2 generate -m run/tuned --prompt \"Sort these words: pear, apple\" --live",
            run_generate_command},
    Command{"infill", "Fill the holes of a text",
            "tess2 infill -m run/adapted --text \"Once there was a [[2]]. It ate [[1-4]].\"",
            run_infill_command},
    Command{"chat", "Talk with a model in the terminal", "tess2 chat -m run/tuned --set steps=50",
            run_chat_command},
    Command{"serve", "Answer over HTTP: a page, OpenAI's API, and holes anywhere in a text",
            "tess2 serve -m run/tuned --set port=8080", run_serve_command},
    Command{"eval", "Ask held-out instructions and check the answers",
            "tess2 eval -m run/tuned --data data/instructions.test.jsonl --set steps=20",
            run_eval_command},
    Command{"likelihood", "Tell how likely a model finds held-out text",
            "tess2 likelihood -m run/adapted --data data/stories.test.jsonl --set limit=64",
            run_likelihood_command},
    Command{"samples", "Tell how a model writes: how sure of it, how varied, how likely",
            "tess2 samples -m run/tuned --data data/instructions.test.jsonl"
            " --judge-model run/twin --set limit=64",
            run_samples_command},
    Command{"quantize", "Pack a diffusion model for fast inference on CPU",
            "tess2 quantize run/tuned run/tuned-q8 --type q8", run_quantize_command},
    Command{"compare", "Tell how far the predictions of two diffusion models are apart",
            "tess2 compare -m run/tuned-q8 --reference run/tuned"
            " --data data/instructions.test.jsonl --set steps=20",
            run_compare_command},
    Command{"bench", "Measure a denoising step against bare products, or what serving adds",
            "tess2 bench --shape mistral-7b --layers 4 --type q8", run_bench_command},
    Command{"inspect", "Tell what a checkpoint, a tokenizer or a data file holds",
            "tess2 inspect run/tuned --tensors", run_inspect_command},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

}  // namespace tess2::app
