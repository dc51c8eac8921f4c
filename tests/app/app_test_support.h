// Runs subcommands inside the test, and makes the small folders that they work on.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/program.h"
#include "core/log.h"
#include "eval/tiny_config.h"
#include "model/checkpoint.h"
#include "support/temporary_folder.h"
#include "tensor/runtime.h"
#include "text/text_test_support.h"

namespace tess2::app {

/// What a run of the program left.
struct Outcome {
  int code;
  std::string out;
  std::string err;
};

inline Outcome run_tess2(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_program(arguments, commands(), out, err);
  return {code, out.str(), err.str()};
}

/// Ids as `generate --ids` prints them, without the end of the line.
inline std::string ids_text(const std::vector<text::TokenId>& ids) {
  std::ostringstream out;
  std::string_view separator;
  for (const text::TokenId id : ids) out << std::exchange(separator, " ") << id;
  return out.str();
}

/// A test with a folder of its own, and tiny models in it. Messages are switched off; what the
/// commands set for the whole process is put back.
class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    set_log_level(LogLevel::kQuiet);
    text::make_small_tokenizer(path("tokenizer"));
    text::copy_tokenizer_with_pad(path("tokenizer"), path("padded"));
  }
  ~CommandTest() override {
    set_log_level(LogLevel::kInfo);
    tensor::set_threads(0);
  }

  std::filesystem::path path(std::string_view name) const { return folder_.path() / name; }

  /// Saves a model of chance, with the tokenizer of the folder `tokenizer`, and returns its folder.
  std::string make_model(const std::string& name, model::ModelKind kind,
                         const std::string& tokenizer = "padded") const {
    return save_model(name, eval::tiny_config(kind, *text::load_tokenizer(path(tokenizer))),
                      tokenizer);
  }
  std::string save_model(const std::string& name, const model::Config& config,
                         const std::string& tokenizer) const {
    model::save_checkpoint(
        path(name), config, model::make_weights(config, 7), {},
        [&](const std::filesystem::path& aside) { text::copy_tokenizer(path(tokenizer), aside); });
    return path(name).string();
  }
  std::string make_diffusion() const { return make_model("tuned", model::ModelKind::kDiffusion); }
  /// Of two layers and large weights: the answer's noise shows in the prompt's keys and values.
  std::string make_deep_diffusion() const {
    auto config =
        eval::tiny_config(model::ModelKind::kDiffusion, *text::load_tokenizer(path("padded")));
    config.num_hidden_layers = 2;
    config.initializer_range = 0.5;
    return save_model("deep", config, "padded");
  }
  std::string make_causal() const { return make_model("twin", model::ModelKind::kCausal); }
  std::string make_reward() const { return make_model("reward", model::ModelKind::kReward); }

  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name).string();
  }
  std::string read(const std::filesystem::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Runs the program; it must succeed. Returns what it printed.
  std::string out_of(const std::vector<std::string>& arguments) const {
    const Outcome outcome = run_tess2(arguments);
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  /// Runs the program; it must exit with `code`, print nothing and say why in one line. Returns
  /// that line without `tess2: ` and the path of the test's folder.
  std::string error_of(int code, const std::vector<std::string>& arguments) const {
    const Outcome outcome = run_tess2(arguments);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err.find('\n') + 1, outcome.err.size()) << outcome.err;
    return shortened(outcome.err);
  }

 private:
  std::string shortened(std::string message) const {
    const std::string folder = folder_.path().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    const std::string_view program = "tess2: ";
    return message.starts_with(program)
               ? message.substr(program.size(), message.size() - program.size() - 1)
               : message;
  }

  test_support::TemporaryFolder folder_;
};

}  // namespace tess2::app
