// `tess2 generate -m DIR --prompt TEXT`, or `--input FILE --output FILE`
#include <array>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "app/answering.h"
#include "app/batch.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "core/terminal.h"
#include "eval/accuracy.h"
#include "generate/live_view.h"
#include "text/utf8.h"

namespace tess2::app {
namespace {

struct GenerateCommandSettings {
  generate::GenerateSettings generate;
  std::int64_t batch = 16;

  void bind(SettingsBinder& b) {
    generate.bind(b);
    b.field("batch", batch, "with --input: answers written at a time; does not change them")
        .at_least(1);
  }
};

struct GenerateOptions {
  AnsweringOptions answering;
  BatchOptions batch;
  std::vector<std::string> prompts;
  bool raw = false;
  bool live = false;
  bool ids = false;
  bool score = false;

  void declare(OptionSet& options) {
    answering.declare(options);
    batch.declare(options);
    options.repeated("--prompt", prompts, "TEXT",
                     "what to answer; without it, standard input is one prompt. The first of "
                     "several uses --seed, each other one the seed that is shown for it");
    options.flag("--raw", raw, "prompts are text to go on with, not a user's message");
    options.flag("--live", live,
                 "show the canvas while it is denoised (the default for one prompt on a terminal)");
    options.flag("--ids", ids, "print token ids, a line a prompt; with --ar, the prompt's too");
    options.option("--max-new-tokens", answering.max_new_tokens, "N",
                   "with --ar: tokens at most, instead of filling `length`");
    options.flag("--score", score,
                 "with --ar: print the prompt's mean negative log-likelihood a token instead");
  }

  bool autoregressive() const { return answering.autoregressive; }

  // `prompt`, or `prompt 2` where there are several.
  std::string name_of(std::size_t index) const {
    return prompts.size() == 1 ? "prompt" : "prompt " + std::to_string(index + 1);
  }
};

std::string read_standard_input() {
  if (terminal_of(0).is_terminal) log_info("prompt, ended by Control-D:");
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Prompts from a file become a file of answers and nothing else.
void check_for_batch(const GenerateOptions& options) {
  const auto refuse = [](const std::string& name, bool given) {
    if (given) throw UsageError(name + ": not with --input");
  };
  refuse("--prompt", !options.prompts.empty());
  refuse("--live", options.live);
  refuse("--ids", options.ids);
  refuse("--score", options.score);
}

void check(const GenerateOptions& options) {
  if (options.score && !options.autoregressive()) throw UsageError("--score: needs --ar");
  if (options.live && options.autoregressive()) {
    throw UsageError("--live: not with --ar, which has no canvas");
  }
  if (options.raw) return;
  for (std::size_t i = 0; i < options.prompts.size(); ++i) {
    if (!text::strip(options.prompts[i]).empty()) continue;
    throw UsageError(options.name_of(i) + ": it is empty");
  }
}

std::vector<generate::Prompt> make_prompts(const GenerateOptions& options, std::uint64_t seed,
                                           const text::Tokenizer& tokenizer) {
  std::vector<generate::Prompt> prompts;
  for (const std::string& text : options.prompts) {
    prompts.push_back(
        {encode_text(text, options.raw, tokenizer), eval::prompt_seed(seed, prompts.size())});
  }
  return prompts;
}

// One number a line: the mean over all tokens but the first, which nothing predicts.
void print_score(const generate::Prompt& prompt, const std::string& name, const model::CausalLM& lm,
                 std::ostream& out) {
  if (prompt.ids.size() < 2) {
    throw UsageError(name + ": expected text to score, found none");
  }
  const std::vector<std::int64_t> ids(prompt.ids.begin(), prompt.ids.end());
  const double total = lm.negative_log_likelihood(ids, 1);
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.6f", total / static_cast<double>(ids.size() - 1));
  out << buffer.data() << "\n";
}

void print_ids(std::span<const text::TokenId> before, std::span<const text::TokenId> ids,
               std::ostream& out) {
  std::string_view separator;
  for (const auto part : {before, ids}) {
    for (const text::TokenId id : part) out << std::exchange(separator, " ") << id;
  }
  out << "\n";
}

// Prints answers and tells their seeds and rewards.
class Printer {
 public:
  /// `steps` are those that were asked for.
  Printer(const GenerateOptions& options, const Answering& answering, std::int64_t steps,
          std::ostream& out)
      : options_(options), steps_(steps), out_(out) {
    if (answering.reward() == nullptr || options.raw) return;
    scorer_ = eval::reward_scorer(*answering.reward(), answering.tokenizer());
  }

  void print(std::size_t index, const generate::Prompt& prompt, const eval::Reply& reply) {
    tell(index, prompt, reply);
    if (options_.ids) {
      return print_ids(
          options_.autoregressive() ? std::span(prompt.ids) : std::span<const text::TokenId>(),
          reply.ids, out_);
    }
    if (index > 0) out_ << "\n";
    out_ << reply.text << std::endl;
  }

 private:
  void tell(std::size_t index, const generate::Prompt& prompt, const eval::Reply& reply) const {
    std::vector<std::string> notes;
    if (options_.prompts.size() > 1) notes.push_back("seed " + std::to_string(prompt.seed));
    if (!options_.autoregressive() && reply.steps != steps_) {
      notes.push_back(std::to_string(reply.steps) + " steps");
    }
    if (reply.prompt_drift) notes.push_back(prompt_drift_note(*reply.prompt_drift));
    if (scorer_) {
      const eval::Question question{"", {{"user", options_.prompts[index]}}, "", {}};
      notes.push_back("reward " + std::to_string(scorer_(question, reply)));
    }
    if (notes.empty()) return;
    std::string line = options_.name_of(index);
    std::string_view separator = ": ";
    for (const std::string& note : notes) {
      line += std::string(std::exchange(separator, ", ")) + note;
    }
    log_info(line);
  }

  const GenerateOptions& options_;
  std::int64_t steps_;
  std::ostream& out_;
  eval::Scorer scorer_;
};

// A canvas is watched best alone, and its answer is the same.
void answer_live(const std::vector<generate::Prompt>& prompts, Terminal terminal,
                 generate::Generator& generator, Printer& printer, std::ostream& out) {
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    generate::LiveView view(out, terminal);
    auto answers =
        generator.run({prompts[i]}, [&](const generate::CanvasFrame& frame) { view.draw(frame); });
    generate::Answer& answer = answers.front();
    printer.print(i, prompts[i],
                  {std::move(answer.ids), std::move(answer.text), answer.steps, answer.seconds,
                   answer.prompt_drift});
  }
}

void generate_answers(GenerateOptions options, const generate::GenerateSettings& settings,
                      const Run& run) {
  if (options.prompts.empty()) options.prompts.push_back(read_standard_input());
  check(options);
  Answering answering(options.answering, settings);
  const auto prompts = make_prompts(options, run.seed, answering.tokenizer());
  if (options.score) {
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      print_score(prompts[i], options.name_of(i), *answering.causal(), run.out);
    }
    return;
  }
  Printer printer(options, answering, settings.session.sampler.steps, run.out);
  // Only standard output can be a terminal.
  const Terminal terminal = &run.out == &std::cout ? terminal_of(1) : Terminal{};
  const bool watched = terminal.is_terminal && prompts.size() == 1 && !options.ids &&
                       log_level() != LogLevel::kQuiet;
  if (answering.generator() != nullptr && (options.live || watched)) {
    return answer_live(prompts, terminal, *answering.generator(), printer, run.out);
  }
  const auto replies = answering.answerer().answer(prompts);
  for (std::size_t i = 0; i < replies.size(); ++i) printer.print(i, prompts[i], replies[i]);
}

}  // namespace

int run_generate_command(const CommandLine& line) {
  SignalWatcher signals;
  GenerateOptions options;
  return run_with_settings<GenerateCommandSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const GenerateCommandSettings& settings, const Run& run) {
        if (!options.batch.asked()) return generate_answers(options, settings.generate, run);
        check_for_batch(options);
        answer_file(options.batch, {options.answering, options.raw, settings.batch, run.seed},
                    settings.generate, signals);
      });
}

}  // namespace tess2::app
