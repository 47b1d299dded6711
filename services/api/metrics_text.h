#pragma once
// Metrics as Prometheus reads them ("Exposition formats", text, version 0.0.4).

#include <string>
#include <vector>

#include "services/api/cluster_control.h"

namespace es::api {

// Metrics of one name stand together; their help is given once.
std::string metrics_text(std::vector<Metric> metrics);

}  // namespace es::api
