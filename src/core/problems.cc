#include "core/problems.h"

#include <algorithm>
#include <utility>

namespace tess2 {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

}  // namespace

SeveralErrors::SeveralErrors(std::vector<std::string> lines, bool wrong_usage)
    : Error(joined(lines)), lines_(std::move(lines)), wrong_usage_(wrong_usage) {}

void Problems::add(const std::string& line) {
  attempt([&] { throw UsageError(line); });
}

void Problems::add_current() {
  if (first_ == nullptr) first_ = std::current_exception();
  try {
    throw;
  } catch (const SeveralErrors& several) {
    for (const std::string& line : several.lines()) add_line(line);
    wrong_usage_ = wrong_usage_ || several.wrong_usage();
  } catch (const UsageError& error) {
    add_line(error.what());
    wrong_usage_ = true;
  } catch (const Error& error) {
    add_line(error.what());
  }
}

void Problems::add_line(const std::string& line) {
  if (std::ranges::find(lines_, line) == lines_.end()) lines_.push_back(line);
}

void Problems::raise() const {
  if (lines_.empty()) return;
  if (lines_.size() == 1) std::rethrow_exception(first_);
  throw SeveralErrors(lines_, wrong_usage_);
}

}  // namespace tess2
