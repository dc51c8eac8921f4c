#include "app/report_evaluations.h"

#include <array>
#include <nlohmann/json.hpp>

#include "app/eval_sweep.h"
#include "core/error.h"
#include "core/file.h"
#include "core/terminal.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// What a kind must have for the page to draw it, and of what type.
struct Kind {
  const char* name;
  const char* list;    ///< a key that holds a list of objects
  const char* object;  ///< a key that holds an object; null where none is needed
};

constexpr std::array<Kind, 4> kKinds{{
    {"scores", "tasks", nullptr},
    {"sweep", "points", nullptr},
    {"likelihood", "levels", "per_token"},
    {"samples", "steps", "repetition"},
}};

bool is_list_of_objects(const Json& data, const char* key) {
  const auto found = data.find(key);
  if (found == data.end() || !found->is_array()) return false;
  for (const Json& entry : *found) {
    if (!entry.is_object()) return false;
  }
  return true;
}

bool is_of(const Json& data, const Kind& kind) {
  if (!data.is_object() || data.value("kind", Json()) != kind.name) return false;
  const bool has_object =
      kind.object == nullptr || (data.contains(kind.object) && data[kind.object].is_object());
  return has_object && is_list_of_objects(data, kind.list);
}

}  // namespace

std::optional<fs::path> evaluation_file(const fs::path& path) {
  if (fs::is_regular_file(path)) return path;
  for (const char* name : {kSweepName, kScoresName}) {
    if (fs::is_regular_file(path / name)) return path / name;
  }
  return std::nullopt;
}

Json evaluation_data(const fs::path& file, const std::string& name) {
  Json data = Json::parse(read_text_file(file), nullptr, false);
  // The scores of a folder are older than the other kinds, and do not name theirs.
  if (data.is_object() && !data.contains("kind")) data["kind"] = "scores";
  bool known = false;
  for (const Kind& kind : kKinds) known = known || is_of(data, kind);
  if (!known) {
    throw FormatError(file, "", "the result of an evaluation (eval, likelihood, samples)",
                      printable(data.dump(-1, ' ', false, Json::error_handler_t::replace), 60));
  }
  data["name"] = name;
  data.erase("costs");
  if (data.contains("outputs") && data["outputs"].size() > kShownOutputs) {
    data["outputs"].erase(data["outputs"].begin() + kShownOutputs, data["outputs"].end());
  }
  return data;
}

}  // namespace tess2::app
