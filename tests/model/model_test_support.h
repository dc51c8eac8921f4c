// A model small enough to be written out in a test.
#pragma once

#include "model/config.h"

namespace tess2::model::test {

/// V = 11, H = 8, one layer of four heads of six over two key-value heads, F = 20.
inline Config small_config(ModelKind kind) {
  Config config;
  config.kind = kind;
  config.vocab_size = 11;
  config.hidden_size = 8;
  config.intermediate_size = 20;
  config.num_hidden_layers = 1;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 6;
  config.bos_token_id = 1;
  config.eos_token_id = 2;
  return config;
}

/// Sizes that cut the work into several tiles, none of them full.
inline Config wide_config(ModelKind kind) {
  Config config;
  config.kind = kind;
  config.vocab_size = 700;
  config.hidden_size = 96;
  config.intermediate_size = 260;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 32;
  config.self_condition = true;
  config.initializer_range = 0.2;
  return config;
}

}  // namespace tess2::model::test
