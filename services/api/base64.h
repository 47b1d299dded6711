#pragma once
// Base 64 (RFC 4648 §4), as JSON carries bytes.

#include <string>
#include <string_view>

namespace es::api {

std::string base64_encode(std::string_view bytes);

}  // namespace es::api
