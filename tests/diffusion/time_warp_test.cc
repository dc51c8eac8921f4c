#include "diffusion/time_warp.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "support/temporary_folder.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kTimesteps = 5000;
constexpr double kBinWidth = 5000.0 / static_cast<double>(TimeWarp::kBins);

using Profile = std::function<double(double)>;

/// Nothing to be learned, then all of it within a tenth of the levels, as a denoiser's loss.
double step_like(double t) {
  return 4.0 / (1.0 + std::exp(-(t - 1500.0) / 150.0));
}

/// Lets the warp learn `profile` from what it draws itself, `batch` at a time, with noise.
void teach(TimeWarp& warp, const Profile& profile, int rounds, double noise = 0.0,
           std::size_t batch = 16) {
  Rng rng(3, Stream::kSynthetic);
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> levels, losses;
    for (std::size_t i = 0; i < batch; ++i) {
      levels.push_back(warp.level(rng.uniform()));
      losses.push_back(profile(levels.back()) + noise * (rng.uniform() - 0.5));
    }
    warp.learn(levels, losses);
  }
}

TEST(TimeWarp, IsUniformUntilSomethingIsLearned) {
  const TimeWarp warp(kTimesteps, 6.0);
  for (const double u : {0.0, 0.123, 0.5, 0.77, 0.999999}) {
    EXPECT_NEAR(warp.level(u), 5000.0 * u, 1e-8) << u;
    EXPECT_NEAR(warp.density(5000.0 * u), 1.0 / 5000.0, 1e-15) << u;
    EXPECT_NEAR(warp.fitted_loss(5000.0 * u), 6.0 * u, 1e-12) << u;
  }
}

TEST(TimeWarp, ALossThatRisesEvenlyKeepsItUniform) {
  TimeWarp warp(kTimesteps, 2.0);
  teach(
      warp, [](double t) { return t / 1000.0; }, 1500);
  for (const double t : {250.0, 1250.0, 2500.0, 3750.0, 4750.0}) {
    EXPECT_NEAR(warp.fitted_loss(t), t / 1000.0, 0.02) << t;
    EXPECT_NEAR(warp.density(t) * 5000.0, 1.0, 0.1) << t;
  }
}

TEST(TimeWarp, RecoversALossFromItsOwnUnevenDraws) {
  TimeWarp warp(kTimesteps, 6.0);
  teach(warp, step_like, 3000, 1.0);
  for (const double t : {500.0, 1200.0, 1500.0, 1800.0, 2500.0, 3500.0, 4900.0}) {
    EXPECT_NEAR(warp.fitted_loss(t), step_like(t), 0.25) << t;
  }
  // Most of what is drawn lies in the tenth of the levels where the loss rises.
  double within = 0.0;
  for (double u = 0.0005; u < 1.0; u += 0.001) within += std::abs(warp.level(u) - 1500.0) < 250.0;
  EXPECT_GT(within / 1000.0, 0.5);
}

TEST(TimeWarp, LevelsFollowTheDensity) {
  TimeWarp warp(kTimesteps, 6.0);
  teach(warp, step_like, 800);
  std::vector<double> drawn(TimeWarp::kBins, 0.0);
  constexpr int kDraws = 100000;
  double last = -1.0;
  for (int i = 0; i < kDraws; ++i) {
    const double level = warp.level((i + 0.5) / kDraws);
    ASSERT_GT(level, last) << "monotone";
    last = level;
    drawn[static_cast<std::size_t>(level / kBinWidth)] += 1.0 / kDraws;
  }
  double total = 0.0;
  for (std::size_t bin = 0; bin < TimeWarp::kBins; ++bin) {
    const double density = warp.density((static_cast<double>(bin) + 0.5) * kBinWidth);
    EXPECT_NEAR(drawn[bin], density * kBinWidth, 2e-5) << bin;
    EXPECT_GE(density, TimeWarp::kUniformShare / 5000.0) << bin;
    total += density * kBinWidth;
  }
  EXPECT_NEAR(total, 1.0, 1e-9);
}

TEST(Quantile, LiesWhereTheSharesBelowItAddUpToIt) {
  const std::array<double, 4> shares{0.1, 0.0, 0.8, 0.1};
  EXPECT_DOUBLE_EQ(quantile(shares, 0.0), 0.0);
  EXPECT_DOUBLE_EQ(quantile(shares, 0.05), 0.125);
  EXPECT_DOUBLE_EQ(quantile(shares, 0.5), 0.625);
  EXPECT_DOUBLE_EQ(quantile(shares, 0.95), 0.875);
  EXPECT_LT(quantile(shares, 1.0), 1.0);
  EXPECT_GT(quantile(shares, 1.0), 0.999);
}

TEST(TimeWarp, ItsLevelsAreTheQuantilesOfItsShares) {
  TimeWarp warp(kTimesteps, 6.0);
  teach(warp, step_like, 200);
  const std::vector<double> shares = warp.shares();
  ASSERT_EQ(shares.size(), TimeWarp::kBins);
  EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0, 1e-12);
  EXPECT_DOUBLE_EQ(warp.level(0.3), 5000.0 * quantile(shares, 0.3));
}

TEST(TimeWarp, FromTheFirstLevelToTheLast) {
  TimeWarp warp(kTimesteps, 6.0);
  teach(warp, step_like, 200);
  EXPECT_EQ(warp.level(0.0), 0.0);
  EXPECT_EQ(warp.fitted_loss(0.0), 0.0);
  const double last = warp.level(std::nextafter(1.0, 0.0));
  EXPECT_LT(last, 5000.0);
  EXPECT_GT(last, 4999.0);
  double before = 0.0;
  for (double t = 10.0; t <= 5000.0; t += 10.0) {
    EXPECT_GT(warp.fitted_loss(t), before) << t;
    before = warp.fitted_loss(t);
  }
}

TEST(TimeWarp, TheGradientIsThatOfTheObjective) {
  TimeWarp warp(100, 3.0);
  teach(
      warp, [](double t) { return t < 40.0 ? 0.1 : 2.0; }, 50);
  const std::vector<double> levels{3.0, 39.5, 40.2, 99.9}, losses{0.2, 0.4, 1.5, 2.2};
  const std::vector<double> gradient = warp.gradient(levels, losses);
  // The objective with a_i moved, its weights held: through the text of the state.
  const auto moved = [&](std::size_t bin, double by) {
    std::string state = warp.state();
    const auto key = state.find("\"log_rises\":[") + 13;
    std::vector<double> numbers;
    std::size_t at = key;
    for (std::size_t i = 0; i < TimeWarp::kBins; ++i) {
      std::size_t used = 0;
      numbers.push_back(std::stod(state.substr(at), &used));
      at += used + 1;
    }
    numbers[bin] += by;
    std::string list;
    for (const double x : numbers) {
      char text[40];
      std::snprintf(text, sizeof text, "%.17g", x);
      list += (list.empty() ? "" : ",") + std::string(text);
    }
    state.replace(key, at - 1 - key, list);
    TimeWarp other(100, 3.0);
    other.restore(state);
    double sum = 0.0;
    for (std::size_t b = 0; b < levels.size(); ++b) {
      const double error = other.fitted_loss(levels[b]) - losses[b];
      sum += error * error / (100.0 * warp.density(levels[b]));
    }
    return sum / static_cast<double>(levels.size());
  };
  EXPECT_NEAR(moved(0, 0.0), warp.objective(levels, losses), 1e-12);
  for (std::size_t bin = 0; bin < TimeWarp::kBins; bin += 7) {
    const double slope = (moved(bin, 1e-5) - moved(bin, -1e-5)) / 2e-5;
    EXPECT_NEAR(gradient[bin], slope, 1e-7 + 1e-5 * std::abs(slope)) << bin;
  }
}

TEST(TimeWarp, GoesOnWithTheSameBits) {
  TimeWarp whole(kTimesteps, 6.0);
  teach(whole, step_like, 77, 0.3);
  TimeWarp resumed(kTimesteps, 6.0);
  resumed.restore(whole.state());
  EXPECT_EQ(resumed.state(), whole.state());
  teach(whole, step_like, 20, 0.3);
  teach(resumed, step_like, 20, 0.3);
  EXPECT_EQ(resumed.state(), whole.state());
}

TEST(TimeWarp, AStateOfSomethingElseIsRefused) {
  TimeWarp warp(kTimesteps, 6.0);
  const std::string good = warp.state();
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{\"steps\":1}"),
        std::string("{\"steps\":1,\"log_rises\":[1,2]}"), good.substr(0, good.size() / 2)}) {
    EXPECT_NE(test_support::error_of([&] { warp.restore(bad); }).find("time warping: "),
              std::string::npos)
        << bad;
  }
  EXPECT_NO_THROW(warp.restore(good));
}

}  // namespace
}  // namespace tess2::diffusion
