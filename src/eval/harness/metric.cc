#include "eval/harness/metric.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "data/synth/check.h"
#include "eval/metrics/extraction.h"
#include "eval/metrics/ifeval.h"
#include "eval/metrics/squad.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

using nlohmann::json;

// The part of an output that completes the function.
std::string_view completion_of(std::string_view output) {
  constexpr std::array<std::string_view, 6> kEnds{"\nclass", "\ndef",   "\n#",
                                                  "\nif",    "\nprint", "\n```"};
  std::size_t end = output.size();
  for (const std::string_view mark : kEnds) end = std::min(end, output.find(mark));
  return output.substr(0, end);
}

Verdict right_or_wrong(std::string extracted, bool right) {
  return {std::move(extracted), {{"accuracy", right ? 1.0 : 0.0}}};
}

std::string text_of(const json& gold, const char* key, const data::LinePlace& place) {
  return data::string_field(gold, key, place);
}

Verdict judge_answer(std::string extracted, const json& gold, const data::LinePlace& place) {
  const bool right = same_answer(extracted, text_of(gold, "answer", place));
  return right_or_wrong(std::move(extracted), right);
}

Verdict judge_choice(const json& gold, const std::string& output, const data::LinePlace& place) {
  const auto choice = mmlu_choice(output);
  const std::string extracted = choice ? std::string(1, *choice) : std::string();
  return right_or_wrong(extracted, extracted == text_of(gold, "answer", place));
}

Verdict judge_instruction(const json& gold, const std::string& output,
                          const data::LinePlace& place) {
  const std::string prompt = text_of(gold, "prompt", place);
  const std::string answer = text_of(gold, "answer", place);
  const bool right = data::synth::check_answer(
      text_of(gold, "task", place), {.prompt = prompt, .answer = answer, .output = output});
  return right_or_wrong(std::string(text::strip(output)), right);
}

Verdict judge_short_answer(const json& gold, const std::string& output, AnswerForm form,
                           const data::LinePlace& place) {
  const auto answers = gold.find("answers");
  if (answers == gold.end() || !answers->is_array()) {
    data::throw_line_error(place, "answers", "a list of texts", "something else");
  }
  const std::vector<std::string> texts = *answers;
  const std::string extracted(text::strip(output));
  const AnswerScore score = score_answer(extracted, texts, form);
  return {extracted, {{"f1", score.f1}, {"exact_match", score.exact_match}}};
}

void add_followed(const std::string& mode, const std::vector<bool>& followed, Verdict& verdict) {
  const auto count = static_cast<double>(std::ranges::count(followed, true));
  const auto all = static_cast<double>(followed.size());
  verdict.measures.push_back({"prompt_" + mode, count == all ? 1.0 : 0.0});
  verdict.measures.push_back({"instruction_" + mode, count, all});
}

Verdict judge_instructions(const json& gold, const std::string& output,
                           const data::LinePlace& place) {
  const auto prompt = parse_ifeval_prompt(gold, place.file, "line " + std::to_string(place.number));
  const IfevalVerdict followed = judge_ifeval(prompt, output);
  Verdict verdict{output, {}};
  add_followed("strict", followed.strict, verdict);
  add_followed("loose", followed.loose, verdict);
  return verdict;
}

std::optional<Verdict> judge_program(const json& gold, const std::string& output,
                                     const RunProgram& run) {
  if (!run) return std::nullopt;
  return Verdict{std::string(completion_of(output)),
                 {{"pass_at_1", run(humaneval_program(gold, output)) ? 1.0 : 0.0}}};
}

}  // namespace

std::string humaneval_program(const json& gold, std::string_view output) {
  const auto part = [&](const char* key) { return gold.at(key).get<std::string>(); };
  return part("prompt") + std::string(completion_of(output)) + "\n\n" + part("test") + "\ncheck(" +
         part("entry_point") + ")\n";
}

std::optional<Verdict> judge_output(Metric metric, const json& gold, const std::string& output,
                                    const RunProgram& run, const data::LinePlace& place) {
  switch (metric) {
    case Metric::kGsm8k:
      return judge_answer(gsm8k_answer(output), gold, place);
    case Metric::kBbh:
      return judge_answer(bbh_answer(output), gold, place);
    case Metric::kMmlu:
      return judge_choice(gold, output, place);
    case Metric::kInstructions:
      return judge_instruction(gold, output, place);
    case Metric::kSquad:
      return judge_short_answer(gold, output, AnswerForm::kSquad, place);
    case Metric::kTriviaQa:
      return judge_short_answer(gold, output, AnswerForm::kTriviaQa, place);
    case Metric::kIfeval:
      return judge_instructions(gold, output, place);
    case Metric::kHumanEval:
      return judge_program(gold, output, run);
    case Metric::kAlpacaEval:
      return std::nullopt;
  }
  throw Error("a metric without a judge");
}

}  // namespace tess2::eval
