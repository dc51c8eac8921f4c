// Documents written as token shards (data/token_shards.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/reading.h"
#include "data/token_shards.h"

namespace tess2::data {

struct TokenizeSettings {
  /// A shard ends with the document that brings it to so many ids.
  std::int64_t shard_tokens = std::int64_t{1} << 28;
  ReadingSettings reading;

  void bind(SettingsBinder& binder);
};

/// How a conversion goes.
struct TokenizeProgress {
  std::uint64_t stored_bytes = 0;  ///< of all files, as they are stored
  std::uint64_t stored_bytes_read = 0;
  std::uint64_t tokens = 0;  ///< written by this call
};

/// Writes the documents of `inputs` (see find_inputs), as `tokenizer` encodes them, into `folder`,
/// which is made. After each shard the place is kept, so that the same call in the folder of one
/// that was interrupted goes on there, and ends with the same files. Throws FileError for a folder
/// that holds something else or is complete, UsageError for a conversion begun with other settings,
/// FormatError where there is no document, and what reading throws.
ShardIndex write_token_shards(const std::vector<std::string>& inputs,
                              const text::Tokenizer& tokenizer, const TokenizeSettings& settings,
                              const Reading& reading, const std::filesystem::path& folder,
                              const std::function<void(const TokenizeProgress&)>& tell);

}  // namespace tess2::data
