// Collects the largest relative error of each family of golden keys.
#pragma once

#include <ATen/ATen.h>

#include <limits>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tensor/safetensors.h"

namespace tess2::golden {

/// Relative to the largest absolute value of the expected tensor.
inline constexpr double kTolerance = 1e-4;

/// What rounding alone does to a result (see sensitivity.h): beyond it, a comparison says nothing.
struct Determined {
  /// Largest relative change of the numbers.
  double moved = 0.0;
  /// Denoising steps whose tokens do not change; all of them unless said otherwise.
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();
};

/// Largest absolute difference over the largest absolute value expected.
double relative_error(const at::Tensor& found, const at::Tensor& expected);

/// The expected values, and which of them were compared.
class Expected {
 public:
  explicit Expected(const std::filesystem::path& file);

  bool has(const std::string& key) const { return names_.count(key) != 0; }
  /// The tensor of a key, which then counts as compared. Throws where there is none.
  at::Tensor take(const std::string& key);
  /// The tensor of a key that is an input, not a result.
  at::Tensor input(const std::string& key) { return take(key); }
  /// Keys with this prefix, in order.
  std::vector<std::string> with_prefix(const std::string& prefix) const;
  /// Keys that nobody took.
  std::vector<std::string> unused() const;

 private:
  tensor::SafetensorsFile file_;
  std::set<std::string> names_;
  std::set<std::string> taken_;
};

class Report {
 public:
  /// Compares real numbers. Where rounding alone moves them by more than the tolerance, as much is
  /// allowed, and the report says so.
  void close(const std::string& family, const std::string& key, const at::Tensor& found,
             const at::Tensor& expected, const Determined& determined = {});
  /// Compares tokens or flags: every difference counts. Of tokens [steps, ...] the steps that
  /// rounding alone changes are left out, and the report says so.
  void equal(const std::string& family, const std::string& key, const at::Tensor& found,
             const at::Tensor& expected, const Determined& determined = {});

  /// One line a family, then what failed. Returns whether everything held.
  bool print(std::ostream& out) const;
  /// One line a key.
  void print_keys(std::ostream& out) const;

 private:
  struct Family {
    int keys = 0;
    double largest_error = 0.0;
    std::string worst_key;
    std::int64_t tokens = 0;
    std::int64_t differing_tokens = 0;
  };
  bool same_shape(const std::string& key, const at::Tensor& found, const at::Tensor& expected);

  std::map<std::string, Family> families_;
  std::map<std::string, double> errors_;
  std::vector<std::string> notes_;
  std::vector<std::string> failures_;
};

}  // namespace tess2::golden
