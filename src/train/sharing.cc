#include "train/sharing.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tess2::train {

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
  if (ranks_.size() == 1 || zero == 0) return;
  std::vector<std::int64_t> sizes;
  for (const auto& parameter : parameters) sizes.push_back(parameter.tensor.numel());
  owners_ = share_out(sizes, ranks_.size());
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

}  // namespace tess2::train
