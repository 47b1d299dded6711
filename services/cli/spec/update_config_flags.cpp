// --update-… and --rollback-…: the same settings, for the way there and for the way back.

#include <array>
#include <charconv>

#include "services/cli/spec/flag.h"
#include "services/cli/values.h"
#include "services/json/json.h"

namespace es::cli {

namespace {

constexpr const char* kUpdate = "UpdateConfig";
constexpr const char* kRollback = "RollbackConfig";

// In Docker's documents a setting that is missing is 0, which is not the default of all of them.
Json& config(Json& spec, const char* which) {
  Json& member = spec[which];
  if (!member.is_object()) {
    member = Json{{"Parallelism", 1},
                  {"FailureAction", "pause"},
                  {"MaxFailureRatio", 0},
                  {"Order", "stop-first"}};
  }
  return member;
}

template <const char* const& kWhich>
Status set_parallelism(Json& spec, const std::string& text) {
  ES_TRY(const uint64_t count, parse_count(text));
  config(spec, kWhich)["Parallelism"] = count;
  return {};
}

template <const char* const& kWhich>
Status set_delay(Json& spec, const std::string& text) {
  ES_TRY(const Duration delay, parse_duration(text));
  config(spec, kWhich)["Delay"] = delay.ns;
  return {};
}

template <const char* const& kWhich>
Status set_monitor(Json& spec, const std::string& text) {
  ES_TRY(const Duration monitor, parse_duration(text));
  config(spec, kWhich)["Monitor"] = monitor.ns;
  return {};
}

template <const char* const& kWhich>
Status set_order(Json& spec, const std::string& text) {
  if (text != "stop-first" && text != "start-first")
    return invalid("it must be stop-first or start-first");
  config(spec, kWhich)["Order"] = text;
  return {};
}

template <const char* const& kWhich>
Status set_failure_action(Json& spec, const std::string& text) {
  const bool may_roll_back = std::string_view(kWhich) == "UpdateConfig";
  const bool is_known =
      text == "pause" || text == "continue" || (may_roll_back && text == "rollback");
  if (!is_known)
    return invalid(may_roll_back ? "it must be pause, continue or rollback"
                                 : "it must be pause or continue");
  config(spec, kWhich)["FailureAction"] = text;
  return {};
}

template <const char* const& kWhich>
Status set_max_failure_ratio(Json& spec, const std::string& text) {
  double ratio = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), ratio);
  if (code != std::errc() || end != text.data() + text.size() || !(ratio >= 0 && ratio <= 1)) {
    return invalid("it must be a number from 0 to 1");
  }
  config(spec, kWhich)["MaxFailureRatio"] = ratio;
  return {};
}

constexpr std::array kUpdateConfigFlags{
    SpecFlag{"update-parallelism", "N", "Tasks updated at the same time (0: all; default 1)",
             set_parallelism<kUpdate>},
    SpecFlag{"update-delay", "DURATION", "Time between two of them (default 0s)",
             set_delay<kUpdate>},
    SpecFlag{"update-monitor", "DURATION",
             "How long a new task is watched for failure (default 5s)", set_monitor<kUpdate>},
    SpecFlag{"update-failure-action", "ACTION",
             "What an update does that fails: pause, continue or rollback (default pause)",
             set_failure_action<kUpdate>},
    SpecFlag{"update-max-failure-ratio", "RATIO", "Failures that an update tolerates (default 0)",
             set_max_failure_ratio<kUpdate>},
    SpecFlag{"update-order", "ORDER", "stop-first or start-first (default stop-first)",
             set_order<kUpdate>},
    SpecFlag{"rollback-parallelism", "N", "Tasks rolled back at the same time (0: all; default 1)",
             set_parallelism<kRollback>},
    SpecFlag{"rollback-delay", "DURATION", "Time between two of them (default 0s)",
             set_delay<kRollback>},
    SpecFlag{"rollback-monitor", "DURATION", "How long a task is watched after it (default 5s)",
             set_monitor<kRollback>},
    SpecFlag{"rollback-failure-action", "ACTION",
             "What a rollback does that fails: pause or continue (default pause)",
             set_failure_action<kRollback>},
    SpecFlag{"rollback-max-failure-ratio", "RATIO",
             "Failures that a rollback tolerates (default 0)", set_max_failure_ratio<kRollback>},
    SpecFlag{"rollback-order", "ORDER", "stop-first or start-first (default stop-first)",
             set_order<kRollback>},
};

}  // namespace

std::span<const SpecFlag> update_config_flags() { return kUpdateConfigFlags; }

}  // namespace es::cli
