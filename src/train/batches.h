// Micro-batches of token ids for training and validation.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/dialogues.h"
#include "data/documents.h"
#include "data/order.h"
#include "data/span_mask.h"

namespace tess2::train {

/// ids [B,L] int64 and span_mask [B,L] bool: true where a token is learnt.
struct Batch {
  at::Tensor ids;
  at::Tensor span_mask;
};

/// Hands out the micro-batches of a run. Batch `index` depends on the seed and the index alone.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual std::int64_t length() const = 0;
  virtual Batch training_batch(std::int64_t index, std::int64_t batch_size) = 0;
  /// Held-out batches; the same at each call.
  virtual const std::vector<Batch>& validation() const = 0;
};

/// [rows, L] int64 from rows of ids, all of one length.
at::Tensor stack_ids(const std::vector<std::span<const text::TokenId>>& rows);

/// How often the holes of span masks get more places than tokens (data/spare_places.h).
struct ElasticHoles {
  double chance = 0.0;  ///< of a batch under a span mask, in [0, 1]
  text::TokenId pad = 0;
};

/// Packed documents under span masks (adaptation). In validation the second half is masked.
class DocumentBatches final : public BatchSource {
 public:
  /// Of `validation` the first `validation_rows` rows are used.
  DocumentBatches(data::TokenRows training, const data::TokenRows& validation,
                  std::size_t validation_rows, data::MaskObjective objective, std::uint64_t seed,
                  ElasticHoles elastic = {});

  std::int64_t length() const override { return static_cast<std::int64_t>(rows_.length()); }
  Batch training_batch(std::int64_t index, std::int64_t batch_size) override;
  const std::vector<Batch>& validation() const override { return validation_; }
  std::size_t size() const { return rows_.size(); }

 private:
  data::TokenRows rows_;
  data::SampleOrder order_;
  data::MaskObjective objective_;
  std::uint64_t seed_;
  ElasticHoles elastic_;
  std::vector<Batch> validation_;
};

/// Questions and answers; the span is the answer and the padding after it (instruction tuning).
class DialogueBatches final : public BatchSource {
 public:
  DialogueBatches(std::vector<text::EncodedDialogue> training,
                  const std::vector<text::EncodedDialogue>& validation, std::size_t validation_rows,
                  std::uint64_t seed);

  std::int64_t length() const override;
  Batch training_batch(std::int64_t index, std::int64_t batch_size) override;
  const std::vector<Batch>& validation() const override { return validation_; }

 private:
  std::vector<text::EncodedDialogue> examples_;
  data::SampleOrder order_;
  std::vector<Batch> validation_;
};

}  // namespace tess2::train
