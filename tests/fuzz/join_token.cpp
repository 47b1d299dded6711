// Join tokens: a text that is accepted is one that we print, and no other text is.

#include "core/identity/join_token.h"
#include "tests/fuzz/input.h"

using es::identity::JoinToken;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  es::fuzz::Input input(data, size);
  const uint8_t kind = input.byte();
  if (kind % 2 == 0) {
    const auto token = JoinToken::parse(input.view());
    if (!token.ok()) {
      ES_ASSERT(!token.error().message.empty());
      return 0;
    }
    const auto again = JoinToken::parse(token->to_string());
    ES_ASSERT(again.ok() && *again == *token);
    return 0;
  }
  JoinToken made;
  made.role = kind & 2 ? es::NodeRole::kManager : es::NodeRole::kWorker;
  made.ca_digest = input.text(es::identity::kDigestBytes);
  made.ca_digest.resize(es::identity::kDigestBytes, 'd');
  made.secret = input.text(es::identity::kSecretBytes);
  made.secret.resize(es::identity::kSecretBytes, 's');
  for (int i = 0; i < 8 && !input.done(); ++i) {
    made.managers.push_back({input.text(40), static_cast<uint16_t>(input.number())});
  }
  std::string text = made.to_string();
  const auto parsed = JoinToken::parse(text);
  ES_ASSERT(parsed.ok() && parsed->to_string() == text);
  // One wrong character is always noticed.
  const size_t at = input.below(text.size());
  const char was = text[at];
  text[at] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[input.below(32)];
  const auto wrong = JoinToken::parse(text);
  ES_ASSERT(text[at] == was || !wrong.ok() || *wrong == *parsed);
  return 0;
}
