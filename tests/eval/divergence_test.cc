#include "eval/divergence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "diffusion/fakes.h"
#include "diffusion/noise.h"
#include "diffusion/sampling.h"

namespace tess2::eval {
namespace {

using diffusion::Canvas;
using diffusion::NoisySimplex;
using diffusion::testing::EchoDenoiser;

/// Always the same row of logits; remembers whether it was handed a context.
class ConstantDenoiser final : public diffusion::Denoiser {
 public:
  explicit ConstantDenoiser(std::vector<float> row, bool keeps = false)
      : row_(std::move(row)), keeps_(keeps) {}
  std::int64_t vocab_size() const override { return std::ssize(row_); }
  bool keeps_context() const override { return keeps_; }
  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    saw_context = !input.contexts.empty();
    return at::tensor(row_).repeat({input.canvas.row_count(), 1});
  }
  bool saw_context = false;

 private:
  std::vector<float> row_;
  bool keeps_;
};

/// Two sequences of 6 positions, 2 of them given, at these noise levels.
at::Tensor predict_at(ComparedDenoiser& compared, std::vector<float> times,
                      std::span<diffusion::ContextCache> contexts = {}) {
  const Canvas canvas = diffusion::testing::make_canvas(2, 6, 2);
  const std::vector<std::uint64_t> seeds{1, 2};
  const diffusion::CounterNoise noise(seeds);
  const auto simplex = NoisySimplex::regenerated(
      canvas, canvas.row_tokens(), std::vector(2, diffusion::Level{0.5f, 0.5f}), noise, 0);
  return compared.predict({canvas, simplex, times, {}, contexts});
}

TEST(Divergence, IsThatOfTheReferenceFromTheCandidate) {
  // Probabilities 1/2, 1/2 and 1/4, 3/4.
  ConstantDenoiser reference({0.0f, 0.0f}), candidate({0.0f, std::log(3.0f)});
  ComparedDenoiser compared(reference, candidate);
  EXPECT_TRUE(predict_at(compared, {0.1f, 0.9f}).equal(at::zeros({8, 2})))
      << "it predicts as the reference does";
  const Difference all = compared.all();
  EXPECT_EQ(all.rows, 8);
  EXPECT_NEAR(all.mean_divergence(), 0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3.0), 1e-6);
  EXPECT_EQ(all.agreement(), 0.0) << "a tie goes to the first";
}

TEST(Divergence, IsToldByNoiseLevel) {
  ConstantDenoiser same({1.0f, 0.0f});
  ComparedDenoiser compared(same, same);
  predict_at(compared, {0.19f, 1.0f});
  predict_at(compared, {0.2f, 0.95f});
  EXPECT_EQ(compared.bands()[0].rows, 4);
  EXPECT_EQ(compared.bands()[1].rows, 4);
  EXPECT_EQ(compared.bands()[4].rows, 8);
  EXPECT_EQ(compared.all().agreement(), 1.0);
  EXPECT_EQ(compared.all().mean_divergence(), 0.0);
}

TEST(Divergence, OnlyTheCandidateReusesContext) {
  ConstantDenoiser reference({0.0f, 1.0f}), candidate({0.0f, 1.0f}, true);
  ComparedDenoiser compared(reference, candidate);
  EXPECT_TRUE(compared.keeps_context());
  std::vector<diffusion::ContextCache> contexts(2);
  predict_at(compared, {0.5f, 0.5f}, contexts);
  EXPECT_FALSE(reference.saw_context);
  EXPECT_TRUE(candidate.saw_context);
}

/// Echoes, and tells the lengths of the canvases that it saw.
class WatchingDenoiser final : public diffusion::Denoiser {
 public:
  std::int64_t vocab_size() const override { return 9; }
  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    lengths.push_back(input.canvas.length());
    rows.push_back(input.canvas.row_count());
    tokens.push_back(input.simplex.tokens().clone());
    return echo_.predict(input);
  }
  std::vector<std::int64_t> lengths, rows;
  std::vector<at::Tensor> tokens;  ///< that stand for s_0

 private:
  EchoDenoiser echo_{9};
};

TEST(Divergence, TheReferenceGoesOnWithTheWholeCanvas) {
  WatchingDenoiser reference, candidate;
  ComparedDenoiser compared(reference, candidate);
  diffusion::SamplerSettings settings;
  settings.steps = 4;
  const std::array<std::uint64_t, 1> seed{3};
  const Canvas canvas = diffusion::testing::make_canvas(1, 8, 2);
  diffusion::Sampling sampling(compared, settings, nullptr, canvas, seed);
  sampling.step();
  at::Tensor first = at::zeros({6}, at::kBool);
  first[0] = true;
  const auto committed = sampling.tokens()[0].item<std::int64_t>();
  sampling.commit(first);
  sampling.step();
  const at::Tensor predicted = sampling.tokens().clone();  // of the rows 1 to 5
  sampling.shorten(6);
  sampling.step();
  EXPECT_EQ(reference.lengths, (std::vector<std::int64_t>{8, 8, 8}));
  EXPECT_EQ(reference.rows, (std::vector<std::int64_t>{6, 6, 6}));
  EXPECT_EQ(candidate.lengths, (std::vector<std::int64_t>{8, 8, 6}));
  EXPECT_EQ(candidate.rows, (std::vector<std::int64_t>{6, 5, 3}));
  EXPECT_EQ(compared.all().rows, 14);
  // Places that are gone keep their token: the committed one, then what was predicted last.
  EXPECT_EQ(reference.tokens[1][0].item<std::int64_t>(), committed);
  EXPECT_EQ(reference.tokens[2][0].item<std::int64_t>(), committed);
  EXPECT_TRUE(reference.tokens[1].narrow(0, 1, 5).equal(candidate.tokens[1]));
  EXPECT_TRUE(reference.tokens[2].narrow(0, 1, 3).equal(candidate.tokens[2]));
  EXPECT_TRUE(reference.tokens[2].narrow(0, 4, 2).equal(predicted.narrow(0, 3, 2)));
  // An echo of a row does not look at other places: the rows that are left are predicted alike.
  EXPECT_NEAR(compared.all().mean_divergence(), 0.0, 1e-9);
  EXPECT_EQ(compared.all().agreement(), 1.0);
}

TEST(Divergence, NeedsOneVocabulary) {
  ConstantDenoiser two({0.0f, 0.0f}), three({0.0f, 0.0f, 0.0f});
  EXPECT_THROW(ComparedDenoiser(two, three), Error);
}

TEST(Divergence, TheTableHasTheBandsThatWereSeen) {
  ConstantDenoiser reference({0.0f, 0.0f}), candidate({0.0f, std::log(3.0f)});
  ComparedDenoiser compared(reference, candidate);
  predict_at(compared, {0.1f, 0.9f});
  EXPECT_EQ(divergence_table(compared),
            "noise (t/T)         rows   KL (nats)     same token\n"
            "0.8 to 1.0              4      0.143841       0.00 %\n"
            "0.0 to 0.2              4      0.143841       0.00 %\n"
            "all                     8      0.143841       0.00 %\n");
  const auto json = nlohmann::json::parse(divergence_json(compared));
  EXPECT_EQ(json["bands"].size(), ComparedDenoiser::kBands);
  EXPECT_EQ(json["bands"][4]["rows"], 4);
  EXPECT_EQ(json["rows"], 8);
  EXPECT_NEAR(json["divergence"], 0.143841, 1e-6);
}

}  // namespace
}  // namespace tess2::eval
