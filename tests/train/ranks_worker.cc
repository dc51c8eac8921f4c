// One rank of the tests of several processes (tests/train/ranks_test.cc): trains a tiny diffusion
// model and prints what it saw, a line each.
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "data/list_examples.h"
#include "tensor/runtime.h"
#include "train/gradient_exchange.h"
#include "train/loop.h"
#include "train/run_folder.h"
#include "train/tasks.h"
#include "train/tiny_models.h"

namespace tess2::train {
namespace {

constexpr std::size_t kLength = 12;
constexpr std::int64_t kBatch = 2;

/// `key=value` words.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      values_[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    }
  }
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? "" : found->second;
  }
  std::int64_t number(const std::string& key, std::int64_t otherwise) const {
    return text(key).empty() ? otherwise : std::stoll(text(key));
  }

 private:
  std::map<std::string, std::string> values_;
};

std::vector<data::Example> random_rows(int rows) {
  Rng rng(5, Stream::kSynthetic);
  std::vector<data::Example> examples(static_cast<std::size_t>(rows));
  for (auto& example : examples) {
    example.ids.resize(kLength);
    for (auto& id : example.ids) id = static_cast<text::TokenId>(rng.below(test::kPad));
  }
  return examples;
}

struct Model {
  DiffusionTask task(bool time_warping = false) {
    DiffusionTask::Options options;
    options.time_warping = time_warping;
    options.objective.timesteps = 100;
    options.validation_timesteps = {50};
    options.seed = 7;
    const auto write = [this](const std::filesystem::path& folder) {
      tensor::write_tensor_folder(folder, trainable.list);
      write_file_atomically(folder / "config.json", [](std::ostream& out) { out << "{}"; });
    };
    return DiffusionTask(
        lm,
        std::make_unique<DocumentBatches>(data::shuffled(random_rows(24), 3), random_rows(4),
                                          data::MaskObjective::kUl2, 3),
        kBatch, trainable.list, write, options);
  }

  const model::Config config = test::shared_config();
  test::TrainableWeights trainable{config};
  model::SimplexLM lm{config, trainable.weights};
};

LoopSettings settings_of(const Arguments& arguments) {
  LoopSettings settings;
  settings.steps = arguments.number("steps", 50);
  settings.batch_size = kBatch;
  settings.accumulation = arguments.number("accumulation", 4);
  settings.learning_rate.peak = 2e-3;
  settings.optimizer.weight_decay = 0.1;
  settings.optimizer.clip_norm = 0.5;
  settings.validate_every = 0;
  settings.save_every = arguments.number("save_every", 0);
  settings.zero = arguments.number("zero", 1);
  settings.rank_timeout_seconds = arguments.number("timeout", 30);
  settings.ranks = join_ranks(settings, launch_from(environment_variable));
  return settings;
}

void print(const char* name, double value) {
  std::printf("%s %.17g\n", name, value);
  std::fflush(stdout);
}

/// What this rank does after a step: `die=R@S` kills rank R after step S, `fail=R@S` makes it
/// throw, `hang=R@S` stops it.
void misbehave(const Arguments& arguments, const Ranks& ranks, std::int64_t step) {
  const std::string here = std::to_string(ranks.rank()) + "@" + std::to_string(step);
  if (arguments.text("die") == here) std::raise(SIGKILL);
  if (arguments.text("hang") == here) std::raise(SIGSTOP);
  if (arguments.text("fail") == here) throw Error("no more room");
}

void run_loop(const Arguments& arguments, const LoopSettings& settings) {
  Model model;
  DiffusionTask task = model.task(arguments.number("warp", 0) != 0);
  std::optional<RunFolder> folder;
  if (settings.ranks.is_first() && !arguments.text("output").empty()) {
    folder.emplace(arguments.text("output"), "", false);
  }
  LoopObserver observer;
  std::int64_t step = 0;
  observer.on_step = [&](const StepReport& report) {
    step = report.step;
    print("loss", report.loss);
    print("norm", report.gradient_norm);
    for (const LevelLoss& level : report.levels) print("level", level.level + 1000 * level.loss);
    misbehave(arguments, settings.ranks, step);
  };
  observer.stop_asked = [&] {
    return arguments.text("stop") ==
           std::to_string(settings.ranks.rank()) + "@" + std::to_string(step);
  };
  const LoopEnd end = run_training(task, settings, observer, folder ? &*folder : nullptr);
  print(end.finished ? "finished" : "stopped", static_cast<double>(end.step));
  if (!task.learned().empty()) print(task.learned().c_str(), 0.0);
  for (const auto& weight : model.trainable.list) {
    print("weight", weight.tensor.detach().to(at::kDouble).square().sum().item<double>());
  }
}

/// The most bytes of gradients and moments that this rank has during one step.
void measure(const Arguments& arguments, const LoopSettings& settings) {
  Model model;
  DiffusionTask task = model.task();
  const Sharing sharing(task.parameters(), settings.ranks, arguments.number("zero", 1));
  GradientExchange gradients(task.parameters(), sharing);
  AdamW optimizer(task.parameters(), settings.optimizer, sharing);
  const std::int64_t mine = settings.accumulation / settings.ranks.size();
  for (std::int64_t i = 0; i < mine; ++i) {
    torch::autograd::backward({task.loss(i * settings.ranks.size() + settings.ranks.rank())}, {});
    gradients.after_backward();
  }
  gradients.finish();
  std::int64_t kept = 0;
  for (const auto& weight : task.parameters()) {
    kept += weight.tensor.grad().defined() ? static_cast<std::int64_t>(weight.tensor.nbytes()) : 0;
  }
  print("kept", static_cast<double>(kept));
  print("peak", static_cast<double>(gradients.peak_bytes()));
  optimizer.step(1e-3);
  print("moments", static_cast<double>(optimizer.moment_bytes()));
}

void exchange(const Ranks& ranks) {
  const auto me = static_cast<double>(ranks.rank());
  at::Tensor halves = at::full({3}, me + 0.5, at::kBFloat16);
  ranks.sum(halves);
  print("sum", halves[2].item<double>());
  at::Tensor owned = at::full({2, 2}, me + 1.0, at::kFloat);
  ranks.sum_to(owned, 1);
  if (ranks.rank() == 1) print("sum_to", owned[1][1].item<double>());
  at::Tensor flags = at::full({5}, ranks.rank() == 1, at::kBool);
  ranks.broadcast(flags, 1);
  print("broadcast", flags.sum().item<double>());
  const std::string text = ranks.broadcast(ranks.is_first() ? "from the first" : "", 0);
  print(text.c_str(), 0.0);
  for (const auto& values :
       ranks.gather(std::vector<double>(static_cast<std::size_t>(ranks.rank()), me * 10.0))) {
    print("gathered", static_cast<double>(values.size()));
    for (const double value : values) print("value", value);
  }
  at::Tensor passed = at::full({4}, me, at::kDouble);
  if (ranks.rank() == 1) ranks.send(passed, 0);
  if (ranks.rank() == 0) ranks.receive(passed, 1);
  print("passed", passed[3].item<double>());
  ranks.barrier();
}

int run(const Arguments& arguments) {
  tensor::set_threads(1);
  const LoopSettings settings = settings_of(arguments);
  try {
    const std::string mode = arguments.text("mode");
    if (mode == "memory") {
      measure(arguments, settings);
    } else if (mode == "exchange") {
      exchange(settings.ranks);
    } else {
      run_loop(arguments, settings);
    }
    return 0;
  } catch (const std::exception& error) {
    settings.ranks.leave(error.what());
    throw;
  }
}

}  // namespace
}  // namespace tess2::train

int main(int argc, char** argv) {
  try {
    return tess2::train::run({argc, argv});
  } catch (const std::exception& error) {
    std::cout << "error: " << error.what() << std::endl;
    return 1;
  }
}
