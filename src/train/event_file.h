// TensorBoard's event files: scalars in TFRecord form.
//
// A record is its length (64 bits, little-endian), the masked CRC-32C of these 8 bytes, the bytes
// of an `Event` message, and their masked CRC-32C. mask(c) = rotate_right(c, 15) + 0xa282ead8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/file.h"

namespace tess2::train {

/// The bytes of a record that holds `message`.
std::string event_record(std::string_view message);

/// A new event file. Several in one folder are shown as one run: where they overlap, the newer one
/// counts from its first step on.
class EventFile {
 public:
  /// Makes `events.out.tfevents.TIME.tess2` in `folder`, for steps after `step`; TIME is in seconds
  /// since 1970, made later where the name is taken. Throws FileError.
  EventFile(const std::filesystem::path& folder, std::int64_t step);

  /// Throws FileError (disk full, ...).
  void add_scalar(std::string_view tag, std::int64_t step, double value);
  void add_text(std::string_view tag, std::int64_t step, std::string_view text);

  /// Puts what was added into the file; it is kept in memory until then.
  void flush();

 private:
  AppendFile file_;
  std::string waiting_;
};

/// Removes the event files of `folder`.
void remove_event_files(const std::filesystem::path& folder);

}  // namespace tess2::train
