// `metrics.jsonl`: what a training run tells of itself, a JSON object a line.
//
// A line of a step:
//   {"step":3,"loss":5.1,"learning_rate":0.001,"gradient_norm":2.4,"tokens":6144,"seconds":1.52,
//    "tokens_per_second":4096.0,"waited_seconds":0.0,"loss_by_level":[null,4.9,...]}
// `tokens` and `seconds` count from the beginning of the run, over all its parts; the entries of
// `loss_by_level`, of runs that have noise levels, are the mean losses of the sequences whose level
// t / T is in [0, 0.1), [0.1, 0.2), ...
// A line of a validation, one of the texts that the model wrote then, and one of how far a reward
// model told pairs apart:
//   {"step":200,"validation":{"loss":3.2,"loss_t250":0.1}}
//   {"step":200,"samples":[{"given":"Once upon","text":" a time"}]}
//   {"step":200,"margins":{"width":0.5,"first":-2,"counts":[1,4,9,12,3]}}
// counts[i] pairs have a margin in [(first + i) width, (first + i + 1) width).
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/file.h"
#include "train/loop_report.h"

namespace tess2::train {

inline constexpr const char* kMetricsName = "metrics.jsonl";

/// Bins of `loss_by_level`.
inline constexpr std::int64_t kLevelBins = 10;
/// Bins of `margins` at most; their width is a power of two, so that 0 is the edge of one.
inline constexpr std::int64_t kMarginBins = 40;

/// The file while a run writes it. Each line is whole, or at the very end of a file whose writer
/// was killed.
class MetricsFile {
 public:
  /// Opens the file, or makes it, for this process alone. Throws FileError, also where another
  /// process has it.
  explicit MetricsFile(const std::filesystem::path& path);

  /// Leaves the lines of steps up to `step`, so that a run that goes on from there tells every step
  /// once; none where `step` is negative.
  void cut_after(std::int64_t step);

  /// Each throws FileError (disk full, ...); no part of the line is then left.
  void add_step(const StepReport& report);
  void add_validation(std::int64_t step, const Figures& figures);
  void add_samples(std::int64_t step, const Samples& samples);
  /// Margins that are no numbers do not count.
  void add_margins(std::int64_t step, const Margins& margins);

  /// What was added outlives the machine's end.
  void sync() { file_.sync(); }

 private:
  std::filesystem::path path_;
  AppendFile file_;
};

}  // namespace tess2::train
