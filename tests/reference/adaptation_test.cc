// Adaptation learns as the reference does: its run on stories260K, repeated with its settings
// (golden/adapt_stories260K in the shared folder states them and the band).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "diffusion/whole_run.h"
#include "model/causal_lm.h"
#include "model/checkpoint.h"
#include "model/simplex_lm.h"
#include "reference/reference_run.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "text/tokenizer.h"

namespace tess2 {
namespace {

using reference::adapt;
using reference::Adaptation;
using reference::Losses;
using reference::reference_settings;
using reference::SharedFiles;

/// Mean negative log-likelihood per token after the prompt under the base, over 4 prompts x 8.
double sample_quality(const std::filesystem::path& folder, const std::filesystem::path& base,
                      std::int64_t steps) {
  const auto tokenizer = text::load_tokenizer(folder);
  auto loaded = model::load_checkpoint(folder, model::ModelKind::kDiffusion);
  model::SimplexLM lm(loaded.config, loaded.weights);
  auto judge_weights = model::load_checkpoint(base, model::ModelKind::kCausal);
  const model::CausalLM judge(judge_weights.config, judge_weights.weights);

  constexpr std::int64_t kLength = 128, kSamples = 8;
  double nll = 0.0, tokens = 0.0;
  for (const char* prompt : {"Once upon a time, there was a little", "One day, a big dog",
                             "Tom and Sue went to the park", "The cat was sad"}) {
    std::vector<text::TokenId> ids = tokenizer->encode(prompt);
    ids.insert(ids.begin(), tokenizer->bos());
    const auto given = static_cast<std::int64_t>(ids.size());
    at::Tensor canvas_ids = at::zeros({kSamples, kLength}, at::kLong);
    for (std::int64_t i = 0; i < given; ++i) canvas_ids.select(1, i).fill_(ids[std::size_t(i)]);
    at::Tensor span = at::ones({kSamples, kLength}, at::kBool);
    span.narrow(1, 0, given).fill_(false);
    diffusion::SamplerSettings settings;
    settings.steps = steps;
    settings.projection.top_p = 0.9;
    std::vector<std::uint64_t> seeds;
    for (std::uint64_t i = 0; i < kSamples; ++i) seeds.push_back(derive_seed(ids.size(), i));
    diffusion::Sampling sampling(lm, settings, nullptr, diffusion::Canvas(canvas_ids, span), seeds);
    const at::Tensor sampled = diffusion::testing::finish(sampling).ids;
    for (std::int64_t b = 0; b < kSamples; ++b) {
      const auto* row = sampled.data_ptr<std::int64_t>() + b * kLength;
      std::int64_t end = given;
      const auto ends = [&](std::int64_t id) {
        return id == tokenizer->bos() || id == tokenizer->eos() || id == *tokenizer->pad();
      };
      while (end < kLength && !ends(row[end])) ++end;
      nll += judge.negative_log_likelihood({row, row + end}, given);
      tokens += static_cast<double>(end - given);
    }
  }
  return nll / tokens;
}

/// The final losses of the reference's run `name`.
Losses reference_losses(const SharedFiles& files, const std::string& name) {
  std::ifstream in(files.reference);
  const auto runs = nlohmann::json::parse(in);
  Losses losses;
  for (const auto& [t, loss] : runs.at(name).at("log").back().at("loss_by_timestep").items()) {
    losses["loss_t" + t] = loss.get<double>();
  }
  return losses;
}

TEST(AdaptationReference, ReachesTheLossesAndSamplesOfTheReference) {
  TESS2_SHARED_OR_SKIP(model, "models/stories260K");
  TESS2_SHARED_OR_SKIP(training, "data/stories/train.jsonl.gz");
  TESS2_SHARED_OR_SKIP(validation, "data/stories/valid.jsonl");
  TESS2_SHARED_OR_SKIP(reference, "golden/adapt_stories260K/reference_runs.json");
  const SharedFiles files{model, training, validation, reference};
  const test_support::TemporaryFolder folder;

  const Adaptation adapted = adapt(reference_settings(files, folder.path() / "adapted"));
  for (const auto& [name, loss] : adapted.losses) std::cout << name << " " << loss << "\n";
  EXPECT_LE(adapted.losses.at("loss_t250"), 0.06);
  EXPECT_LE(adapted.losses.at("loss_t1000"), 0.12);
  EXPECT_GE(adapted.losses.at("loss_t1750"), 1.45);
  EXPECT_LE(adapted.losses.at("loss_t1750"), 1.90);
  EXPECT_GE(adapted.losses.at("loss_t2500"), 4.0);
  EXPECT_LE(adapted.losses.at("loss_t2500"), 4.35);
  const Losses first = reference_losses(files, "adapt_ar_1");
  const Losses second = reference_losses(files, "adapt_ar_2");
  for (const char* t : {"loss_t3250", "loss_t4000", "loss_t4750"}) {
    EXPECT_GE(adapted.losses.at(t), std::min(first.at(t), second.at(t)) - 0.06) << t;
    EXPECT_LE(adapted.losses.at(t), std::max(first.at(t), second.at(t)) + 0.06) << t;
  }

  const double at_5 = sample_quality(folder.path() / "adapted", model, 5);
  const double at_20 = sample_quality(folder.path() / "adapted", model, 20);
  const double at_100 = sample_quality(folder.path() / "adapted", model, 100);
  std::cout << "samples: 5 steps " << at_5 << ", 20 steps " << at_20 << ", 100 steps " << at_100
            << "\n";
  EXPECT_LE(at_100, 6.0);
  EXPECT_LT(at_100, at_20);
  EXPECT_LT(at_20, at_5);

  train::AdaptSettings from_nothing = reference_settings(files, folder.path() / "fresh");
  from_nothing.fresh_weights = true;
  const Adaptation fresh = adapt(from_nothing);
  for (const char* t : {"loss_t250", "loss_t1000", "loss_t1750"}) {
    EXPECT_GT(fresh.losses.at(t), adapted.losses.at(t)) << t;
  }
}

}  // namespace
}  // namespace tess2
