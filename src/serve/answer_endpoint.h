// POST /v1/chat/completions and /v1/completions.
#pragma once

#include <httplib.h>

#include "serve/service.h"

namespace tess2::serve {

/// Answers the request, streaming or not. Throws ApiError, ClientGone, and as Service::inquire.
void answer(Service& service, const AnswerRequest& request, Connection& connection,
            httplib::Response& response);

}  // namespace tess2::serve
