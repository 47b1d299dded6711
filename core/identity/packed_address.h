#pragma once
// A numeric address as bytes, for the join token, where each byte is a character and a half to copy
// by hand: 4 or 16 of the IP, and 2 of the port unless it is the default one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/address.h"

namespace es::identity {

constexpr uint16_t kControlPort = 2'377;

// Nothing for an IP that is not numeric or a port of 0.
std::optional<std::string> pack_address(const SocketAddress& address);
// Nothing for bytes that pack_address() does not write.
std::optional<SocketAddress> unpack_address(std::string_view bytes);

}  // namespace es::identity
