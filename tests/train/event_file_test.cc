#include "train/event_file.h"

#include <gmock/gmock.h>

#include <bit>
#include <cstring>
#include <map>
#include <vector>

#include "support/temporary_folder.h"
#include "text/wire_format.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::StartsWith;

/// CRC-32C bit by bit, as its definition has it.
std::uint32_t plain_sum(std::string_view bytes) {
  std::uint32_t rest = ~0u;
  for (const char c : bytes) {
    rest ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) rest = (rest >> 1) ^ ((rest & 1) ? 0x82f63b78u : 0u);
  }
  return ~rest;
}

/// A number at the front of `bytes`, which it takes away.
template <class T>
T take(std::string_view& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return value;
}

void expect_sum(std::string_view bytes, std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8u;
  EXPECT_EQ(plain_sum(bytes), (rotated >> 17) | (rotated << 15));
}

/// The messages of a file, whose sums are checked.
std::vector<std::string> messages_of(const std::string& content) {
  std::vector<std::string> messages;
  std::string_view rest = content;
  while (!rest.empty()) {
    const std::string_view length_bytes = rest.substr(0, 8);
    const auto length = take<std::uint64_t>(rest);
    expect_sum(length_bytes, take<std::uint32_t>(rest));
    messages.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
    expect_sum(messages.back(), take<std::uint32_t>(rest));
  }
  return messages;
}

/// The fields of a message by their number; numbers as text.
std::map<std::uint64_t, std::string> fields_of(const std::string& message) {
  std::map<std::uint64_t, std::string> fields;
  const fs::path file = "events";
  text::WireReader reader(file, message);
  while (!reader.done()) {
    const auto field = reader.next();
    fields[field.number] =
        field.content.empty() ? std::to_string(field.value) : std::string(field.content);
  }
  return fields;
}

class EventFileTest : public ::testing::Test {
 protected:
  std::vector<std::string> messages() const {
    const auto names = test_support::names_in(folder_.path());
    return messages_of(read_text_file(folder_.path() / names.back()));
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(EventFileTest, ScalarsComeBack) {
  EventFile file(folder_.path(), 0);
  file.add_scalar("train/loss", 3, 1.25);
  file.add_scalar("validation/loss", 300, -2.5);
  file.flush();
  EXPECT_THAT(test_support::names_in(folder_.path()),
              ElementsAre(StartsWith("events.out.tfevents.")));
  const auto all = messages();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(fields_of(all[0])[3], "brain.Event:2");
  const auto check = [](const std::string& message, const std::string& step, const std::string& tag,
                        float value) {
    auto event = fields_of(message);
    EXPECT_EQ(event[2], step);
    double time = 0.0;
    ASSERT_EQ(event[1].size(), sizeof(time));
    std::memcpy(&time, event[1].data(), sizeof(time));
    EXPECT_GT(time, 1.6e9);  // seconds since 1970
    auto scalar = fields_of(fields_of(event[5])[1]);
    EXPECT_EQ(scalar[1], tag);
    EXPECT_EQ(scalar[2], std::string(reinterpret_cast<const char*>(&value), sizeof(value)));
  };
  check(all[1], "3", "train/loss", 1.25f);
  check(all[2], "300", "validation/loss", -2.5f);
}

TEST_F(EventFileTest, TextsAreTensorsOfThePluginForText) {
  EventFile file(folder_.path(), 0);
  file.add_text("samples/0", 7, "Once upon a time");
  file.flush();
  auto value = fields_of(fields_of(fields_of(messages().at(1))[5])[1]);
  EXPECT_EQ(value[1], "samples/0");
  auto tensor = fields_of(value[8]);
  EXPECT_EQ(tensor[1], "7");  // DT_STRING
  EXPECT_EQ(tensor[8], "Once upon a time");
  EXPECT_EQ(fields_of(fields_of(value[9])[1])[1], "text");
}

TEST_F(EventFileTest, AFileThatGoesOnSaysFromWhere) {
  EventFile(folder_.path(), 0).flush();
  EventFile(folder_.path(), 41).flush();
  EXPECT_EQ(test_support::names_in(folder_.path()).size(), 2u);
  auto start = fields_of(messages().at(1));
  EXPECT_EQ(start[2], "42");
  EXPECT_EQ(fields_of(start[7])[1], "1");  // SessionLog.START
}

TEST_F(EventFileTest, AreRemovedAndNothingElse) {
  EventFile(folder_.path(), 0).flush();
  write_file_atomically(folder_.path() / "events.txt", [](std::ostream& out) { out << "x"; });
  remove_event_files(folder_.path());
  EXPECT_THAT(test_support::names_in(folder_.path()), ElementsAre("events.txt"));
}

}  // namespace
}  // namespace tess2::train
