// What `inspect` says about data.
#pragma once

#include <filesystem>
#include <string>

namespace tess2::app {

/// How many shards, documents and tokens a folder of token shards has, and the beginning of its
/// first document as ids. Checks where every document begins. Throws FileError or FormatError.
std::string describe_shards(const std::filesystem::path& folder);

/// How many records of which kinds a JSON-lines file has (documents, dialogues, instructions by
/// their task, pairs), and the beginning of its first line. Throws FileError, or FormatError naming
/// the line of a record that is of none of these kinds.
std::string describe_data(const std::filesystem::path& file);

}  // namespace tess2::app
