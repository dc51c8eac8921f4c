// Micro-batches of token ids for training and validation.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "data/example.h"
#include "data/shuffle.h"
#include "data/span_mask.h"

namespace tess2::train {

/// Rows of one validation batch: small enough for any memory, large enough for the products.
inline constexpr std::int64_t kValidationBatch = 16;

/// ids [B,L] int64 and span_mask [B,L] bool: true where a token is learnt.
struct Batch {
  at::Tensor ids;
  at::Tensor span_mask;
};

/// Hands out the micro-batches of a run. Batch `index` depends on the data, the seed and the index
/// alone, and is cheap where indices go up.
class BatchSource {
 public:
  explicit BatchSource(data::Shuffle training) : examples_(std::move(training)) {}
  virtual ~BatchSource() = default;
  virtual std::int64_t length() const = 0;
  virtual Batch training_batch(std::int64_t index, std::int64_t batch_size) = 0;
  /// Held-out batches; the same at each call.
  virtual const std::vector<Batch>& validation() const = 0;

  /// What the batches are made of: where a run stands in its data, and what that has cost.
  data::Shuffle& examples() { return examples_; }
  const data::Shuffle& examples() const { return examples_; }

 private:
  data::Shuffle examples_;
};

/// [rows, L] int64 from rows of ids, all of one length.
at::Tensor stack_ids(const std::vector<std::span<const text::TokenId>>& rows);

/// The samples of micro-batch `index`: those from index * batch_size on.
std::vector<data::Example> samples_of(data::Shuffle& examples, std::int64_t index,
                                      std::int64_t batch_size);

/// How often the holes of span masks get more places than tokens (data/spare_places.h).
struct ElasticHoles {
  double chance = 0.0;  ///< of a batch under a span mask, in [0, 1]
  text::TokenId pad = 0;
};

/// Packed documents under span masks (adaptation). In validation the second half is masked.
class DocumentBatches final : public BatchSource {
 public:
  /// `validation` holds one row or more.
  DocumentBatches(data::Shuffle training, const std::vector<data::Example>& validation,
                  data::MaskObjective objective, std::uint64_t seed, ElasticHoles elastic = {});

  std::int64_t length() const override { return static_cast<std::int64_t>(length_); }
  Batch training_batch(std::int64_t index, std::int64_t batch_size) override;
  const std::vector<Batch>& validation() const override { return validation_; }

 private:
  std::size_t length_;
  data::MaskObjective objective_;
  std::uint64_t seed_;
  ElasticHoles elastic_;
  std::vector<Batch> validation_;
};

/// How often only parts of an answer are to be predicted, so that a tuned model fills holes, too.
struct AnswerHoles {
  double chance = 0.0;  ///< of an example, in [0, 1]
  text::TokenId pad = 0;
};

/// Questions and answers; the span is the answer and the padding after it (instruction tuning).
/// In an answer with holes it is what UL2's masks hide of the answer, with spare places
/// (data/spare_places.h), and the padding. Validation has whole answers.
class DialogueBatches final : public BatchSource {
 public:
  /// `validation` holds one example or more.
  DialogueBatches(data::Shuffle training, const std::vector<data::Example>& validation,
                  std::uint64_t seed, AnswerHoles holes = {});

  std::int64_t length() const override { return validation_.front().ids.size(1); }
  Batch training_batch(std::int64_t index, std::int64_t batch_size) override;
  const std::vector<Batch>& validation() const override { return validation_; }

 private:
  std::uint64_t seed_;
  AnswerHoles holes_;
  std::vector<Batch> validation_;
};

}  // namespace tess2::train
