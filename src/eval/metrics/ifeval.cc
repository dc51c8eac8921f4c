#include "eval/metrics/ifeval.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "core/nearest.h"
#include "data/json_lines.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

using nlohmann::json;

constexpr std::string_view kIds = "instruction_id_list";
constexpr std::string_view kArguments = "kwargs";
constexpr std::string_view kLetterFrequency = "keywords:letter_frequency";

/// A record and where it stands.
struct Record {
  const json& object;
  const std::filesystem::path& file;
  const std::string& place;

  [[noreturn]] void fail(std::string_view key, std::string expected, std::string found) const {
    throw FormatError(file, place + ": " + std::string(key), std::move(expected), std::move(found));
  }

  const json& field(std::string_view key, const std::string& expected,
                    bool (json::*is_right)() const noexcept) const {
    const auto found = object.find(key);
    if (found == object.end()) fail(key, expected, "nothing");
    if (!((*found).*is_right)()) {
      fail(key, expected, std::string("a value of type ") + found->type_name());
    }
    return *found;
  }
};

std::string item(std::string_view key, std::size_t i) {
  return std::string(key) + "[" + std::to_string(i) + "]";
}

const InstructionKind& known_kind(const Record& record, const std::string& id, std::size_t i) {
  if (const InstructionKind* kind = find_kind(id)) return *kind;
  std::vector<std::string> known;
  for (const auto kinds : {word_kinds(), format_kinds(), layout_kinds()}) {
    for (const InstructionKind& kind : kinds) known.emplace_back(kind.id);
  }
  record.fail(item(kIds, i), "a known instruction", text::in_quotes(id) + nearest_hint(id, known));
}

bool official_draws(std::string_view id, const Arguments& arguments) {
  if (id != kLetterFrequency) return false;
  const Text letter = lower(arguments.text("letter"));
  return letter.size() != 1 || letter.front() < U'a' || letter.front() > U'z';
}

Instruction instruction(const Record& record, const json& id, const json& object, std::size_t i) {
  if (!id.is_string()) {
    record.fail(item(kIds, i), "a string", std::string("a value of type ") + id.type_name());
  }
  if (!object.is_object()) {
    record.fail(item(kArguments, i), "an object",
                std::string("a value of type ") + object.type_name());
  }
  const auto& name = id.get_ref<const std::string&>();
  const InstructionKind& kind = known_kind(record, name, i);
  const Arguments arguments(object, record.file, record.place + ": " + item(kArguments, i));
  return {name, kind.make(arguments), !official_draws(name, arguments)};
}

// What is left of a response where models like to add a word of their own.
std::array<Text, 8> loose_forms(TextView response) {
  const std::size_t first = std::min(response.find(U'\n'), response.size());
  const std::size_t last = response.rfind(U'\n');
  const bool one_line = last == TextView::npos;
  const TextView rest = response.substr(std::min(first + 1, response.size()));
  const TextView start = response.substr(0, one_line ? 0 : last);
  const TextView middle =
      one_line || first == last ? TextView() : response.substr(first + 1, last - first - 1);
  const std::array<TextView, 4> cut = {response, strip(rest), strip(start), strip(middle)};
  std::array<Text, 8> forms;
  for (std::size_t i = 0; i < cut.size(); ++i) {
    forms[i] = cut[i];
    forms[i + cut.size()] = without(cut[i], U'*');
  }
  return forms;
}

bool follows(const Instruction& instruction, TextView response) {
  return !strip(response).empty() && instruction.check(response);
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

IfevalPrompt parse_ifeval_prompt(const json& object, const std::filesystem::path& file,
                                 const std::string& place) {
  const Record record{object, file, place};
  IfevalPrompt prompt;
  prompt.prompt = record.field("prompt", "a string", &json::is_string).get<std::string>();
  const json& ids = record.field(kIds, "a list", &json::is_array);
  const json& arguments = record.field(kArguments, "a list", &json::is_array);
  if (ids.size() != arguments.size()) {
    record.fail(kArguments, std::to_string(ids.size()) + " objects",
                std::to_string(arguments.size()));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    prompt.instructions.push_back(instruction(record, ids[i], arguments[i], i));
  }
  return prompt;
}

std::vector<IfevalPrompt> read_ifeval_prompts(const std::filesystem::path& file) {
  std::vector<IfevalPrompt> prompts;
  data::for_each_json_line(file, [&](const json& object, const data::LinePlace& place) {
    prompts.push_back(parse_ifeval_prompt(object, file, "line " + std::to_string(place.number)));
  });
  return prompts;
}

IfevalVerdict judge_ifeval(const IfevalPrompt& prompt, std::string_view response) {
  const Text text = decode(response);
  const auto forms = loose_forms(text);
  IfevalVerdict verdict;
  for (const Instruction& instruction : prompt.instructions) {
    const auto right = [&](const Text& form) { return follows(instruction, form); };
    verdict.strict.push_back(right(text));
    verdict.loose.push_back(verdict.strict.back() ||
                            std::any_of(forms.begin(), forms.end(), right));
  }
  return verdict;
}

void IfevalAccuracy::add(const std::vector<bool>& followed) {
  const auto count = std::count(followed.begin(), followed.end(), true);
  ++prompts;
  prompts_followed += count == std::ssize(followed) ? 1 : 0;
  instructions += std::ssize(followed);
  instructions_followed += count;
}

double IfevalAccuracy::prompt_rate() const {
  return share(prompts_followed, prompts);
}

double IfevalAccuracy::instruction_rate() const {
  return share(instructions_followed, instructions);
}

}  // namespace tess2::eval
