// Several things that are wrong, found together and told at once.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "core/error.h"

namespace tess2 {

/// Two problems or more. `what()` has them on one line; `lines` has a line for each.
class SeveralErrors : public Error {
 public:
  /// `wrong_usage`: whether any of them is a UsageError.
  SeveralErrors(std::vector<std::string> lines, bool wrong_usage);
  const std::vector<std::string>& lines() const { return lines_; }
  bool wrong_usage() const { return wrong_usage_; }

 private:
  std::vector<std::string> lines_;
  bool wrong_usage_;
};

/// Collects problems instead of stopping at the first.
class Problems {
 public:
  /// Adds something that the user asked for and that cannot be meant. A line counts once.
  void add(const std::string& line);

  /// Runs `work` and adds the Error that it throws, if any. Returns whether it threw none.
  template <class Work>
  bool attempt(const Work& work) {
    try {
      work();
      return true;
    } catch (const Error&) {
      add_current();
      return false;
    }
  }

  bool empty() const { return lines_.empty(); }

  /// Throws a single problem as the error that it was, and several as SeveralErrors.
  void raise() const;

 private:
  void add_current();
  void add_line(const std::string& line);

  std::vector<std::string> lines_;
  std::exception_ptr first_;
  bool wrong_usage_ = false;
};

}  // namespace tess2
