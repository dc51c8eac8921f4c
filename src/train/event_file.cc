#include "train/event_file.h"

#include <bit>
#include <chrono>
#include <system_error>
#include <vector>

#include "core/crc32c.h"
#include "core/error.h"
#include "text/wire_format.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;
using text::WireWriter;

constexpr std::string_view kNamePrefix = "events.out.tfevents.";

// Field numbers of the messages Event, Summary and so on (tensorflow/core/util/event.proto).
namespace event_field {
constexpr std::uint64_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace value_field {
constexpr std::uint64_t kTag = 1, kSimpleValue = 2, kTensor = 8, kMetadata = 9;
}
constexpr std::uint64_t kSummaryValue = 1;
constexpr std::uint64_t kSessionStatus = 1, kSessionStart = 1;
constexpr std::uint64_t kTensorType = 1, kTensorStrings = 8, kStringType = 7;
constexpr std::uint64_t kPluginData = 1, kPluginName = 1;

double seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t masked_sum(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8u;
}

WireWriter event_at(std::int64_t step) {
  WireWriter event;
  event.real(event_field::kWallTime, seconds_now());
  event.number(event_field::kStep, static_cast<std::uint64_t>(step));
  return event;
}

std::string event_with_value(std::int64_t step, const WireWriter& value) {
  WireWriter summary;
  summary.bytes(kSummaryValue, value.message());
  WireWriter event = event_at(step);
  event.bytes(event_field::kSummary, summary.message());
  return event_record(event.message());
}

fs::path free_name(const fs::path& folder) {
  for (auto time = static_cast<std::int64_t>(seconds_now());; ++time) {
    std::string digits = std::to_string(time);
    if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
    fs::path name = folder / (std::string(kNamePrefix) + digits + ".tess2");
    if (!fs::exists(name)) return name;
  }
}

}  // namespace

std::string event_record(std::string_view message) {
  std::string record;
  append_little_endian(record, message.size(), 8);
  append_little_endian(record, masked_sum(record), 4);
  record += message;
  append_little_endian(record, masked_sum(message), 4);
  return record;
}

EventFile::EventFile(const fs::path& folder, std::int64_t step) : file_(free_name(folder)) {
  WireWriter version = event_at(0);
  version.bytes(event_field::kFileVersion, "brain.Event:2");
  waiting_ = event_record(version.message());
  if (step == 0) return;
  WireWriter session;
  session.number(kSessionStatus, kSessionStart);
  WireWriter start = event_at(step + 1);
  start.bytes(event_field::kSessionLog, session.message());
  waiting_ += event_record(start.message());
}

void EventFile::add_scalar(std::string_view tag, std::int64_t step, double value) {
  WireWriter content;
  content.bytes(value_field::kTag, tag);
  content.real(value_field::kSimpleValue, static_cast<float>(value));
  waiting_ += event_with_value(step, content);
}

void EventFile::add_text(std::string_view tag, std::int64_t step, std::string_view text) {
  WireWriter plugin, metadata, tensor, content;
  plugin.bytes(kPluginName, "text");
  metadata.bytes(kPluginData, plugin.message());
  tensor.number(kTensorType, kStringType);
  tensor.bytes(kTensorStrings, text);
  content.bytes(value_field::kTag, tag);
  content.bytes(value_field::kTensor, tensor.message());
  content.bytes(value_field::kMetadata, metadata.message());
  waiting_ += event_with_value(step, content);
}

void EventFile::flush() {
  file_.append_unsynced(waiting_);
  waiting_.clear();
}

void remove_event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (entry.path().filename().string().starts_with(kNamePrefix)) files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    if (!fs::remove(file, problem) && problem) {
      throw FileError(file, "cannot be removed: " + problem.message());
    }
  }
}

}  // namespace tess2::train
