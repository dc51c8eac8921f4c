#include "app/option_set.h"

#include <CLI/CLI.hpp>

#include "core/nearest.h"

namespace tess2::app {
namespace {

constexpr std::size_t kNamed = 60;  // bytes of a wrong argument that a message shows

}  // namespace

OptionSet::OptionSet() : parser_(std::make_unique<CLI::App>()) {
  // Help and left-over arguments are dealt with here, so that messages name the nearest option.
  parser_->set_help_flag();
  parser_->allow_extras();
}

OptionSet::~OptionSet() = default;

void OptionSet::flag(const std::string& names, bool& target, const std::string& help) {
  describe(names, "", help);
  parser_->add_flag_callback(names, [&target] { target = true; });
}

void OptionSet::repeated(const std::string& names, std::vector<std::string>& target,
                         const std::string& placeholder, const std::string& help) {
  describe(names, placeholder, help + " (may be repeated)");
  parser_->add_option(names, target)->allow_extra_args(false);
}

void OptionSet::add_option(const std::string& names, const std::string& placeholder,
                           const std::string& help, Take take) {
  describe(names, placeholder, help);
  parser_->add_option_function<std::string>(names, take)->type_name(placeholder);
}

void OptionSet::add_positional(const std::string& placeholder, const std::string& help, Take take,
                               bool required) {
  positionals_.push_back({placeholder, help + (required ? "" : " (may be left out)")});
  if (required) required_.push_back(placeholder);
  parser_->add_option_function<std::string>(placeholder, take);
}

void OptionSet::positionals_left(const std::string& placeholder, std::vector<std::string>& target,
                                 const std::string& help) {
  positionals_.push_back({placeholder + "...", help + " (one or more)"});
  required_.push_back(placeholder);
  parser_->add_option(placeholder, target);
}

void OptionSet::describe(const std::string& names, const std::string& placeholder,
                         const std::string& help) {
  std::string spelling;
  for (const std::string& name : CLI::detail::split(names, ',')) {
    names_.push_back(name);
    spelling += (spelling.empty() ? "" : ", ") + name;
  }
  options_.push_back({spelling + (placeholder.empty() ? "" : " " + placeholder), help});
}

void OptionSet::parse(std::span<const std::string> arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    parser_->parse(reversed);
  } catch (const CLI::ParseError& error) {
    throw UsageError(printable(error.what()));
  }
}

void OptionSet::check() const {
  refuse_leftovers();
  for (const std::string& name : required_) {
    if (parser_->get_option(name)->count() > 0) continue;
    throw UsageError(name + ": expected an argument, found nothing");
  }
}

void OptionSet::refuse_leftovers() const {
  bool positional_only = false;
  for (const std::string& extra : parser_->remaining()) {
    if (extra == "--") {
      positional_only = true;
      continue;
    }
    if (positional_only || !extra.starts_with('-')) {
      throw UsageError("unexpected argument " + printable(extra, kNamed));
    }
    const std::string name = extra.substr(0, extra.find('='));
    throw UsageError("unknown option " + printable(name, kNamed) + nearest_hint(name, names_));
  }
}

}  // namespace tess2::app
