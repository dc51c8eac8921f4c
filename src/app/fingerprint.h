// Short names for what answers depend on, so that a run only goes on with its own.
#pragma once

#include <string>
#include <string_view>

#include "app/answering.h"
#include "generate/settings.h"

namespace tess2::app {

/// 16 hexadecimal digits that stand for the models, the settings and `more`: everything that an
/// answer depends on besides its prompt and seed. Of the weights it knows how they begin. Throws
/// FileError.
std::string answering_fingerprint(const AnsweringOptions& options,
                                  generate::GenerateSettings settings, std::string_view more);

}  // namespace tess2::app
