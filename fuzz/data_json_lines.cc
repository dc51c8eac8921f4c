// JSON-lines records: each line of the input as a document, a dialogue and a preference pair.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/json_lines.h"
#include "data/pairs.h"
#include "fuzz.h"

using namespace tess2;

namespace {

void read_record(std::string_view line, const data::LinePlace& place) {
  nlohmann::json object;
  fuzz::allow_errors([&] { object = data::parse_json_line(line, place); });
  if (object.is_null()) return;
  fuzz::require(object.is_object(), "a record is an object");
  fuzz::allow_errors([&] { data::string_field(object, "text", place); });
  fuzz::allow_errors([&] {
    const auto messages = data::messages_field(object, "messages", place);
    fuzz::require(!messages.empty(), "a dialogue has messages");
  });
  fuzz::allow_errors([&] {
    const data::PreferencePair pair = data::parse_pair(object, place);
    fuzz::require(pair.chosen.back().role == "assistant", "a pair ends with an answer");
  });
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      R"({"text": "once upon a time"})",
      R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})",
      R"({"prompt": "a", "chosen": "b", "rejected": "c"})",
      R"({"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant:"})",
      "{}\n[1, 2]\n"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  data::LinePlace place{"records.jsonl", 0};
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    ++place.number;
    read_record(input.substr(0, end), place);
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return 0;
}
