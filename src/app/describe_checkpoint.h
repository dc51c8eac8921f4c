// What `inspect` says about models and tokenizers.
#pragma once

#include <filesystem>
#include <string>

namespace tess2::app {

/// Kind, sizes, number type, weights, tokenizer and files of a checkpoint's folder, a line each,
/// after checking that configuration, tensors and tokenizer fit each other; with `tensors`, a table
/// of them. Throws as model::load_checkpoint, text::load_tokenizer and model::check_vocabulary.
std::string describe_checkpoint(const std::filesystem::path& folder, bool tensors);

/// Table of the tensors of one safetensors file. Throws as tensor::SafetensorsFile.
std::string describe_tensor_file(const std::filesystem::path& file);

/// Size and special tokens of a tokenizer's folder. Throws as text::load_tokenizer.
std::string describe_tokenizer(const std::filesystem::path& folder);

}  // namespace tess2::app
