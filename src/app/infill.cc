// `tess2 infill -m DIR [FILE]`
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "app/answering.h"
#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/terminal.h"
#include "generate/frames.h"
#include "generate/infill.h"
#include "generate/live_view.h"
#include "generate/session.h"

namespace tess2::app {
namespace {

struct InfillOptions {
  SessionModelOptions model;
  std::filesystem::path file;  ///< empty where none was given
  std::optional<std::string> text;
  std::optional<std::string> prompt;
  bool holes = false;
  bool live = false;

  void declare(OptionSet& options) {
    model.declare(options);
    options.optional_positional("FILE", file, "text with holes; without it, standard input");
    options.option("--text", text, "TEXT", "the text itself: \"A [[2]] sat on the [[1-4]].\"");
    options.option("--prompt", prompt, "TEXT",
                   "the user's message that the text answers; without it, the text stands alone");
    options.flag("--holes", holes,
                 "print what fills each hole, a line a hole, instead of the text");
    options.flag("--live", live, "show the text while it is denoised (the default on a terminal)");
  }
};

std::string read_text(const InfillOptions& options) {
  if (options.text && !options.file.empty()) throw UsageError("--text: not together with a file");
  if (options.text) return *options.text;
  if (!options.file.empty()) return read_text_file(options.file);
  if (terminal_of(0).is_terminal) log_info("text with holes, ended by Control-D:");
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

void print_holes(const generate::FilledText& filled, std::ostream& out) {
  for (const generate::FilledHole& hole : filled.holes) {
    for (const auto& character : generate::shown_characters(hole.text)) out << character.bytes;
    out << "\n";
  }
}

void fill_text(const InfillOptions& options, generate::SessionSettings settings, const Run& run) {
  const std::string text = read_text(options);
  const generate::Template parts = generate::parse_template(text);
  const SessionModel model(options.model);
  std::vector<text::Message> context;
  if (options.prompt) context.push_back({"user", *options.prompt});
  const generate::InfillCanvas canvas(parts, context, model.tokenizer(), 0);
  settings.seed = run.seed;
  const auto session = model.host().start(canvas.layout(), settings);

  const Terminal terminal = &run.out == &std::cout ? terminal_of(1) : Terminal{};
  const bool watched = options.live || (terminal.is_terminal && log_level() != LogLevel::kQuiet);
  generate::LiveView view(run.out, terminal);
  while (!session->finished()) {
    session->step();
    if (watched) view.draw(generate::infill_frame(*session, canvas, model.tokenizer()));
  }
  if (session->steps_taken() != settings.sampler.steps) {
    log_info(std::to_string(session->steps_taken()) + " steps");
  }
  if (session->prompt_drift()) log_info(prompt_drift_note(*session->prompt_drift()));
  const generate::FilledText filled = canvas.fill(session->tokens());
  if (options.holes) return print_holes(filled, run.out);
  run.out << filled.text;
  if (!filled.text.ends_with('\n')) run.out << "\n";
}

}  // namespace

int run_infill_command(const CommandLine& line) {
  InfillOptions options;
  return run_with_settings<generate::SessionSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const generate::SessionSettings& settings, const Run& run) {
        fill_text(options, settings, run);
      });
}

}  // namespace tess2::app
