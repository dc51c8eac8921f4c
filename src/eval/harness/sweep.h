// The same evaluation at several values of settings.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/harness/score.h"

namespace tess2::eval {

/// A setting and the values that it takes in turn, as they were written.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
};

/// Reads `steps=1,2,5`. Throws UsageError, naming `option`, for anything else and for a value that
/// is given twice.
SweepAxis parse_sweep(std::string_view text, std::string_view option);

/// One combination of values.
struct SweepPoint {
  std::vector<std::pair<std::string, std::string>> settings;  ///< key and value, an axis each

  /// `steps=5,top_p=0.9`: a name for it, and for its folder.
  std::string name() const;
};

/// All combinations, the last axis going fastest. Throws UsageError, naming `option`, where a key
/// has several axes.
std::vector<SweepPoint> sweep_points(const std::vector<SweepAxis>& axes, std::string_view option);

/// What a point's records came to.
struct SweepScore {
  SweepPoint point;
  std::vector<TaskScore> tasks;
};

/// A table with a line for each measure of each task at each point; of subtasks, their mean alone.
std::string sweep_table(const std::vector<SweepScore>& scores);

/// `{"kind": "sweep", "points": [{"settings": {"steps": 5}, "folder", "tasks"}]}` and a newline;
/// the tasks as in scores_json.
std::string sweep_json(const std::vector<SweepScore>& scores);

/// The points of a file that sweep_json wrote. Throws FileError and FormatError.
std::vector<SweepPoint> read_sweep_points(const std::filesystem::path& file);

}  // namespace tess2::eval
