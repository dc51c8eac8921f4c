#include "eval/harness/judgements.h"

#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace tess2::eval {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFileName = "judgements.jsonl";

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Verdict verdict_of(const std::string& winner, const data::LinePlace& place) {
  for (const auto& [name, value] : {std::pair("model", 1.0), {"reference", 0.0}, {"tie", 0.5}}) {
    if (winner == name) return {winner, {{"win_rate", value}}};
  }
  data::throw_line_error(place, "winner", "model, reference or tie", winner);
}

// Calls `use` with the judgements of the folder that are written to their end. Returns the bytes
// that they take.
template <class Use>
std::size_t for_each_judgement(const fs::path& file, const Use& use) {
  const std::string text = read_text_file(file);
  std::size_t begin = 0;
  std::size_t number = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const data::LinePlace place{file, ++number};
    use(data::parse_json_line(std::string_view(text).substr(begin, end - begin), place), place);
  }
  return begin;
}

void take_judgement(const nlohmann::json& json, const data::LinePlace& place, Records& records) {
  const auto index = json.find("index");
  const bool fits = index != json.end() && index->is_number_unsigned();
  const auto record = fits ? records.find(index->get<std::size_t>()) : records.end();
  if (record == records.end()) {
    data::throw_line_error(place, "index", "the number of a record", fits ? index->dump() : "none");
  }
  record->second.verdict = verdict_of(data::string_field(json, "winner", place), place);
}

// The answer stands first for half of the records, for judges like one place more than the other.
bool answer_is_first(const TaskRecord& record) {
  return derive_seed(record.seed, record.index) % 2 == 0;
}

std::string winner_of(Preference preference, bool answer_first) {
  if (preference == Preference::kTie) return "tie";
  return (preference == Preference::kFirst) == answer_first ? "model" : "reference";
}

/// What the judge says of a record. Throws Error naming the record's line where it says nothing of
/// use.
Judgement judgement_of(const TaskRecord& record, bool answer_first, Judge& judge) {
  const std::string reference = record.gold.at("output");
  try {
    return judge.ask(record.gold.at("instruction"), answer_first ? record.output : reference,
                     answer_first ? reference : record.output);
  } catch (const Error& error) {
    throw Error(record.place.file.string() + ": line " + std::to_string(record.place.number) +
                ": " + error.what());
  }
}

std::string judged_line(const TaskRecord& record, Judge& judge) {
  const bool first = answer_is_first(record);
  const Judgement judgement = judgement_of(record, first, judge);
  Json json;
  json["index"] = record.index;
  json["judge"] = judge.address().model;
  json["answer_first"] = first;
  json["reply"] = judgement.reply;
  json["winner"] = winner_of(judgement.preference, first);
  return dump(json, -1) + "\n";
}

}  // namespace

void write_model_outputs(const Records& records, const std::string& generator,
                         const fs::path& folder) {
  Json list = Json::array();
  for (const auto& [index, record] : records) {
    list.push_back({{"instruction", record.gold.at("instruction")},
                    {"output", record.output},
                    {"generator", generator},
                    {"dataset", record.gold.at("dataset")}});
  }
  write_file_atomically(folder / "model_outputs.json",
                        [&](std::ostream& out) { out << dump(list, 2) << "\n"; });
}

void read_judgements(const fs::path& folder, Records& records) {
  if (!fs::exists(folder / kFileName)) return;
  for_each_judgement(folder / kFileName,
                     [&](const nlohmann::json& json, const data::LinePlace& place) {
                       take_judgement(json, place, records);
                     });
}

void ask_judge(Judge& judge, const fs::path& folder, Records& records,
               const std::function<void(std::int64_t)>& told) {
  AppendFile file(folder / kFileName);
  std::int64_t done = 0;
  const auto take = [&](const nlohmann::json& json, const data::LinePlace& place) {
    const std::string model = data::string_field(json, "judge", place);
    if (model != judge.address().model) {
      data::throw_line_error(place, "judge", judge.address().model, model);
    }
    take_judgement(json, place, records);
    ++done;
  };
  file.cut(for_each_judgement(folder / kFileName, take));
  for (auto& [index, record] : records) {
    if (record.verdict) continue;
    const std::string line = judged_line(record, judge);
    file.append(line);
    const data::LinePlace place{folder / kFileName, static_cast<std::size_t>(done + 1)};
    take_judgement(data::parse_json_line(line, place), place, records);
    ++done;
    if (told) told(done);
  }
}

}  // namespace tess2::eval
