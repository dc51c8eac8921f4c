// The frame of a subcommand: options that all of them take, a recipe, then the work.
//
//   int run_adapt(const CommandLine& line) {
//     std::filesystem::path model;
//     return run_with_settings<train::AdaptSettings>(
//         line,
//         [&](OptionSet& options) { options.positional("MODEL", model, "checkpoint to adapt"); },
//         [&](const train::AdaptSettings& settings, const Run& run) {
//           train::adapt(model, settings, run.seed);
//         });
//   }
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/option_set.h"
#include "core/settings.h"

namespace tess2::app {

/// What every subcommand is told besides its own settings.
struct Run {
  std::uint64_t seed = 0;  ///< 0 where the settings have a `seed` of their own
  std::string recipe;      ///< all settings as resolved, in YAML, to be kept beside what is written
  std::ostream& out;       ///< for results
};

/// The options that every subcommand takes, `--steps` of those whose settings have
/// `until_converged` (generate/settings.h), and `--on-bad-line` of those that read training data
/// (data/reading.h). `--seed` and `--threads` are recipe keys as well: no
/// settings struct may bind `threads`; where one binds `seed`, the option sets that.
class CommonOptions {
 public:
  /// Declares the options, and the keys `seed` (unless `settings` has it) and `threads`.
  CommonOptions(OptionSet& options, SettingsTable& settings);

  /// Prints the help or the versions where one was asked for, and tells whether it did.
  bool print_if_asked(const CommandLine& line, const OptionSet& options,
                      const SettingsTable& settings) const;

  /// Reads the recipe, then applies `--set` in the given order and the options that stand for keys;
  /// checks that nothing required is missing. Throws as SettingsTable does, all problems at once.
  void resolve(SettingsTable& settings) const;

  /// Applies the number of threads and the log level to the process.
  void apply() const;

  std::uint64_t seed() const { return static_cast<std::uint64_t>(seed_key_.seed); }

 private:
  struct SeedKey {
    std::int64_t seed = 0;
    void bind(SettingsBinder& b);
  };
  struct ThreadsKey {
    std::int64_t threads = 0;
    void bind(SettingsBinder& b);
  };

  SeedKey seed_key_;
  ThreadsKey threads_key_;
  std::optional<std::filesystem::path> config_;
  std::vector<std::string> assignments_;
  std::optional<std::string> steps_;
  std::optional<std::string> prompt_cache_;
  std::string bad_line_key_;  ///< empty where the settings have none
  std::optional<std::string> bad_line_;
  std::optional<std::string> seed_;
  std::optional<std::string> threads_;
  bool quiet_ = false;
  bool help_ = false;
  bool version_ = false;
};

/// For a subcommand without settings of its own.
struct NoSettings {
  void bind(SettingsBinder&) {}
};

/// Runs a subcommand with its own options: `declare(OptionSet&)` adds them, `body(Settings&, const
/// Run&)` does the work with everything resolved. Returns the exit code.
template <class Settings, class Declare, class Body>
int run_with_settings(const CommandLine& line, Declare declare, Body body) {
  Settings settings;
  SettingsTable table(settings);
  OptionSet options;
  declare(options);
  CommonOptions common(options, table);
  options.parse(line.arguments);
  if (common.print_if_asked(line, options, table)) return 0;
  options.check();
  common.resolve(table);
  common.apply();
  body(settings, Run{common.seed(), table.to_yaml(), line.out});
  return 0;
}

/// As above without options of its own.
template <class Settings, class Body>
int run_with_settings(const CommandLine& line, Body body) {
  return run_with_settings<Settings>(
      line, [](OptionSet&) {}, body);
}

}  // namespace tess2::app
