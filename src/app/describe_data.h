// What `inspect` says about data.
#pragma once

#include <filesystem>
#include <string>

namespace tess2::app {

/// How many records of which kinds a JSON-lines file has (documents, dialogues, instructions by
/// their task, pairs), and the beginning of its first line. Throws FileError, or FormatError naming
/// the line of a record that is of none of these kinds.
std::string describe_data(const std::filesystem::path& file);

}  // namespace tess2::app
