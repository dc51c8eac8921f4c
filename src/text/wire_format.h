// The little of protocol buffers that SentencePiece models and TensorBoard's events need: fields
// in, fields out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tess2::text {

/// A field of a message.
struct WireField {
  std::uint64_t number = 0;
  std::uint64_t value = 0;   ///< of a varint
  std::string_view content;  ///< of a string, message or fixed-size number
};

/// Walks over the fields of one message.
class WireReader {
 public:
  /// `bytes` must outlive the reader and its fields; `file` is for messages.
  WireReader(const std::filesystem::path& file, std::string_view bytes)
      : file_(file), bytes_(bytes) {}

  bool done() const { return at_ == bytes_.size(); }
  /// Throws FormatError naming the byte where the data is cut off or malformed.
  WireField next();

 private:
  std::uint64_t varint();
  std::string_view take(std::uint64_t count);
  [[noreturn]] void malformed(const std::string& found) const;

  const std::filesystem::path& file_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// Appends fields to a message.
class WireWriter {
 public:
  void number(std::uint64_t field, std::uint64_t value);
  void real(std::uint64_t field, float value);
  void real(std::uint64_t field, double value);
  void bytes(std::uint64_t field, std::string_view content);
  const std::string& message() const { return message_; }

 private:
  void varint(std::uint64_t value);

  std::string message_;
};

}  // namespace tess2::text
