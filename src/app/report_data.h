// What the page of `tess2 report` shows, out of the metrics of runs and the results of evaluations.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace tess2::app {

/// Points of a curve at most: as many as a screen can show.
inline constexpr std::size_t kCurvePoints = 800;

/// One run: `training`, values of steps, where there are more than kCurvePoints the means over
/// groups of them; `levels`, the losses by noise level, in larger groups; `validation`; `samples`.
/// The page's script (report_page/report.js) tells the form. Throws FileError, and FormatError
/// naming the line that is none of train/metrics_file.h; a last line that is cut off is left out,
/// for the run may be going on.
nlohmann::json run_data(const std::filesystem::path& metrics, const std::string& name);

/// The JSON object `{"runs":[...],"evaluations":[...]}` of runs' folders and of evaluations
/// (report_evaluations.h), each named by the part of its path that tells it from the others. Throws
/// as run_data and evaluation_data.
std::string report_data(std::span<const std::filesystem::path> inputs);

}  // namespace tess2::app
