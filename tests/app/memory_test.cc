// The memory that `--dry-run` tells against what the program takes.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "app/app_test_support.h"
#include "app/running_program.h"
#include "core/settings.h"
#include "train/run_plan.h"

namespace tess2::app {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnAllocator = false;  // a sanitizer's takes what it likes
#else
constexpr bool kOwnAllocator = true;
#endif

struct Shape {
  const char* name;
  std::int64_t hidden, inner, layers, heads;
  std::int64_t batch, length;
  train::PrecisionSettings precision = {};
};

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << shape.name;
}

constexpr train::PrecisionSettings kHalf{train::Precision::kBf16, false};
constexpr train::PrecisionSettings kHalfCheckpointed{train::Precision::kBf16, true};

class MemoryTest : public CommandTest, public testing::WithParamInterface<Shape> {
 protected:
  train::AdaptSettings settings() const {
    const Shape& shape = GetParam();
    auto config =
        eval::tiny_config(model::ModelKind::kCausal, *text::load_tokenizer(path("tokenizer")));
    config.hidden_size = shape.hidden;
    config.intermediate_size = shape.inner;
    config.num_hidden_layers = shape.layers;
    config.num_attention_heads = config.num_key_value_heads = shape.heads;
    config.head_dim = shape.hidden / shape.heads;
    std::string text;
    for (int i = 0; i < 400; ++i) text += "the cat sat on the mat and the dog sat on the log\n";
    const std::string data = write("documents.txt", text);
    train::AdaptSettings settings;
    settings.base = save_model("base", config, "tokenizer");
    settings.paths = {{data}, {data}, path("out")};
    settings.length = shape.length;
    settings.masks = data::MaskObjective::kUnconditional;
    settings.validation_rows = 2;
    settings.diffusion.validation_timesteps = {"1000"};
    settings.loop.steps = 2;
    settings.loop.batch_size = shape.batch;
    settings.loop.precision = shape.precision;
    return settings;
  }

  std::vector<std::string> arguments_of(train::AdaptSettings settings) const {
    SettingsTable table(settings);
    return {"adapt", "-q", "--threads", "1", "-c", write("recipe.yaml", table.to_yaml())};
  }
};

TEST_P(MemoryTest, IsWithin15PercentOfTheMeasuredPeak) {
  if (!kOwnAllocator) GTEST_SKIP() << "a sanitizer's allocator";
  const train::AdaptSettings run = settings();
  const auto estimated = static_cast<double>(train::plan_run(run).memory.total());
  RunningProgram program(arguments_of(run));
  std::uint64_t peak = 0;
  while (program.is_running()) {
    peak = std::max(peak, program.peak_memory());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(program.wait(), 0);
  const auto measured = static_cast<double>(peak);
  RecordProperty("estimated_mb", static_cast<int>(estimated / 1e6));
  RecordProperty("measured_mb", static_cast<int>(measured / 1e6));
  EXPECT_GT(measured, 300e6) << "so that it is not the process alone";
  EXPECT_NEAR(estimated / measured, 1.0, 0.15)
      << "estimated " << estimated / 1e6 << " MB, measured " << measured / 1e6 << " MB";
}

INSTANTIATE_TEST_SUITE_P(Shapes, MemoryTest,
                         testing::Values(Shape{"Activations", 256, 704, 4, 4, 8, 256},
                                         Shape{"Weights", 512, 1408, 4, 8, 2, 32},
                                         Shape{"Half", 256, 704, 8, 4, 8, 256, kHalf},
                                         Shape{"Checkpointed", 256, 704, 8, 4, 24, 256,
                                               kHalfCheckpointed}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tess2::app
