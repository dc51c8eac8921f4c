// The body of a request, within bounds.
#pragma once

#include <httplib.h>

#include <cstddef>
#include <string>

#include "serve/api_error.h"
#include "serve/connection.h"

namespace tess2::serve {

/// 408, for a head or a body that does not arrive in time.
ApiError late_request();

/// Whether the head announces a body.
bool announces_body(const httplib::Request& request);

/// Reads the whole body, of at most `max_bytes`. Throws ApiError: 415 for anything but JSON, 413
/// where it is too large, 408 where it does not come in time, 400 where it breaks off. The
/// connection is then closed after the reply.
std::string read_body(const httplib::Request& request, const httplib::Response& response,
                      const httplib::ContentReader& reader, Connection& connection,
                      std::size_t max_bytes);

}  // namespace tess2::serve
