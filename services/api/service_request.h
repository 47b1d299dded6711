#pragma once
// What is done to a service's specification between Docker's document and the command: a client resolves names in its own way, and
// sends back what it was shown.

#include <string>

#include "core/base/result.h"
#include "core/model/service.h"
#include "core/ports/images.h"

namespace es::api {

// - an image that the client pinned by the digest that /distribution gave it loses the digest: images are known by the digest of their
//   configuration here, which differs between the architectures of one name
// - the image's platform becomes a placement platform, where this node has the image; else the platforms that the previous
//   specification had for the same image stay, because Docker's clients drop the variant of an ARM platform
// - networks get their names; there are only "host" and "none"
// `previous` is null for a new service. Errors: kNotFound (a network).
Status complete_service_spec(const ports::Images& images, const ServiceSpec* previous, ServiceSpec& spec);

}  // namespace es::api
