#include "train/ranks.h"

#include <cstring>
#include <utility>

#include "core/error.h"
#include "train/rank_group.h"

namespace tess2::train {
namespace {

int as_int(std::int64_t rank) {
  return static_cast<int>(rank);
}

/// What Gloo can add: it knows no half precision that LibTorch's headers agree on.
at::Tensor addable(const at::Tensor& tensor) {
  const bool known = tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble;
  return known ? tensor : tensor.to(at::kFloat);
}

/// The same memory as bytes, which every dtype can be sent as.
at::Tensor bytes_of(const at::Tensor& tensor) {
  return tensor.detach().view({-1}).view(at::kByte);
}

at::Tensor tensor_of(const std::vector<double>& values) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), tensor.data_ptr<double>());
  return tensor;
}

}  // namespace

class Ranks::Group final : public RankGroup {
 public:
  using RankGroup::RankGroup;
};

Ranks::Ranks(const Launch& launch, std::chrono::seconds limit) {
  if (launch.size > 1) group_ = std::make_shared<Group>(launch, limit);
}

std::int64_t Ranks::rank() const {
  return group_ ? group_->launch().rank : 0;
}

std::int64_t Ranks::size() const {
  return group_ ? group_->launch().size : 1;
}

void Ranks::sum(at::Tensor& tensor) const {
  if (!group_ || tensor.numel() == 0) return;
  const at::Tensor sum = addable(tensor.detach());
  group_->run(sum, [](Backend& backend, auto& tensors) { return backend.allreduce(tensors); });
  if (!sum.is_alias_of(tensor)) tensor.detach().copy_(sum);
}

std::vector<double> Ranks::sum(const std::vector<double>& values) const {
  if (!group_ || values.empty()) return values;
  at::Tensor tensor = tensor_of(values);
  sum(tensor);
  const double* data = tensor.data_ptr<double>();
  return {data, data + tensor.numel()};
}

void Ranks::sum_to(at::Tensor& tensor, std::int64_t to) const {
  if (!group_ || tensor.numel() == 0) return;
  const at::Tensor sum = addable(tensor.detach());
  group_->run(sum, [to](Backend& backend, auto& tensors) {
    c10d::ReduceOptions options;
    options.rootRank = to;
    return backend.reduce(tensors, options);
  });
  if (rank() == to && !sum.is_alias_of(tensor)) tensor.detach().copy_(sum);
}

void Ranks::broadcast(at::Tensor& tensor, std::int64_t from) const {
  if (!group_ || tensor.numel() == 0) return;
  group_->run(bytes_of(tensor), [from](Backend& backend, auto& tensors) {
    c10d::BroadcastOptions options;
    options.rootRank = from;
    return backend.broadcast(tensors, options);
  });
}

std::string Ranks::broadcast(const std::string& text, std::int64_t from) const {
  if (!group_) return text;
  at::Tensor size = at::full({1}, static_cast<std::int64_t>(text.size()), at::kLong);
  broadcast(size, from);
  at::Tensor bytes = at::empty({size.item<std::int64_t>()}, at::kByte);
  if (rank() == from) std::memcpy(bytes.data_ptr(), text.data(), text.size());
  broadcast(bytes, from);
  return {static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(bytes.numel())};
}

void Ranks::send(const at::Tensor& tensor, std::int64_t to) const {
  if (!group_ || tensor.numel() == 0) return;
  group_->run_between_two(bytes_of(tensor), [to](Backend& backend, auto& tensors) {
    return backend.send(tensors, as_int(to), 0);
  });
}

void Ranks::receive(at::Tensor& tensor, std::int64_t from) const {
  if (!group_ || tensor.numel() == 0) return;
  group_->run_between_two(bytes_of(tensor), [from](Backend& backend, auto& tensors) {
    return backend.recv(tensors, as_int(from), 0);
  });
}

std::vector<std::vector<double>> Ranks::gather(const std::vector<double>& mine) const {
  if (!group_) return {mine};
  const auto me = static_cast<std::size_t>(rank());
  std::vector<double> counts(static_cast<std::size_t>(size()));
  counts[me] = static_cast<double>(mine.size());
  counts = sum(counts);
  std::vector<std::vector<double>> all;
  std::vector<double> row;  // everybody's, one after another
  for (std::size_t i = 0; i < counts.size(); ++i) {
    all.emplace_back(static_cast<std::size_t>(counts[i]));
    if (i == me) row.insert(row.end(), mine.begin(), mine.end());
    row.resize(row.size() + (i == me ? 0 : all[i].size()));
  }
  row = sum(row);
  auto from = row.begin();
  for (auto& values : all) {
    std::copy_n(from, values.size(), values.begin());
    from += static_cast<std::ptrdiff_t>(values.size());
  }
  return all;
}

void Ranks::barrier() const {
  sum(std::vector<double>{0.0});
}

void Ranks::leave(const std::string& why) const {
  if (group_) group_->leave(why);
}

}  // namespace tess2::train
