// `tess2 bench --serve -m DIR`
#include <filesystem>
#include <optional>

#include "app/bench_serve.h"
#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/file.h"
#include "generate/settings.h"

namespace tess2::app {
namespace {

struct BenchOptions {
  std::optional<std::filesystem::path> model;
  std::optional<std::filesystem::path> output;
  bool serve = false;

  void declare(OptionSet& options) {
    options.option("-m,--model", model, "DIR", "diffusion checkpoint that answers");
    options.flag("--serve", serve, "what the HTTP server adds to the bare sampler");
    options.option("--output", output, "FILE", "write the figures there, as JSON");
  }
};

void bench(const BenchOptions& options, ServeBenchSettings settings, const Run& run) {
  if (!options.serve) throw UsageError("bench: expected --serve, found nothing to measure");
  if (options.output) AtomicFile probe(*options.output);
  const SessionModel model({options.model, std::nullopt});
  settings.length = generate::canvas_length_for(settings.length, model.trained_length());
  const ServeBenchTimes times = bench_serve(model.host(), settings);
  run.out << serve_bench_text(settings, times);
  if (!options.output) return;
  write_file_atomically(*options.output,
                        [&](std::ostream& out) { out << serve_bench_json(settings, times); });
}

}  // namespace

int run_bench_command(const CommandLine& line) {
  BenchOptions options;
  return run_with_settings<ServeBenchSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const ServeBenchSettings& settings, const Run& run) { bench(options, settings, run); });
}

}  // namespace tess2::app
