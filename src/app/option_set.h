// The options and positional arguments of one subcommand.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/setting.h"
#include "core/terminal.h"

namespace CLI {
class App;
}

namespace tess2::app {

/// How an option or argument is written, and what it does.
struct OptionHelp {
  std::string spelling;  ///< `-c, --config FILE`
  std::string help;
};

/// Options are declared with a place for their value, then `parse` fills the places. Everything
/// that is wrong on the command line is a UsageError of one line. `names` are separated by commas
/// (`-c,--config`), and `placeholder` stands for the value in the help text.
class OptionSet {
 public:
  OptionSet();
  ~OptionSet();
  OptionSet(const OptionSet&) = delete;
  OptionSet& operator=(const OptionSet&) = delete;

  /// An option without a value; sets `target` to true.
  void flag(const std::string& names, bool& target, const std::string& help);

  /// An option that may be given once, of a type that settings can have. An std::optional as target
  /// tells whether it was given.
  template <class T>
  void option(const std::string& names, T& target, const std::string& placeholder,
              const std::string& help) {
    add_option(names, placeholder, help, taker(names.substr(names.rfind(',') + 1), target));
  }
  template <class T>
  void option(const std::string& names, std::optional<T>& target, const std::string& placeholder,
              const std::string& help) {
    const auto take = [&target, name = names.substr(names.rfind(',') + 1)](const std::string& x) {
      taker(name, target.emplace())(x);
    };
    add_option(names, placeholder, help, take);
  }

  /// An option that may be given again and again; `target` gets the values in their order.
  void repeated(const std::string& names, std::vector<std::string>& target,
                const std::string& placeholder, const std::string& help);

  /// The next argument without a dash. `placeholder` is its name in capitals: `MODEL`.
  template <class T>
  void positional(const std::string& placeholder, T& target, const std::string& help) {
    add_positional(placeholder, help, taker(placeholder, target), true);
  }
  /// As above; `target` keeps its value where the argument is not given.
  template <class T>
  void optional_positional(const std::string& placeholder, T& target, const std::string& help) {
    add_positional(placeholder, help, taker(placeholder, target), false);
  }
  /// All further arguments without a dash, at least one.
  void positionals_left(const std::string& placeholder, std::vector<std::string>& target,
                        const std::string& help);

  /// Fills the places. Throws UsageError for a missing value, one that is not of the target's type,
  /// or an option given twice.
  void parse(std::span<const std::string> arguments);

  /// After `parse`: throws UsageError for an unknown option (naming the nearest known one) and for
  /// a superfluous or missing argument. Apart from `parse` so that `--help` needs nothing else.
  void check() const;

  const std::vector<OptionHelp>& options() const { return options_; }
  const std::vector<OptionHelp>& positionals() const { return positionals_; }

 private:
  using Take = std::function<void(const std::string&)>;

  // Puts a value into `target`, or throws naming the option.
  template <class T>
  static Take taker(const std::string& name, T& target) {
    return [name, &target, codec = setting_codec<T>()](const std::string& text) {
      auto value = codec.parse(text);
      if (!value) {
        throw UsageError(name + ": expected " + codec.type + ", found " +
                         (text.empty() ? "empty text" : printable(text, 60)));
      }
      target = std::move(*value);
    };
  }

  void add_option(const std::string& names, const std::string& placeholder, const std::string& help,
                  Take take);
  void add_positional(const std::string& placeholder, const std::string& help, Take take,
                      bool required);
  void describe(const std::string& names, const std::string& placeholder, const std::string& help);
  void refuse_leftovers() const;

  std::unique_ptr<CLI::App> parser_;
  std::vector<OptionHelp> options_;
  std::vector<OptionHelp> positionals_;
  std::vector<std::string> names_;     ///< of the options, with their dashes
  std::vector<std::string> required_;  ///< placeholders of the positionals that must be given
};

}  // namespace tess2::app
