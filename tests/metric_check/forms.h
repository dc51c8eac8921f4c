// The forms of files of official metric values, and how each row compares with ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "eval/metrics/ifeval.h"

namespace tess2::metric_check {

/// At most this many disagreements are listed.
inline constexpr std::size_t kMostListed = 100;

/// What the rows of the checked files came to.
class Tally {
 public:
  /// Counts one value of a form; `place` names file, row and key.
  void compare(const std::string& form, const std::string& place, const std::string& expected,
               const std::string& found);
  /// Counts a value that the official program draws at random.
  void leave_out(const std::string& form);

  bool all_agree() const { return disagreements_ == 0; }
  /// One line a form, then the first disagreements.
  void print(std::ostream& out) const;

 private:
  struct Form {
    std::int64_t values = 0;
    std::int64_t agreements = 0;
    std::int64_t random = 0;
  };

  std::map<std::string, Form> forms_;
  std::vector<std::string> listed_;
  std::size_t disagreements_ = 0;
};

/// Where the arguments of IFEval's instructions come from where a row does not have them itself.
class Prompts {
 public:
  explicit Prompts(std::filesystem::path file) : file_(std::move(file)) {}

  /// The prompt of that text. Reads the file at the first call. Throws FileError and FormatError,
  /// also where `file` (at `place`) has a prompt that is not known.
  const eval::IfevalPrompt& find(const std::string& prompt, const std::filesystem::path& file,
                                 const std::string& place);

 private:
  std::filesystem::path file_;
  std::map<std::string, eval::IfevalPrompt> prompts_;
};

/// Compares every row of a JSON file: a list of objects of one of these forms.
///   IFEval  prompt, response, instruction_id_list, strict, loose (and kwargs, if any)
///   SQuAD   prediction, answers, exact_match, f1
///   GSM8K, BBH  output, gold, extracted, exact_match; which of the two it is, the extraction that
///           more rows agree with tells (GSM8K of equals)
/// Throws FileError and FormatError naming file, row and key.
void check_file(const std::filesystem::path& file, Prompts& prompts, Tally& tally);

}  // namespace tess2::metric_check
