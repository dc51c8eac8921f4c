#include "train/sharing.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tess2::train {
namespace {

constexpr std::int64_t kUnitBytes = 32 << 10;

at::Tensor flat(const at::Tensor& tensor) {
  return tensor.detach().view({-1});
}

}  // namespace

std::vector<Unit> make_units(std::span<const std::int64_t> bytes) {
  std::vector<Unit> units;
  Unit small;
  std::int64_t small_bytes = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] >= kUnitBytes) {
      units.push_back({i});
      continue;
    }
    if (!small.empty() && small_bytes + bytes[i] > kUnitBytes) {
      units.push_back(std::exchange(small, {}));
      small_bytes = 0;
    }
    small.push_back(i);
    small_bytes += bytes[i];
  }
  if (!small.empty()) units.push_back(std::move(small));
  return units;
}

std::vector<std::int64_t> share_out(std::span<const std::int64_t> sizes, std::int64_t ranks) {
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return sizes[i]; });
  std::vector<std::int64_t> owners(sizes.size());
  std::vector<std::int64_t> loads(static_cast<std::size_t>(ranks));
  for (const std::size_t i : order) {
    const auto least = std::ranges::min_element(loads);
    *least += sizes[i];
    owners[i] = least - loads.begin();
  }
  return owners;
}

Sharing::Sharing(const std::vector<tensor::NamedTensor>& parameters, Ranks ranks, std::int64_t zero)
    : ranks_(std::move(ranks)), zero_(zero) {
  if (ranks_.size() == 1) return;
  std::vector<std::int64_t> bytes;
  for (const auto& parameter : parameters) {
    parameters_.push_back(parameter.tensor);
    bytes.push_back(static_cast<std::int64_t>(parameter.tensor.nbytes()));
  }
  units_ = make_units(bytes);
  unit_of_.resize(bytes.size());
  std::vector<std::int64_t> unit_bytes(units_.size());
  for (std::size_t u = 0; u < units_.size(); ++u) {
    for (const std::size_t i : units_[u]) {
      unit_of_[i] = u;
      unit_bytes[u] += bytes[i];
    }
  }
  if (zero > 0) owners_ = share_out(unit_bytes, ranks_.size());
}

void Sharing::hand_out(std::size_t i, at::Tensor& tensor) const {
  if (!is_shared()) return ranks_.broadcast(tensor, 0);
  if (owner(i) == 0) return;
  if (ranks_.is_first()) return ranks_.send(tensor, owner(i));
  if (keeps(i)) ranks_.receive(tensor, 0);
}

void Sharing::collect(std::size_t i, at::Tensor& tensor) const {
  if (!is_shared() || owner(i) == 0) return;
  if (ranks_.is_first()) return ranks_.receive(tensor, owner(i));
  if (keeps(i)) ranks_.send(tensor, 0);
}

void Sharing::share_parameters() const {
  if (!is_shared()) return;
  for (std::size_t u = 0; u < units_.size(); ++u) {
    std::vector<at::Tensor> parts;
    for (const std::size_t i : units_[u]) parts.push_back(flat(parameters_[i]));
    at::Tensor together = parts.size() == 1 ? parts[0] : at::cat(parts);
    ranks_.broadcast(together, owners_[u]);
    if (parts.size() == 1) continue;
    std::int64_t begin = 0;
    for (at::Tensor& part : parts) {
      part.copy_(together.narrow(0, begin, part.numel()));
      begin += part.numel();
    }
  }
}

}  // namespace tess2::train
