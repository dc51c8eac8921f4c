// What clients are told about the model. Include it in .cc files.
#pragma once

#include "serve/openai.h"
#include "serve/service.h"

namespace tess2::serve {

/// OpenAI's model object, with what tess2 adds: the canvas, the defaults and the bounds of
/// requests.
Json model_json(const Service& service);

}  // namespace tess2::serve
