// How Hugging Face names the files of a folder of tensors.
#pragma once

namespace tess2::tensor {

/// All tensors in one file.
inline constexpr const char* kSingleName = "model.safetensors";
/// Which shard holds which tensor: a JSON object with `weight_map`.
inline constexpr const char* kIndexName = "model.safetensors.index.json";
/// What a low-rank adapter adds to the tensors of another folder.
inline constexpr const char* kAdapterName = "adapter_model.safetensors";

}  // namespace tess2::tensor
