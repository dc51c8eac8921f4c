#include "engine/packed_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/file.h"
#include "engine/engine_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PackedCheckpoint : public ::testing::TestWithParam<WeightFormat> {
 protected:
  PackedCheckpoint() {
    write_packed_checkpoint(folder_, config_, GetParam(), source_of(config_, weights_), {},
                            [this](std::int64_t done) { done_ = done; });
  }

  std::string message_of_loading() const {
    try {
      load_packed_weights(folder_, model::read_config(folder_ / "config.json"));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  test_support::TemporaryFolder place_;
  fs::path folder_ = place_.path() / "packed";
  model::Config config_ = test::odd_config();
  model::Weights weights_ = model::make_weights(config_, 3);
  std::int64_t done_ = 0;
};

TEST_P(PackedCheckpoint, LoadsAsItWasPacked) {
  EXPECT_EQ(done_, packed_tensors(config_));
  const model::Config config = model::read_config(folder_ / "config.json");
  EXPECT_EQ(packed_format(config, folder_), GetParam());
  PackedWeights loaded = load_packed_weights(folder_, config);
  PackedWeights packed = pack_weights(config_, GetParam(), source_of(config_, weights_));
  const PackedSlots found = packed_slots(loaded, config, GetParam());
  const PackedSlots expected = packed_slots(packed, config, GetParam());
  for (std::size_t i = 0; i < expected.matrices.size(); ++i) {
    EXPECT_TRUE(unpack(*found.matrices[i].matrix).equal(unpack(*expected.matrices[i].matrix)))
        << expected.matrices[i].name;
  }
  for (std::size_t i = 0; i < expected.tensors.size(); ++i) {
    EXPECT_TRUE(found.tensors[i].tensor->equal(*expected.tensors[i].tensor));
  }
  const auto file_bytes = static_cast<std::int64_t>(fs::file_size(folder_ / "model.safetensors"));
  EXPECT_GE(file_bytes, packed_bytes(config_, GetParam()));
  EXPECT_LT(file_bytes, packed_bytes(config_, GetParam()) + 20'000) << "nothing but a header more";
}

TEST_P(PackedCheckpoint, ATruncatedFileIsRefusedByName) {
  const fs::path file = folder_ / "model.safetensors";
  fs::resize_file(file, fs::file_size(file) - 100);
  EXPECT_THAT(message_of_loading(), HasSubstr("model.safetensors"));
}

TEST_P(PackedCheckpoint, AnotherFormatIsRefusedByName) {
  std::string text = read_text_file(folder_ / "config.json");
  const std::string name(name_of(GetParam()));
  text.replace(text.find('"' + name + '"'), name.size() + 2, "\"q3\"");
  std::ofstream(folder_ / "config.json") << text;
  EXPECT_THAT(message_of_loading(),
              HasSubstr("quantization_config.format: expected bf16, q8, q4, found q3"));
}

TEST_P(PackedCheckpoint, TheFloatModelRefusesIt) {
  EXPECT_THROW(model::load_checkpoint(folder_, model::ModelKind::kDiffusion), FormatError);
}

INSTANTIATE_TEST_SUITE_P(Formats, PackedCheckpoint,
                         ::testing::Values(WeightFormat::kBf16, WeightFormat::kQ8,
                                           WeightFormat::kQ4),
                         [](const auto& format) { return test::format_label(format.param); });

}  // namespace
}  // namespace tess2::engine
