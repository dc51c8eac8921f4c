// From records to scores with intervals. What is not whole has no score.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/accuracy.h"
#include "eval/harness/record_folder.h"
#include "eval/likelihood/estimate.h"

namespace tess2::eval {

/// A mean over records, in [0, 1].
struct MeasureScore {
  std::string name;
  double value = 0.0;
  Interval interval;         ///< 95 %
  std::int64_t records = 0;  ///< that it is a mean over
};

struct SubtaskScore {
  std::string name;
  std::vector<MeasureScore> measures;
};

struct TaskScore {
  std::string task;
  std::string model;
  std::uint64_t seed = 0;
  std::int64_t limit = 0;    ///< records of each subtask that were to be asked; 0: all
  std::int64_t records = 0;  ///< that are there
  std::int64_t wanted = 0;   ///< that make the task whole
  std::string missing;       ///< why there is no score yet; empty where there is one

  std::vector<MeasureScore> measures;  ///< over all records
  std::vector<SubtaskScore> subtasks;  ///< in the order of their names
  /// Where there are several subtasks: the mean of their main measures, each counting alike.
  std::vector<MeasureScore> mean_of_subtasks;
  std::optional<Estimate> reward;  ///< mean over the records that have one
  double mean_steps = 0.0;         ///< of the records that were asked
  double seconds = 0.0;            ///< of all records together
  std::int64_t too_long = 0;     ///< records that left no place for an answer; they count as wrong
  std::int64_t fewer_shots = 0;  ///< records with fewer examples than others, for lack of room
};

/// Sum of the points over the sum of the weights of `measures`, one a record (not empty). The
/// interval is Wilson's for as many tries as would make such a rate as uncertain as the records
/// make it: for verdicts of right and wrong just their number, fewer or more for others (F1,
/// several instructions a record). Where the records do not differ, their number again.
MeasureScore score_measures(const std::vector<Measure>& measures);

/// The score of a task of which `records` are there.
TaskScore score_task(const TaskRunInfo& info, Metric metric, const Records& records);

}  // namespace tess2::eval
