// POST /v1/infill.
#pragma once

#include <httplib.h>

#include "serve/service.h"

namespace tess2::serve {

/// Fills the holes of the request's text, streaming or not. Throws ApiError, ClientGone, and as
/// Service::inquire.
void fill(Service& service, const InfillRequest& request, Connection& connection,
          httplib::Response& response);

}  // namespace tess2::serve
