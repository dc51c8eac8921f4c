#include "eval/harness/record.h"

#include <cmath>
#include <utility>

#include "core/error.h"

namespace tess2::eval {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

Json verdict_json(const Verdict& verdict) {
  Json list = Json::array();
  for (const auto& [name, value, weight] : verdict.measures) {
    list.push_back({{"measure", name}, {"value", value}, {"weight", weight}});
  }
  return list;
}

const json& field(const json& object, const char* key, bool (json::*fits)() const noexcept,
                  const std::string& expected, const data::LinePlace& place) {
  const auto found = object.find(key);
  if (found == object.end()) data::throw_line_error(place, key, expected, "nothing");
  if (!((*found).*fits)()) data::throw_line_error(place, key, expected, found->dump());
  return *found;
}

template <class Number>
Number number_field(const json& object, const char* key, const data::LinePlace& place) {
  return field(object, key, &json::is_number, "a number", place).get<Number>();
}

std::optional<Verdict> read_verdict(const json& record, const data::LinePlace& place) {
  const auto found = record.find("verdict");
  if (found != record.end() && found->is_null()) return std::nullopt;
  if (found == record.end() || !found->is_array()) {
    data::throw_line_error(place, "verdict", "a list or null",
                           found == record.end() ? "nothing" : found->dump());
  }
  Verdict verdict{data::string_field(record, "extracted", place), {}};
  for (const json& measure : *found) {
    if (!measure.is_object()) {
      data::throw_line_error(place, "verdict", "a list of objects", found->dump());
    }
    verdict.measures.push_back({data::string_field(measure, "measure", place),
                                number_field<double>(measure, "value", place),
                                number_field<double>(measure, "weight", place)});
  }
  return verdict;
}

}  // namespace

std::string record_line(const TaskRecord& record, const std::string& task) {
  Json line;
  line["task"] = task;
  line["subtask"] = record.subtask;
  line["index"] = record.index;
  line["prompt"] = record.prompt;
  line["shots"] = record.shots;
  line["gold"] = record.gold;
  line["seed"] = record.seed;
  line["settings"] = record.settings;
  line["asked"] = record.asked;
  line["output"] = record.output;
  line["extracted"] = record.verdict ? Json(record.verdict->extracted) : Json(nullptr);
  line["steps"] = record.steps;
  line["seconds"] = std::round(record.seconds * 1e3) / 1e3;
  if (record.reward) line["reward"] = *record.reward;
  line["verdict"] = record.verdict ? verdict_json(*record.verdict) : Json(nullptr);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

TaskRecord read_record(const json& object, const data::LinePlace& place) {
  TaskRecord record;
  record.place = place;
  record.subtask = data::string_field(object, "subtask", place);
  record.index = number_field<std::size_t>(object, "index", place);
  record.prompt = data::string_field(object, "prompt", place);
  record.shots = number_field<std::int64_t>(object, "shots", place);
  record.gold = field(object, "gold", &json::is_object, "an object", place);
  record.seed = number_field<std::uint64_t>(object, "seed", place);
  record.settings = data::string_field(object, "settings", place);
  record.asked = field(object, "asked", &json::is_boolean, "true or false", place);
  record.output = data::string_field(object, "output", place);
  record.steps = number_field<std::int64_t>(object, "steps", place);
  record.seconds = number_field<double>(object, "seconds", place);
  if (object.contains("reward")) {
    record.reward = number_field<double>(object, "reward", place);
  }
  record.verdict = read_verdict(object, place);
  return record;
}

}  // namespace tess2::eval
