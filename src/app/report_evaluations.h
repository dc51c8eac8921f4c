// What the page of `tess2 report` shows of evaluations.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace tess2::app {

/// Outputs of a model that the page shows, at most.
inline constexpr std::size_t kShownOutputs = 5;

/// Where an evaluation is kept: a folder of `tess2 eval --task` or `--sweep`, or a file of `tess2
/// likelihood` or `tess2 samples` (or one of such a folder). Nothing where `path` is neither.
std::optional<std::filesystem::path> evaluation_file(const std::filesystem::path& path);

/// The content of such a file with a `name`, of one of the kinds `scores`, `sweep`, `likelihood`
/// and `samples` (`kind`), without what the page does not show. Throws FileError, and FormatError
/// for another content.
nlohmann::json evaluation_data(const std::filesystem::path& file, const std::string& name);

}  // namespace tess2::app
