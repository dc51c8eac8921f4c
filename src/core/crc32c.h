// The checksum CRC-32C (Castagnoli), which TensorBoard's event files carry.
#pragma once

#include <cstdint>
#include <string_view>

namespace tess2 {

/// The remainder of `bytes` by the polynomial 0x1EDC6F41, bits reflected, begun and ended with all
/// bits turned, as RFC 3720 has it.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace tess2
