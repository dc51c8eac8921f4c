// The checkpoints of a training run: one folder a step, complete or not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace tess2::train {

/// The file that makes a checkpoint complete: it lists the others with their sizes, and is written
/// after them.
inline constexpr const char* kDoneName = "DONE";

/// The folders `step-00000300` inside one folder. Nobody else may write there meanwhile.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The steps of the complete ones, ascending. A folder without its marker, or whose files are not
  /// those that the marker lists, is none.
  std::vector<std::int64_t> steps() const;
  /// The newest complete one.
  std::optional<std::int64_t> last() const;
  std::filesystem::path path(std::int64_t step) const;

  /// `build` fills a new folder; then it is marked, synced and renamed, in place of one of the same
  /// step. Throws FileError (disk full, ...) and what `build` throws; the others are as they were.
  void write(std::int64_t step, const std::function<void(const std::filesystem::path&)>& build);

  /// Removes all but the newest `last` (at least one) and that of step `best`.
  void keep(std::int64_t last, std::int64_t best);
  /// Removes what killed runs left: folders half-written or half-removed.
  void sweep();
  /// Removes all.
  void clear();

 private:
  std::filesystem::path folder_;
};

/// Makes the model of a checkpoint that of `output` as well: all files but `private_files` appear
/// there under their names, by a link where the file system has them, `config.json` last. Weights
/// of an earlier model that would stay beside them are removed, and so is what a killed process
/// left half-written. Doing it again mends what was interrupted. Throws FileError.
void publish_model(const std::filesystem::path& checkpoint, const std::filesystem::path& output,
                   const std::vector<std::string>& private_files);

}  // namespace tess2::train
