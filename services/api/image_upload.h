#pragma once
// The one request whose body is streamed: POST /images/load.

#include <memory>
#include <string_view>

#include "services/api/cluster_control.h"
#include "services/http/handler.h"

namespace es::api {

bool is_image_upload(std::string_view method, std::string_view path);
std::unique_ptr<http::BodySink> make_image_upload(ClusterControl& control, const http::Responder& responder);

}  // namespace es::api
