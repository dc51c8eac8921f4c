// `tess2 serve -m DIR`
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/signal_watcher.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "generate/settings.h"
#include "serve/server.h"
#include "tensor/parallel.h"

namespace tess2::app {
namespace {

constexpr const char* kKeyVariable = "TESS2_API_KEY";

struct ServeOptions {
  SessionModelOptions models;
  std::optional<std::string> api_key;

  void declare(OptionSet& options) {
    models.declare(options);
    options.option("--api-key", api_key, "KEY",
                   "clients must send it; better given as " + std::string(kKeyVariable) +
                       ", for other users see command lines");
  }
};

std::string key_of(const ServeOptions& options) {
  const char* variable = std::getenv(kKeyVariable);
  if (!options.api_key && variable == nullptr) return "";
  std::string key = options.api_key ? *options.api_key : variable;
  if (key.empty()) {
    throw UsageError(std::string(options.api_key ? "--api-key" : kKeyVariable) +
                     ": expected a key, found empty text");
  }
  return key;
}

// `tuned` for run/tuned, run/tuned/ and, from inside it, the dot.
std::string name_of(const std::filesystem::path& folder) {
  const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(folder));
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

serve::ServeSettings complete(serve::ServeSettings settings, const ServeOptions& options) {
  settings.api_key = key_of(options);
  if (settings.name.empty()) settings.name = name_of(*options.models.model);
  if (settings.together == 0) settings.together = tensor::parallelism();
  settings.check();
  if (settings.api_key.empty() && !is_loopback(settings.host)) {
    log_warning("anyone who reaches " + settings.host + " can use the model; see --api-key");
  }
  return settings;
}

// The first signal ends the server in its order, a second one at once.
void run_until_signal(serve::Server& server, SignalWatcher& signals) {
  std::promise<void> asked;
  std::thread ender([&server, ended = asked.get_future()] {
    ended.wait();
    server.shut_down();
  });
  signals.on_signal([&asked] {
    log_info("shutting down; once more to stop at once");
    asked.set_value();
  });
  server.run();
  ender.join();
}

void serve_model(const ServeOptions& options, const serve::ServeSettings& settings, const Run& run,
                 SignalWatcher& signals) {
  if (!options.models.model) {
    throw UsageError("--model: expected a checkpoint's folder, found nothing");
  }
  serve::ServeSettings completed = complete(settings, options);
  const SessionModel model(options.models);
  completed.length = generate::canvas_length_for(settings.length, model.trained_length());
  serve::Server server(model.host(), completed);
  run.out << "serving " << completed.name << " at " << server.address()
          << " (page: " << server.address() << "/)" << std::endl;
  run_until_signal(server, signals);
}

}  // namespace

int run_serve_command(const CommandLine& line) {
  SignalWatcher signals;
  ServeOptions options;
  return run_with_settings<serve::ServeSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const serve::ServeSettings& settings, const Run& run) {
        serve_model(options, settings, run, signals);
      });
}

}  // namespace tess2::app
