#include <array>

#include "services/cli/spec/flag.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

Status set_cpus(Json& spec, const char* kind, const std::string& text) {
  ES_TRY(const int64_t nano, parse_cpus(text));
  spec["TaskTemplate"]["Resources"][kind]["NanoCPUs"] = nano;
  return {};
}

Status set_memory(Json& spec, const char* kind, const std::string& text) {
  ES_TRY(const int64_t size_bytes, parse_size(text));
  spec["TaskTemplate"]["Resources"][kind]["MemoryBytes"] = size_bytes;
  return {};
}

constexpr std::array kResourceFlags{
    SpecFlag{
        "reserve-cpu", "CPUS", "CPUs that each task is sure to get, for example 0.25",
        [](Json& spec, const std::string& text) { return set_cpus(spec, "Reservations", text); }},
    SpecFlag{
        "reserve-memory", "SIZE", "Memory that each task is sure to get, for example 64m",
        [](Json& spec, const std::string& text) { return set_memory(spec, "Reservations", text); }},
    SpecFlag{"limit-cpu", "CPUS", "CPUs that each task can use at most",
             [](Json& spec, const std::string& text) { return set_cpus(spec, "Limits", text); }},
    SpecFlag{"limit-memory", "SIZE", "Memory that each task can use at most; beyond it is killed",
             [](Json& spec, const std::string& text) { return set_memory(spec, "Limits", text); }},
    SpecFlag{"limit-pids", "N", "Processes that each task can have at most (0: the node's default)",
             [](Json& spec, const std::string& text) -> Status {
               ES_TRY(const uint64_t count, parse_count(text));
               spec["TaskTemplate"]["Resources"]["Limits"]["Pids"] = count;
               return {};
             }},
};

}  // namespace

std::span<const SpecFlag> resource_flags() { return kResourceFlags; }

}  // namespace es::cli
