// The shape of a model that answers at once, for tests that need one that is real.
#pragma once

#include "model/config.h"
#include "text/tokenizer.h"

namespace tess2::eval {

/// One layer of width 16, for the vocabulary of `tokenizer`.
inline model::Config tiny_config(model::ModelKind kind, const text::Tokenizer& tokenizer) {
  model::Config config;
  config.architecture = model::Architecture::kLlama;
  config.kind = kind;
  config.vocab_size = tokenizer.vocab_size();
  config.hidden_size = 16;
  config.intermediate_size = 24;
  config.num_hidden_layers = 1;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 1;
  config.head_dim = 8;
  config.bos_token_id = tokenizer.bos();
  config.eos_token_id = tokenizer.eos();
  config.pad_token_id = tokenizer.pad();
  config.self_condition = kind == model::ModelKind::kDiffusion;
  return config;
}

}  // namespace tess2::eval
