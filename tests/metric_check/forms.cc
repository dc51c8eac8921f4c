#include "metric_check/forms.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "eval/metrics/extraction.h"
#include "eval/metrics/squad.h"
#include "text/utf8.h"

namespace tess2::metric_check {
namespace {

using nlohmann::json;

// Official scores are written with all their digits.
constexpr double kSameScore = 1e-9;

std::string type_of(const json& value) {
  return std::string("a value of type ") + value.type_name();
}

json parse_rows(const std::filesystem::path& file) {
  const std::string expected = "a list of objects";
  try {
    json rows = json::parse(read_text_file(file));
    if (!rows.is_array()) throw FormatError(file, "", expected, type_of(rows));
    if (rows.empty()) throw FormatError(file, "", expected, "an empty list");
    return rows;
  } catch (const json::parse_error& error) {
    throw FormatError(file, "", expected, "malformed JSON at byte " + std::to_string(error.byte));
  } catch (const json::out_of_range&) {
    throw FormatError(file, "", expected, "a number out of range");
  }
}

/// One object of a file.
class Row {
 public:
  Row(const json& object, const std::filesystem::path& file, std::size_t index)
      : object_(object), file_(file), place_("row " + std::to_string(index + 1)) {
    if (!object.is_object()) throw FormatError(file_, place_, "an object", type_of(object));
  }

  const json& object() const { return object_; }
  const std::filesystem::path& file() const { return file_; }
  const std::string& place() const { return place_; }
  bool has(std::string_view key) const { return object_.contains(key); }

  std::string text(std::string_view key) const {
    return field(key, "a string", &json::is_string).get<std::string>();
  }
  double number(std::string_view key) const {
    return field(key, "a number", &json::is_number).get<double>();
  }
  std::vector<std::string> texts(std::string_view key) const {
    return list<std::string>(key, "a list of strings", &json::is_string);
  }
  std::vector<bool> flags(std::string_view key) const {
    return list<bool>(key, "a list of true and false", &json::is_boolean);
  }

  [[noreturn]] void fail(std::string_view key, std::string expected, std::string found) const {
    throw FormatError(file_, place_ + ": " + std::string(key), std::move(expected),
                      std::move(found));
  }
  /// File, row and key, for the list of disagreements.
  std::string at(std::string_view key) const {
    return file_.string() + ": " + place_ + ": " + std::string(key);
  }

 private:
  using Test = bool (json::*)() const noexcept;

  const json& field(std::string_view key, const std::string& expected, Test is_right) const {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(key, expected, "nothing");
    if (!((*found).*is_right)()) fail(key, expected, type_of(*found));
    return *found;
  }

  template <class Value>
  std::vector<Value> list(std::string_view key, const std::string& expected, Test is_right) const {
    std::vector<Value> values;
    for (const json& value : field(key, expected, &json::is_array)) {
      if (!(value.*is_right)()) fail(key, expected, "one that holds " + type_of(value));
      values.push_back(value.get<Value>());
    }
    return values;
  }

  const json& object_;
  const std::filesystem::path& file_;
  std::string place_;
};

std::string flag_text(bool flag) {
  return flag ? "true" : "false";
}

void compare_score(const std::string& form, const Row& row, std::string_view key, double found,
                   Tally& tally) {
  const double expected = row.number(key);
  const bool same = std::abs(expected - found) <= kSameScore;
  tally.compare(form, row.at(key), json(expected).dump(), json(same ? expected : found).dump());
}

void check_squad(const Row& row, Tally& tally) {
  const auto answers = row.texts("answers");
  const auto score = eval::score_answer(row.text("prediction"), answers);
  compare_score("SQuAD", row, "exact_match", score.exact_match, tally);
  compare_score("SQuAD", row, "f1", score.f1, tally);
}

/// A task whose answers are taken out of a chain of thought.
struct Extraction {
  std::string form;
  std::string (*extract)(std::string_view output);
};

void check_extraction(const Extraction& task, const Row& row, Tally& tally) {
  const std::string found = task.extract(row.text("output"));
  const bool right = eval::same_answer(found, row.text("gold"));
  tally.compare(task.form, row.at("extracted"), text::in_quotes(row.text("extracted"), 200),
                text::in_quotes(found, 200));
  compare_score(task.form, row, "exact_match", right ? 1.0 : 0.0, tally);
}

Extraction likelier_extraction(const std::vector<Row>& rows) {
  const auto agreements = [&](const Extraction& task) {
    return std::count_if(rows.begin(), rows.end(), [&](const Row& row) {
      return task.extract(row.text("output")) == row.text("extracted");
    });
  };
  const Extraction gsm8k{"GSM8K", eval::gsm8k_answer};
  const Extraction bbh{"BBH", eval::bbh_answer};
  return agreements(gsm8k) >= agreements(bbh) ? gsm8k : bbh;
}

void check_mode(const Row& row, const eval::IfevalPrompt& prompt, std::string_view mode,
                const std::vector<bool>& found, Tally& tally) {
  const std::string form = "IFEval " + std::string(mode);
  const auto expected = row.flags(mode);
  if (expected.size() != found.size()) {
    row.fail(mode, std::to_string(found.size()) + " verdicts", std::to_string(expected.size()));
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const eval::Instruction& instruction = prompt.instructions[i];
    if (!instruction.determined) {
      tally.leave_out(form);
      continue;
    }
    const std::string place = row.at(mode) + "[" + std::to_string(i) + "] " + instruction.id;
    tally.compare(form, place, flag_text(expected[i]), flag_text(found[i]));
  }
}

void check_verdicts(const Row& row, const eval::IfevalPrompt& prompt, Tally& tally) {
  const auto ids = row.texts("instruction_id_list");
  const bool same = std::equal(
      ids.begin(), ids.end(), prompt.instructions.begin(), prompt.instructions.end(),
      [](const std::string& id, const eval::Instruction& known) { return id == known.id; });
  if (!same) row.fail("instruction_id_list", "the instructions of the prompt", "others");
  const auto verdict = eval::judge_ifeval(prompt, row.text("response"));
  check_mode(row, prompt, "strict", verdict.strict, tally);
  check_mode(row, prompt, "loose", verdict.loose, tally);
}

void check_ifeval(const Row& row, Prompts& prompts, Tally& tally) {
  if (row.has("kwargs")) {
    check_verdicts(row, eval::parse_ifeval_prompt(row.object(), row.file(), row.place()), tally);
  } else {
    check_verdicts(row, prompts.find(row.text("prompt"), row.file(), row.place()), tally);
  }
}

}  // namespace

void Tally::compare(const std::string& form, const std::string& place, const std::string& expected,
                    const std::string& found) {
  Form& tally = forms_[form];
  ++tally.values;
  if (expected == found) {
    ++tally.agreements;
    return;
  }
  ++disagreements_;
  if (listed_.size() == kMostListed) return;
  listed_.push_back(place + ": expected " + expected + ", found " + found);
}

void Tally::leave_out(const std::string& form) {
  ++forms_[form].random;
}

void Tally::print(std::ostream& out) const {
  for (const auto& [name, form] : forms_) {
    out << name << ": " << form.agreements << " of " << form.values << " values agree";
    if (form.random > 0) {
      out << "; " << form.random << " not compared, which the official program draws at random";
    }
    out << "\n";
  }
  for (const std::string& line : listed_) out << "DIFFERS " << line << "\n";
  if (disagreements_ > listed_.size()) {
    out << "and " << disagreements_ - listed_.size() << " more\n";
  }
  out << (all_agree() ? "all values agree\n" : "values differ\n");
}

const eval::IfevalPrompt& Prompts::find(const std::string& prompt,
                                        const std::filesystem::path& file,
                                        const std::string& place) {
  if (prompts_.empty()) {
    for (eval::IfevalPrompt& known : eval::read_ifeval_prompts(file_)) {
      const std::string text = known.prompt;
      prompts_.emplace(text, std::move(known));
    }
  }
  const auto found = prompts_.find(prompt);
  if (found != prompts_.end()) return found->second;
  throw FormatError(file, place + ": prompt", "a prompt of " + file_.string() + ", or kwargs",
                    text::in_quotes(prompt));
}

void check_file(const std::filesystem::path& file, Prompts& prompts, Tally& tally) {
  const json list = parse_rows(file);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < list.size(); ++i) rows.emplace_back(list[i], file, i);
  const Row& first = rows.front();
  if (first.has("instruction_id_list")) {
    for (const Row& row : rows) check_ifeval(row, prompts, tally);
  } else if (first.has("prediction")) {
    for (const Row& row : rows) check_squad(row, tally);
  } else if (first.has("extracted")) {
    const Extraction task = likelier_extraction(rows);
    for (const Row& row : rows) check_extraction(task, row, tally);
  } else {
    first.fail("instruction_id_list, prediction or extracted", "one of them", "none");
  }
}

}  // namespace tess2::metric_check
