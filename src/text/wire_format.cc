#include "text/wire_format.h"

#include <bit>

#include "core/error.h"

namespace tess2::text {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

}  // namespace

WireField WireReader::next() {
  const std::uint64_t tag = varint();
  WireField field;
  field.number = tag >> 3;
  switch (tag & 7) {
    case kVarint:
      field.value = varint();
      return field;
    case kFixed64:
      field.content = take(8);
      return field;
    case kBytes:
      field.content = take(varint());
      return field;
    case kFixed32:
      field.content = take(4);
      return field;
    default:
      malformed("a field of wire type " + std::to_string(tag & 7));
  }
}

std::uint64_t WireReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(take(1).front());
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  malformed("a number of more than ten bytes");
}

std::string_view WireReader::take(std::uint64_t count) {
  if (count > bytes_.size() - at_) malformed("the end of the data");
  const std::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

void WireReader::malformed(const std::string& found) const {
  throw FormatError(file_, "byte " + std::to_string(at_), "a SentencePiece model", found);
}

void WireWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) message_ += static_cast<char>(value | 0x80);
  message_ += static_cast<char>(value);
}

void WireWriter::number(std::uint64_t field, std::uint64_t value) {
  varint(field << 3 | kVarint);
  varint(value);
}

void WireWriter::real(std::uint64_t field, float value) {
  varint(field << 3 | kFixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) message_ += static_cast<char>(bits >> shift);
}

void WireWriter::real(std::uint64_t field, double value) {
  varint(field << 3 | kFixed64);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) message_ += static_cast<char>(bits >> shift);
}

void WireWriter::bytes(std::uint64_t field, std::string_view content) {
  varint(field << 3 | kBytes);
  varint(content.size());
  message_ += content;
}

}  // namespace tess2::text
