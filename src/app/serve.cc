// `tess2 serve -m DIR`
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "app/loaded_model.h"
#include "app/run_with_settings.h"
#include "app/signal_watcher.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "generate/model_session.h"
#include "model/reward_model.h"
#include "model/simplex_lm.h"
#include "serve/server.h"
#include "tensor/parallel.h"

namespace tess2::app {
namespace {

constexpr const char* kKeyVariable = "TESS2_API_KEY";

struct ServeOptions {
  std::optional<std::filesystem::path> model;
  std::optional<std::filesystem::path> reward_model;
  std::optional<std::string> api_key;

  void declare(OptionSet& options) {
    options.option("-m,--model", model, "DIR", "diffusion model that answers");
    options.option("--reward-model", reward_model, "DIR", "checkpoint that can guide answers");
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

// The models of the server, fitted together.
class ServedModels {
 public:
  explicit ServedModels(const ServeOptions& options) {
    LoadedModel loaded = load_model(*options.model, model::ModelKind::kDiffusion);
    tokenizer_ = std::move(loaded.tokenizer);
    simplex_.emplace(std::move(loaded.checkpoint.config), std::move(loaded.checkpoint.weights));
    if (options.reward_model) load_reward(*options.reward_model);
    host_.emplace(*simplex_, *tokenizer_, reward_ ? &*reward_ : nullptr);
  }
  ServedModels(const ServedModels&) = delete;
  ServedModels& operator=(const ServedModels&) = delete;

  const generate::SessionHost& host() const { return *host_; }

 private:
  void load_reward(const std::filesystem::path& folder) {
    LoadedModel loaded = load_model(folder, model::ModelKind::kReward);
    check_same_tokenizer(*tokenizer_, *loaded.tokenizer, folder);
    reward_.emplace(std::move(loaded.checkpoint.config), std::move(loaded.checkpoint.weights));
  }

  std::unique_ptr<text::Tokenizer> tokenizer_;
  std::optional<model::SimplexLM> simplex_;
  std::optional<model::RewardModel> reward_;
  std::optional<generate::ModelSessionHost> host_;
};

std::string name_of(const std::filesystem::path& folder) {
  return std::filesystem::weakly_canonical(folder / ".").parent_path().filename().string();
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

serve::ServeSettings complete(serve::ServeSettings settings, const ServeOptions& options) {
  settings.api_key = key_of(options);
  if (settings.name.empty()) settings.name = name_of(*options.model);
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

void serve_models(const ServeOptions& options, const serve::ServeSettings& settings, const Run& run,
                  SignalWatcher& signals) {
  if (!options.model) throw UsageError("--model: expected a checkpoint's folder, found nothing");
  const serve::ServeSettings completed = complete(settings, options);
  const ServedModels models(options);
  serve::Server server(models.host(), completed);
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
        serve_models(options, settings, run, signals);
      });
}

}  // namespace tess2::app
