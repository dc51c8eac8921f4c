// Which files a training run reads.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::data {

/// How the content of a file is cut into records.
enum class InputKind {
  kJsonLines,  ///< `.jsonl`, `.json`: an object a line
  kText,       ///< `.txt`: one document
};

/// What is allowed as a name's end, for messages.
inline constexpr std::string_view kInputEndings = ".jsonl, .json or .txt, plain, .gz or .zst";

/// Whether the name of `file` ends as that of an input.
bool is_input_name(const std::filesystem::path& file);

/// Told by the name's end, `.gz` or `.zst` left out. Throws UsageError for another end.
InputKind input_kind(const std::filesystem::path& file);

/// The files that `input` stands for, in the order of their names' bytes: a file; a folder, with
/// all that is in it and in its folders, other names and hidden ones left out; or a pattern with
/// `*`, `?` and `[...]`, which may match both. Throws FileError where there is no such file, and
/// UsageError as input_kind.
std::vector<std::filesystem::path> find_inputs(const std::string& input);

/// A mark of the names (without their folders) and the sizes of files, to tell whether they are
/// those of before.
std::string files_mark(const std::vector<std::filesystem::path>& files);

/// The files of all `inputs`, one after another.
std::vector<std::filesystem::path> find_inputs(const std::vector<std::string>& inputs);

}  // namespace tess2::data
