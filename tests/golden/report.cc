#include "golden/report.h"

#include <iomanip>
#include <sstream>

#include "core/error.h"

namespace tess2::golden {
namespace {

std::string shape_text(const at::Tensor& x) {
  std::ostringstream text;
  text << x.sizes();
  return text.str();
}

std::string number_text(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

double relative_error(const at::Tensor& found, const at::Tensor& expected) {
  const at::Tensor want = expected.to(at::kDouble);
  const double largest = std::max(want.abs().max().item<double>(), 1e-30);
  return (found.to(at::kDouble) - want).abs().max().item<double>() / largest;
}

Expected::Expected(const std::filesystem::path& file) : file_(file) {
  for (const std::string& name : file_.names()) names_.insert(name);
}

at::Tensor Expected::take(const std::string& key) {
  taken_.insert(key);
  return file_.tensor(key);
}

std::vector<std::string> Expected::with_prefix(const std::string& prefix) const {
  std::vector<std::string> found;
  for (const std::string& name : names_) {
    if (name.starts_with(prefix)) found.push_back(name);
  }
  return found;
}

std::vector<std::string> Expected::unused() const {
  std::vector<std::string> left;
  for (const std::string& name : names_) {
    if (taken_.count(name) == 0) left.push_back(name);
  }
  return left;
}

bool Report::same_shape(const std::string& key, const at::Tensor& found,
                        const at::Tensor& expected) {
  if (found.sizes() == expected.sizes()) return true;
  failures_.push_back(key + ": expected shape " + shape_text(expected) + ", found " +
                      shape_text(found));
  return false;
}

void Report::close(const std::string& family, const std::string& key, const at::Tensor& found,
                   const at::Tensor& expected, const Determined& determined) {
  Family& entry = families_[family];
  ++entry.keys;
  if (!same_shape(key, found, expected)) return;
  const double error = relative_error(found, expected);
  errors_[key] = error;
  if (entry.worst_key.empty() || !(error <= entry.largest_error)) {
    entry.largest_error = error;
    entry.worst_key = key;
  }
  const double allowed = std::max(kTolerance, determined.moved);
  if (error > kTolerance && error <= allowed) {
    notes_.push_back(key + ": relative error " + number_text(error) +
                     "; rounding alone moves it by " + number_text(determined.moved));
  }
  if (!(error <= allowed)) {
    failures_.push_back(key + ": relative error " + number_text(error) + ", allowed " +
                        number_text(allowed));
  }
}

void Report::equal(const std::string& family, const std::string& key, const at::Tensor& found,
                   const at::Tensor& expected, const Determined& determined) {
  Family& entry = families_[family];
  ++entry.keys;
  if (!same_shape(key, found, expected)) return;
  const std::int64_t steps = std::min(determined.steps, expected.size(0));
  const auto differing_in = [&](std::int64_t first, std::int64_t count) {
    return found.narrow(0, first, count)
        .ne(expected.narrow(0, first, count))
        .sum()
        .item<std::int64_t>();
  };
  const std::int64_t differing = differing_in(0, steps);
  const std::int64_t undetermined = differing_in(steps, expected.size(0) - steps);
  entry.tokens += expected.numel();
  entry.differing_tokens += differing + undetermined;
  if (steps < expected.size(0)) {
    notes_.push_back(key + ": rounding alone changes tokens from step " +
                     std::to_string(steps + 1) + " of " + std::to_string(expected.size(0)) +
                     " on, where " + std::to_string(undetermined) + " differ");
  }
  if (differing > 0) {
    failures_.push_back(key + ": " + std::to_string(differing) + " of " +
                        std::to_string(expected.numel()) + " values differ");
  }
}

void Report::print_keys(std::ostream& out) const {
  for (const auto& [key, error] : errors_) {
    out << std::scientific << std::setprecision(2) << error << "  " << key << "\n";
  }
  out << std::defaultfloat;
}

bool Report::print(std::ostream& out) const {
  for (const auto& [name, family] : families_) {
    out << std::left << std::setw(12) << name << std::right << std::setw(4) << family.keys
        << " keys   largest relative error " << std::scientific << std::setprecision(2)
        << family.largest_error << std::defaultfloat;
    if (family.tokens > 0) {
      out << "   tokens " << family.tokens - family.differing_tokens << "/" << family.tokens;
    }
    if (family.largest_error > 0.0) out << "   (" << family.worst_key << ")";
    out << "\n";
  }
  if (!notes_.empty()) {
    out << "Not determined by single precision (--strict compares them all the same):\n";
  }
  for (const std::string& note : notes_) out << "  " << note << "\n";
  for (const std::string& failure : failures_) out << "FAILED " << failure << "\n";
  out << (failures_.empty() ? "all golden values match\n" : "golden values differ\n");
  return failures_.empty();
}

}  // namespace tess2::golden
