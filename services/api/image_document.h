#pragma once
// Images as Docker's API shows them.

#include "core/ports/images.h"
#include "services/json/json.h"

namespace es::api {

json::Json image_summary(const ports::Image& image);
json::Json image_document(const ports::Image& image);
// Descriptor and platforms, as a registry would answer.
json::Json distribution_document(const ports::Image& image);

}  // namespace es::api
