#include "app/version.h"

#include <torch/version.h>
#include <dnnl.hpp>

namespace tess2::app {
namespace {

std::string dnnl_version_text() {
  const auto* version = dnnl::version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

}  // namespace

std::string program_version() {
  return TESS2_VERSION;
}

std::string version_text() {
  return "tess2 " + program_version() + "\nLibTorch " TORCH_VERSION "\noneDNN " +
         dnnl_version_text() + "\n";
}

}  // namespace tess2::app
