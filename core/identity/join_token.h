#pragma once
// JoinToken: all that a board needs to join, as one word: which role it gets, how to recognise the
// cluster's authority, the secret, and where the managers were when the token was printed.
//
//     ESWTKN-1-<base 32 of: size of the body (1 byte), body, CRC-32 of all before>
//
// The body is the codec's (fields below). The checksum says "mistyped" at once and without asking
// anybody, and any single wrong character, or two neighbours swapped, is certain to be noticed:
// both are bursts of at most ten bits, and CRC-32 misses none of up to 32. The size tells a token
// that was cut short from one that was mistyped.

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/base/result.h"
#include "core/model/address.h"
#include "core/model/node.h"

namespace es::identity {

constexpr size_t kDigestBytes = 32;
constexpr size_t kSecretBytes = 16;
constexpr size_t kMaxTokenAddresses = 5;

struct JoinToken {
  NodeRole role = NodeRole::kWorker;
  std::string ca_digest;  // SHA-256 of the authority's certificate (DER)
  std::string secret;
  // Control ports. May be empty or stale: then the LAN is asked.
  std::vector<SocketAddress> managers;

  bool operator==(const JoinToken&) const = default;

  // Pre: ca_digest and secret have their sizes. Managers beyond kMaxTokenAddresses, or without a
  // numeric address, are left out.
  std::string to_string() const;

  // White space around it is ignored. Errors: kInvalid, with one sentence that says what is wrong
  // with the text and what to do.
  static Result<JoinToken> parse(std::string_view text);
};

}  // namespace es::identity
