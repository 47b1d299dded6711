#include "services/api/metrics_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace es::api {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '"' || c == '\\') out += {'\\', c};
    else out.push_back(c);
  }
  return out;
}

std::string labels_text(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) out += (out.empty() ? "{" : ",") + name + "=\"" + escaped(value) + "\"";
  return out.empty() ? out : out + "}";
}

}  // namespace

std::string metrics_text(std::vector<Metric> metrics) {
  std::ranges::stable_sort(metrics, {}, &Metric::name);
  std::string out;
  std::string_view last_name;
  for (const Metric& metric : metrics) {
    if (metric.name != last_name) {
      out += "# HELP " + metric.name + " " + escaped(metric.help) + "\n";
      out += "# TYPE " + metric.name + (metric.is_counter ? " counter\n" : " gauge\n");
      last_name = metric.name;
    }
    std::array<char, 32> value{};
    std::snprintf(value.data(), value.size(), "%.17g", metric.value);
    out += metric.name + labels_text(metric.labels) + " " + value.data() + "\n";
  }
  return out;
}

}  // namespace es::api
