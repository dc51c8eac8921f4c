#include "app/run_with_settings.h"

#include "app/help.h"
#include "app/process.h"
#include "app/version.h"
#include "core/log.h"
#include "core/problems.h"
#include "generate/settings.h"

namespace tess2::app {

void CommonOptions::SeedKey::bind(SettingsBinder& b) {
  b.field("seed", seed, "start of all random numbers").at_least(0);
}

void CommonOptions::ThreadsKey::bind(SettingsBinder& b) {
  b.field("threads", threads, "threads to use, 0 for one a core").at_least(0).at_most(1024);
}

CommonOptions::CommonOptions(OptionSet& options, SettingsTable& settings) {
  if (!settings.contains("seed")) settings.add(seed_key_);
  settings.add(threads_key_);
  options.option("-c,--config", config_, "FILE", "recipe to read (YAML)");
  options.repeated("--set", assignments_, "KEY=VALUE", "set one recipe key");
  if (settings.contains("until_converged")) {
    options.option("--steps", steps_, "N|auto",
                   "same as --set steps=N; auto takes as few as the answer needs, at most `steps`, "
                   "same as --set until_converged=true");
  }
  if (settings.contains("prompt_cache")) {
    options.option("--prompt-cache", prompt_cache_, "N", "same as --set prompt_cache=N");
  }
  for (const char* key : {"on_bad_line", "data.on_bad_line"}) {
    if (settings.contains(key)) bad_line_key_ = key;
  }
  if (!bad_line_key_.empty()) {
    options.option("--on-bad-line", bad_line_, "stop|skip",
                   "same as --set " + bad_line_key_ + "=...");
  }
  options.option("--seed", seed_, "N", "same as --set seed=N");
  options.option("--threads", threads_, "N", "same as --set threads=N");
  options.flag("-q,--quiet", quiet_, "no messages and no progress");
  options.flag("-h,--help", help_, "this text");
  options.flag("--version", version_, "versions of tess2, LibTorch and oneDNN");
}

bool CommonOptions::print_if_asked(const CommandLine& line, const OptionSet& options,
                                   const SettingsTable& settings) const {
  if (help_) line.out << command_help(line.command, options, settings);
  if (version_ && !help_) line.out << version_text();
  return help_ || version_;
}

void CommonOptions::resolve(SettingsTable& settings) const {
  Problems problems;
  if (config_) problems.attempt([&] { settings.load(*config_); });
  for (const std::string& assignment : assignments_) {
    problems.attempt([&] { settings.set(assignment, "--set"); });
  }
  const auto set = [&](const std::string& key, const std::optional<std::string>& value,
                       const char* option) {
    if (value) problems.attempt([&] { settings.set(key, *value, option); });
  };
  if (steps_) problems.attempt([&] { generate::set_steps(settings, *steps_, "--steps"); });
  set("prompt_cache", prompt_cache_, "--prompt-cache");
  set(bad_line_key_, bad_line_, "--on-bad-line");
  set("seed", seed_, "--seed");
  set("threads", threads_, "--threads");
  if (problems.empty()) settings.check_complete();
  problems.raise();
}

void CommonOptions::apply() const {
  if (quiet_) set_log_level(LogLevel::kQuiet);
  use_threads(threads_key_.threads);
}

}  // namespace tess2::app
