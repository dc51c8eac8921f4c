#include "train/run_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/settings_difference.h"
#include "core/terminal.h"
#include "model/checkpoint.h"
#include "tensor/json.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kCheckpointsName = "checkpoints";
constexpr const char* kRecipeName = "recipe.yaml";
constexpr const char* kStateName = "state.json";

/// Settings without which a run would end with the same bits, or with sums in another order.
constexpr std::array<std::string_view, 9> kFreeSettings = {
    "threads",         "data.output",       "data.workers",
    "loop.save_every", "loop.save_minutes", "loop.keep_last",
    "loop.keep_best",  "loop.zero",         "loop.rank_timeout_seconds"};

/// Tries it: permissions do not tell all, such as of read-only file systems and of the root user.
void check_writable(const fs::path& folder, const fs::path& output) {
  const fs::path probe = folder / (".probe." + std::to_string(::getpid()) + ".part");
  if (::mkdir(probe.c_str(), 0700) == 0) {
    ::rmdir(probe.c_str());
    return;
  }
  throw FileError(output, "cannot be written: " + std::generic_category().message(errno));
}

/// The nearest folder above `path` that exists.
fs::path existing_parent(const fs::path& path) {
  fs::path folder = fs::absolute(path).lexically_normal();
  std::error_code problem;
  while (!fs::exists(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

fs::path made(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw FileError(folder, "cannot be made: " + problem.message());
  return folder;
}

template <class T>
T field(const Json& json, const char* key, const fs::path& file) {
  const auto found = json.find(key);
  if (found == json.end()) throw FormatError(file, key, "a value", "none");
  try {
    return found->get<T>();
  } catch (const Json::exception&) {
    throw FormatError(file, key, "a value of another type", tensor::json_text(*found));
  }
}

/// `1.5 GB`, `14.2 MB`, rounded up.
std::string size_text(std::uintmax_t bytes) {
  const bool large = bytes >= 1'000'000'000;
  const std::uintmax_t tenth = large ? 100'000'000 : 100'000;
  const auto tenths = bytes / tenth + (bytes % tenth == 0 ? 0 : 1);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + (large ? " GB" : " MB");
}

}  // namespace

std::string state_text(const RunState& state) {
  return Json{{"step", state.step},
              {"seconds", state.seconds},
              {"best_step", state.best_step},
              {"best_loss", state.best_loss},
              {"data_position", state.data_position},
              {"learned", state.learned}}
             .dump(2) +
         "\n";
}

RunState parse_state(std::string_view text, const fs::path& file) {
  const auto json = tensor::parse_json_object<Json>(text, file);
  RunState state;
  state.step = field<std::int64_t>(json, "step", file);
  state.seconds = field<double>(json, "seconds", file);
  state.best_step = field<std::int64_t>(json, "best_step", file);
  state.best_loss = field<double>(json, "best_loss", file);
  state.data_position = field<std::string>(json, "data_position", file);
  if (json.contains("learned")) state.learned = field<std::string>(json, "learned", file);
  return state;
}

void RunFolder::check(const fs::path& output) {
  std::error_code problem;
  if (!fs::exists(output, problem)) return check_writable(existing_parent(output), output);
  if (!fs::is_directory(output, problem)) {
    throw FileError(output, "expected a free name or a run's folder, found a file");
  }
  check_writable(output, output);
  if (fs::is_empty(output, problem)) return;
  for (const char* mark : {model::kConfigName, kMetricsName}) {
    if (fs::exists(output / mark, problem)) return;
  }
  throw FileError(output,
                  std::string("expected a free name or a run's folder, found one without ") +
                      model::kConfigName + " or " + kMetricsName);
}

void RunFolder::check_settings(const fs::path& output, const std::string& recipe) {
  const Checkpoints checkpoints(output / kCheckpointsName);
  const auto step = checkpoints.last();
  if (!step) return;
  const std::string kept = read_text_file(checkpoints.path(*step) / kRecipeName);
  const auto difference = first_difference(kept, recipe, kFreeSettings);
  if (!difference) return;
  throw UsageError(output.string() + ": " + difference->key + ": expected " +
                   printable(difference->before, 60) + ", as for the " + std::to_string(*step) +
                   " steps done, found " + printable(difference->now, 60) +
                   " (--fresh starts over)");
}

RunFolder::RunFolder(const fs::path& output, std::string recipe, bool fresh)
    : output_(made(output)),
      recipe_(std::move(recipe)),
      metrics_(output_ / kMetricsName),
      checkpoints_(made(output_ / kCheckpointsName)) {
  checkpoints_.sweep();
  if (fresh) checkpoints_.clear();
}

void RunFolder::check_room(std::uintmax_t bytes, std::int64_t kept) const {
  const auto present = std::ssize(checkpoints_.steps());
  const auto missing = static_cast<std::uintmax_t>(std::max<std::int64_t>(kept - present, 0)) + 1;
  std::error_code problem;
  const auto space = fs::space(output_, problem);
  if (problem || space.available >= missing * bytes) return;
  throw FileError(output_, "expected " + size_text(missing * bytes) + " free for " +
                               std::to_string(missing) + " checkpoints, found " +
                               size_text(space.available) + " (see loop.keep_last)");
}

std::optional<RunState> RunFolder::last_state() const {
  const auto step = checkpoints_.last();
  if (!step) return std::nullopt;
  const fs::path file = checkpoint(*step) / kStateName;
  RunState state = parse_state(read_text_file(file), file);
  if (state.step == *step) return state;
  throw FormatError(file, "step", std::to_string(*step) + ", as in the folder's name",
                    std::to_string(state.step));
}

void RunFolder::start_records(std::int64_t step) {
  metrics_.cut_after(step > 0 ? step : -1);
  if (step == 0) remove_event_files(output_);
  events_.emplace(output_, step);
}

void RunFolder::record_step(const StepReport& report) {
  metrics_.add_step(report);
  events_->add_scalar("train/loss", report.step, report.loss);
  events_->add_scalar("train/learning_rate", report.step, report.learning_rate);
  events_->add_scalar("train/gradient_norm", report.step, report.gradient_norm);
  events_->add_scalar("train/tokens_per_second", report.step, report.tokens_per_second);
  events_->flush();
}

void RunFolder::record_validation(std::int64_t step, const Figures& figures) {
  metrics_.add_validation(step, figures);
  for (const auto& [name, value] : figures) {
    events_->add_scalar("validation/" + name, step, value);
  }
  events_->flush();
}

void RunFolder::record_samples(std::int64_t step, const Samples& samples) {
  metrics_.add_samples(step, samples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    events_->add_text("samples/" + std::to_string(i), step,
                      samples[i].given + " ▸ " + samples[i].text);
  }
  events_->flush();
}

void RunFolder::save(const RunState& state, const std::function<void(const fs::path&)>& write,
                     std::int64_t keep_last) {
  metrics_.sync();
  checkpoints_.write(state.step, [&](const fs::path& aside) {
    write(aside);
    for (const auto& [name, text] :
         {std::pair{kRecipeName, recipe_}, {kStateName, state_text(state)}}) {
      write_file_atomically(aside / name, [&](std::ostream& out) { out << text; });
    }
  });
  checkpoints_.keep(keep_last, state.best_step);
}

void RunFolder::publish(std::int64_t step) {
  publish_model(checkpoint(step), output_, {kOptimizerName, kStateName, kDoneName});
}

}  // namespace tess2::train
