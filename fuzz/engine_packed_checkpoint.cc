// A packed checkpoint's folder: its configuration and its weights file, damaged anywhere.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/packed_checkpoint.h"
#include "engine/packed_lm.h"
#include "fuzz.h"
#include "model/config.h"
#include "model/weights.h"

using namespace tess2;

namespace {

namespace fs = std::filesystem;

// The configuration, a zero byte, the weights.
constexpr char kBetween = '\0';
constexpr const char* kWeights = "model.safetensors";

/// A folder that goes with the process.
class Folder {
 public:
  explicit Folder(const char* name) : path_(fuzz::scratch_folder() / name) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    fs::remove(path_.parent_path(), ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

model::Config smallest_config() {
  model::Config config;
  config.kind = model::ModelKind::kDiffusion;
  config.vocab_size = 9;
  config.hidden_size = 8;
  config.intermediate_size = 8;
  config.num_hidden_layers = 1;
  config.num_attention_heads = 1;
  config.num_key_value_heads = 1;
  config.head_dim = 8;
  config.pad_token_id = 0;
  return config;
}

std::string packed_as(engine::WeightFormat format) {
  const Folder folder("seed");
  const model::Config config = smallest_config();
  const model::Weights weights = model::make_weights(config, 1);
  const fs::path packed = folder / "packed";
  engine::write_packed_checkpoint(packed, config, format, engine::source_of(config, weights), {},
                                  [](std::int64_t) {});
  return bytes_of(packed / model::kConfigName) + kBetween + bytes_of(packed / kWeights);
}

void write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {packed_as(engine::WeightFormat::kBf16), packed_as(engine::WeightFormat::kQ8),
          packed_as(engine::WeightFormat::kQ4)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder("fuzzed");
  const std::string all(reinterpret_cast<const char*>(data), size);
  const std::size_t split = std::min(all.find(kBetween), size);
  write(folder / model::kConfigName, all.substr(0, split));
  write(folder / kWeights, split < size ? all.substr(split + 1) : "");
  fuzz::allow_errors([&] {
    const model::Config config = model::read_config(folder / model::kConfigName);
    if (config.packed_format.empty() || config.kind != model::ModelKind::kDiffusion) return;
    engine::packed_format(config, folder.path());
    const engine::PackedSimplexLM lm(config, engine::load_packed_weights(folder.path(), config));
    fuzz::require(lm.vocab_size() == config.vocab_size, "an accepted model has its vocabulary");
  });
  return 0;
}
