#include <array>

#include "services/cli/spec/flag.h"

namespace es::cli {

namespace {

constexpr std::string_view kPorts = "published ports are not supported yet; use --network host";
constexpr std::string_view kSecrets = "secrets are not supported yet; use --env or --mount";
constexpr std::string_view kConfigs = "configs are not supported yet; use --env or --mount";
constexpr std::string_view kHealth = "health checks are not supported yet";
constexpr std::string_view kDns = "DNS settings are not supported yet";
constexpr std::string_view kEndpoint = "endpoint modes are not supported yet; use --network host";
constexpr std::string_view kLogs =
    "log drivers are not supported yet; `edgeswarm service logs` shows what was printed";
constexpr std::string_view kGeneric = "generic resources are not supported yet";
constexpr std::string_view kWindows = "not supported: it is for Windows";

constexpr std::array kCreateLater{
    LaterFlag{"p,publish", kPorts},
    LaterFlag{"secret", kSecrets},
    LaterFlag{"config", kConfigs},
    LaterFlag{"dns", kDns},
    LaterFlag{"dns-option", kDns},
    LaterFlag{"dns-search", kDns},
    LaterFlag{"generic-resource", kGeneric},
    LaterFlag{"endpoint-mode", kEndpoint},
    LaterFlag{"health-cmd", kHealth},
    LaterFlag{"health-interval", kHealth},
    LaterFlag{"health-retries", kHealth},
    LaterFlag{"health-start-interval", kHealth},
    LaterFlag{"health-start-period", kHealth},
    LaterFlag{"health-timeout", kHealth},
    LaterFlag{"no-healthcheck", kHealth},
    LaterFlag{"log-driver", kLogs},
    LaterFlag{"log-opt", kLogs},
    LaterFlag{"credential-spec", kWindows},
    LaterFlag{"isolation", kWindows},
};

constexpr std::array kUpdateLater{
    LaterFlag{"publish-add", kPorts},
    LaterFlag{"publish-rm", kPorts},
    LaterFlag{"secret-add", kSecrets},
    LaterFlag{"secret-rm", kSecrets},
    LaterFlag{"config-add", kConfigs},
    LaterFlag{"config-rm", kConfigs},
    LaterFlag{"dns-add", kDns},
    LaterFlag{"dns-rm", kDns},
    LaterFlag{"dns-option-add", kDns},
    LaterFlag{"dns-option-rm", kDns},
    LaterFlag{"dns-search-add", kDns},
    LaterFlag{"dns-search-rm", kDns},
    LaterFlag{"generic-resource-add", kGeneric},
    LaterFlag{"generic-resource-rm", kGeneric},
    LaterFlag{"endpoint-mode", kEndpoint},
    LaterFlag{"health-cmd", kHealth},
    LaterFlag{"health-interval", kHealth},
    LaterFlag{"health-retries", kHealth},
    LaterFlag{"health-start-interval", kHealth},
    LaterFlag{"health-start-period", kHealth},
    LaterFlag{"health-timeout", kHealth},
    LaterFlag{"no-healthcheck", kHealth},
    LaterFlag{"log-driver", kLogs},
    LaterFlag{"log-opt", kLogs},
    LaterFlag{"credential-spec", kWindows},
    LaterFlag{"isolation", kWindows},
};

}  // namespace

std::span<const LaterFlag> later_create_flags() { return kCreateLater; }
std::span<const LaterFlag> later_update_flags() { return kUpdateLater; }

}  // namespace es::cli
