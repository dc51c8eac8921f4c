#include "train/checkpoints.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <string>
#include <system_error>

#include "core/error.h"
#include "core/file.h"
#include "model/checkpoint.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kPart = ".part";

std::string name_of(std::int64_t step) {
  std::string digits = std::to_string(step);
  if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
  return std::string(kPrefix) + digits;
}

/// The step of a folder's name; nothing for another name.
std::optional<std::int64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (read.ec != std::errc() || name != name_of(step)) return std::nullopt;
  return step;
}

/// What is in a folder; nothing where it cannot be read.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

/// `SIZE NAME` a line.
std::string listing_of(const fs::path& folder) {
  std::string listing;
  for (const fs::path& file : entries_of(folder)) {
    listing += std::to_string(fs::file_size(file)) + " " + file.filename().string() + "\n";
  }
  return listing;
}

bool is_complete(const fs::path& checkpoint) {
  std::error_code problem;
  if (!fs::is_regular_file(checkpoint / kDoneName, problem)) return false;
  std::istringstream listing(read_text_file(checkpoint / kDoneName));
  std::uintmax_t size = 0;
  std::string name;
  while (listing >> size && std::getline(listing.ignore(), name)) {
    if (fs::file_size(checkpoint / name, problem) != size || problem) return false;
  }
  return listing.eof();
}

/// The hidden name in `folder` for what is not, or no more, to be found there as `entry`.
fs::path aside_name(const fs::path& folder, const fs::path& entry) {
  fs::path name = folder / ".";
  name += entry.filename();
  name += kPart;
  return name;
}

void remove_folder(const fs::path& folder) {
  std::error_code problem;
  // Under another name it is no checkpoint from the first file that goes.
  const fs::path aside = aside_name(folder.parent_path(), folder);
  fs::rename(folder, aside, problem);
  fs::remove_all(problem ? folder : aside, problem);
  if (problem) throw FileError(folder, "cannot be removed: " + problem.message());
}

bool is_weights_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json");
}

/// A copy of `file` in `output`, synced with the names there.
void put_copy(const fs::path& file, const fs::path& output) {
  const MappedFile source(file);
  write_file_atomically(output / file.filename(), [&](std::ostream& out) {
    const auto bytes = source.bytes();
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  });
}

/// A second name for `file` in `output`, or a copy where the file system has no links.
void put_link(const fs::path& file, const fs::path& output) {
  const fs::path aside = aside_name(output, file);
  fs::remove(aside);
  std::error_code no_links;
  fs::create_hard_link(file, aside, no_links);
  if (no_links) return put_copy(file, output);
  fs::rename(aside, output / file.filename());
  fs::remove(aside);  // still there where both were names of one file already
}

/// Whether a killed process left it half-written (core/file.h).
bool is_part(const fs::path& entry) {
  const std::string name = entry.filename().string();
  return name.starts_with('.') && name.ends_with(kPart);
}

}  // namespace

std::vector<std::int64_t> Checkpoints::steps() const {
  std::vector<std::int64_t> steps;
  for (const fs::path& entry : entries_of(folder_)) {
    const auto step = step_of(entry.filename().string());
    if (step && is_complete(entry)) steps.push_back(*step);
  }
  std::ranges::sort(steps);
  return steps;
}

std::optional<std::int64_t> Checkpoints::last() const {
  const auto all = steps();
  if (all.empty()) return std::nullopt;
  return all.back();
}

fs::path Checkpoints::path(std::int64_t step) const {
  return folder_ / name_of(step);
}

void Checkpoints::write(std::int64_t step, const std::function<void(const fs::path&)>& build) {
  write_folder_atomically(path(step), [&](const fs::path& aside) {
    build(aside);
    const std::string listing = listing_of(aside);
    write_file_atomically(aside / kDoneName, [&](std::ostream& out) { out << listing; });
  });
}

void Checkpoints::keep(std::int64_t last, std::int64_t best) {
  const auto all = steps();
  const auto dropped = std::ssize(all) - std::max<std::int64_t>(last, 1);
  for (std::int64_t i = 0; i < dropped; ++i) {
    const std::int64_t step = all[static_cast<std::size_t>(i)];
    if (step != best) remove_folder(path(step));
  }
}

void Checkpoints::sweep() {
  for (const fs::path& entry : entries_of(folder_)) {
    const bool is_broken = step_of(entry.filename().string()) && !is_complete(entry);
    if (is_part(entry) || is_broken) remove_folder(entry);
  }
}

void Checkpoints::clear() {
  for (const std::int64_t step : steps()) remove_folder(path(step));
  sweep();
}

void publish_model(const fs::path& checkpoint, const fs::path& output,
                   const std::vector<std::string>& private_files) {
  try {
    const auto is_private = [&](const fs::path& file) {
      return std::ranges::count(private_files, file.filename().string()) > 0;
    };
    fs::remove(output / model::kConfigName);  // no model until all of it is there
    for (const fs::path& file : entries_of(output)) {
      if (is_weights_file(file) || is_part(file)) fs::remove(file);
    }
    for (const fs::path& file : entries_of(checkpoint)) {
      if (!is_private(file) && file.filename() != model::kConfigName) put_link(file, output);
    }
    put_copy(checkpoint / model::kConfigName, output);  // syncs the other names, too
  } catch (const fs::filesystem_error& error) {
    throw FileError(output, "cannot be written: " + error.code().message());
  }
}

}  // namespace tess2::train
