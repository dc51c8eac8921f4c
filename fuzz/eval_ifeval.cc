// IFEval: the input as a response to instructions of every kind, and as the record of a prompt.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "eval/metrics/ifeval.h"
#include "fuzz.h"

using namespace tess2;
using nlohmann::json;

namespace {

// One record with the arguments of every kind.
json every_kind() {
  const json arguments = {{"keywords", {"a", "b"}},
                          {"keyword", "a"},
                          {"frequency", 2},
                          {"relation", "at least"},
                          {"forbidden_words", {"a", "."}},
                          {"letter", "a"},
                          {"let_frequency", 2},
                          {"let_relation", "less than"},
                          {"language", "en"},
                          {"capital_frequency", 1},
                          {"capital_relation", "at least"},
                          {"num_bullets", 1},
                          {"num_highlights", 1},
                          {"section_spliter", "Section"},
                          {"num_sections", 1},
                          {"num_placeholders", 1},
                          {"postscript_marker", "P.S."},
                          {"num_words", 3},
                          {"num_sentences", 2},
                          {"num_paragraphs", 2},
                          {"nth_paragraph", 1},
                          {"first_word", "a"},
                          {"prompt_to_repeat", "a"},
                          {"end_phrase", "a"}};
  json record = {
      {"prompt", "p"}, {"instruction_id_list", json::array()}, {"kwargs", json::array()}};
  for (const auto kinds : {eval::word_kinds(), eval::format_kinds(), eval::layout_kinds()}) {
    for (const eval::InstructionKind& kind : kinds) {
      record["instruction_id_list"].push_back(kind.id);
      record["kwargs"].push_back(arguments);
    }
  }
  return record;
}

void judge(std::string_view response) {
  static const eval::IfevalPrompt kPrompt = eval::parse_ifeval_prompt(every_kind(), "p", "line 1");
  const auto verdict = eval::judge_ifeval(kPrompt, response);
  fuzz::require(verdict.strict.size() == kPrompt.instructions.size(), "one verdict a kind");
  for (std::size_t i = 0; i < verdict.strict.size(); ++i) {
    fuzz::require(verdict.loose[i] || !verdict.strict[i], "what is followed is loosely followed");
  }
}

void parse(std::string_view record) {
  const json object = json::parse(record, nullptr, false);
  if (object.is_discarded()) return;
  fuzz::allow_errors([&] { eval::parse_ifeval_prompt(object, "a.jsonl", "line 1"); });
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {"Mr. Smith... said: \"No!\" (U.S.) **a** [b] <<c>>\n\n* d\n******\nP.S. e",
          "```json\n{\"a\": [1, NaN]}\n```", "Section 1\n***\ncan't, cannot 'tis\xe2\x80\x9d",
          every_kind().dump()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  judge(fuzz::as_text(data, size));
  parse(fuzz::as_text(data, size));
  return 0;
}
