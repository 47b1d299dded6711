#pragma once
// The version of this program, in one place.

namespace es::daemon {

constexpr const char* kVersion = "0.1.0";

}  // namespace es::daemon
