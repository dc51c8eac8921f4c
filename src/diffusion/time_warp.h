// Learned time warping (CDCD, arXiv 2211.15089): noise levels are drawn where the loss rises, so
// that the loss grows evenly over what is drawn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tess2::diffusion {

/// The place u in [0, 1) of the distribution that is even within each of equal ranges of [0, 1),
/// which hold `shares` of it, one or more: numbers >= 0 that sum to 1.
double quantile(std::span<const double> shares, double u);

/// A distribution over the levels t in [0, T), learned from the losses met at them.
///
/// F~ is an unnormalised distribution function: F~(0) = 0, linear within each of `kBins` equal bins
/// of t, and rising by h_i = exp(a_i) > 0 over bin i. It is fitted to the loss L(t) under uniform
/// t by the gradient of
///   J = (1/B) sum_b w_b (F~(t_b) - L_b)^2,   w_b = (1/T) / p(t_b),
/// where p is the density that t_b was drawn from: the weights make the fit independent of it.
/// Levels are drawn from
///   p(t) = kUniformShare / T + (1 - kUniformShare) F~'(t) / F~(T);
/// the uniform share, which is ours, bounds the weights and keeps every level in sight.
class TimeWarp {
 public:
  static constexpr std::size_t kBins = 50;
  static constexpr double kUniformShare = 0.1;

  /// Uniform over [0, timesteps) until something is learned; timesteps >= 1. `top_loss` is where
  /// the fit begins to look for F~(T), above 0: the loss of chance.
  TimeWarp(std::int64_t timesteps, double top_loss);

  /// The level at which the distribution function of p is `u` in [0, 1): a real number in [0, T),
  /// whose floor is the timestep.
  double level(double u) const;
  /// What p gives to each bin; they sum to 1.
  std::vector<double> shares() const;
  /// p at a level in [0, T).
  double density(double level) const;
  /// F~ at a level in [0, T].
  double fitted_loss(double level) const;

  /// One step of the fit on what a micro-batch met: `levels` as drawn, and the loss at each.
  void learn(std::span<const double> levels, std::span<const double> losses);

  /// dJ / da_i, for tests.
  std::vector<double> gradient(std::span<const double> levels,
                               std::span<const double> losses) const;
  double objective(std::span<const double> levels, std::span<const double> losses) const;

  /// All that was learned as one line of JSON, and back with the same bits. Throws Error for a text
  /// that `state` did not write.
  std::string state() const;
  void restore(const std::string& state);

 private:
  struct Place {
    std::size_t bin;
    double part;  ///< of the bin that lies before it, in [0, 1]
  };
  Place place(double level) const;
  double weight(double level) const;

  double timesteps_;
  std::vector<double> log_rises_;  ///< a_i
  std::vector<double> mean_;       ///< Adam's moments of their gradients
  std::vector<double> variance_;
  std::int64_t steps_ = 0;
};

}  // namespace tess2::diffusion
