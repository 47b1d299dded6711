#include "core/identity/join_token.h"

#include <cctype>
#include <set>

#include "doctest/doctest.h"

#include "core/base/prng.h"
#include "core/identity/base32.h"

namespace es::identity {

namespace {

std::string random_bytes(Prng& prng, size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(prng.below(256)));
  return bytes;
}

JoinToken sample(uint64_t seed, size_t managers = 3) {
  Prng prng(seed);
  JoinToken token;
  token.role = prng.chance(1, 2) ? NodeRole::kManager : NodeRole::kWorker;
  token.ca_digest = random_bytes(prng, kDigestBytes);
  token.secret = random_bytes(prng, kSecretBytes);
  for (size_t i = 0; i < managers; ++i) {
    token.managers.push_back({"192.168.1." + std::to_string(prng.below(256)), 2377});
  }
  return token;
}

std::string error_of(std::string_view text) {
  const auto parsed = JoinToken::parse(text);
  return parsed ? "" : parsed.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a token is one word that comes back as it was") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    JoinToken token = sample(seed, seed % 6);
    if (seed % 3 == 0) token.managers.push_back({"2001:db8::" + std::to_string(seed + 1), 12'377});
    if (token.managers.size() > kMaxTokenAddresses) token.managers.resize(kMaxTokenAddresses);
    const std::string text = token.to_string();
    CHECK(text.starts_with("ESWTKN-1-"));
    CHECK(text.find_first_not_of("ESWTKN-0123456789abcdefghjkmnpqrstvwxyz") == std::string::npos);
    const auto parsed = JoinToken::parse("  " + text + "\r\n");
    REQUIRE(parsed.ok());
    CHECK(*parsed == token);
  }
  CHECK(sample(1, 1).to_string().size() <= 110);
}

TEST_CASE("managers beyond the bound or without a numeric address are left out") {
  JoinToken token = sample(1, 7);
  token.managers.insert(token.managers.begin(), {"pi.local", 2377});
  const auto parsed = JoinToken::parse(token.to_string());
  REQUIRE(parsed.ok());
  CHECK(parsed->managers.size() == kMaxTokenAddresses);
  CHECK(parsed->managers[0] == token.managers[1]);
}

TEST_CASE("any one wrong character is noticed, wherever it stands") {
  for (const size_t managers : {size_t{0}, size_t{1}, size_t{5}}) {
    const JoinToken token = sample(7 + managers, managers);
    const std::string text = token.to_string();
    for (size_t at = 0; at < text.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string typo = text;
        typo[at] = static_cast<char>(c);
        const bool same = at >= 9 ? base32_value(typo[at]) == base32_value(text[at]) : typo == text;
        const auto parsed = JoinToken::parse(typo);
        CHECK(parsed.ok() == same);
        if (parsed) CHECK(*parsed == token);
      }
    }
  }
}

TEST_CASE("two neighbours swapped, one left out, one doubled: noticed") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::string text = sample(seed).to_string();
    for (size_t at = 0; at + 1 < text.size(); ++at) {
      std::string swapped = text;
      std::swap(swapped[at], swapped[at + 1]);
      CHECK(JoinToken::parse(swapped).ok() == (swapped == text));
      std::string shorter = text;
      shorter.erase(at, 1);
      CHECK_FALSE(JoinToken::parse(shorter).ok());
      std::string longer = text;
      longer.insert(at, 1, text[at]);
      CHECK_FALSE(JoinToken::parse(longer).ok());
    }
  }
}

TEST_CASE("a token that was cut short says so, at each length") {
  const std::string text = sample(3).to_string();
  for (size_t size = 1; size < text.size(); ++size) {
    CAPTURE(size);
    CHECK(contains(error_of(text.substr(0, size)), "cut short"));
  }
}

TEST_CASE("a token read aloud, in capitals, with look-alikes, is understood") {
  const JoinToken token = sample(9);
  std::string text = token.to_string();
  for (size_t i = 9; i < text.size(); ++i) {
    if (text[i] == '0')
      text[i] = 'O';
    else if (text[i] == '1')
      text[i] = i % 2 == 0 ? 'l' : 'I';
    else
      text[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[i])));
  }
  const auto parsed = JoinToken::parse(text);
  REQUIRE(parsed.ok());
  CHECK(*parsed == token);
}

TEST_CASE("bad tokens get one clear sentence") {
  const std::string good = sample(4).to_string();
  struct Case {
    const char* name;
    std::string text;
    const char* says;
  };
  for (const Case& c : {
           Case{"empty", "", "not a join token"},
           Case{"word", "hello", "not a join token"},
           Case{"address", "192.168.1.10:2377", "not a join token"},
           Case{"docker's",
                "SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv-"
                "8vxv8rssmk743ojnwacrr2e7c",
                "Docker Swarm"},
           Case{"docker's unlock key", "SWMKEY-1-7c37Cc8654o6p38HnroywCi19pllOnGtbdZEgtKxZu8",
                "not a join token"},
           Case{"next version", "ESWTKN-2-" + good.substr(9), "version 2"},
           Case{"no version", "ESWTKN-" + good.substr(9), "not a join token"},
           Case{"endless version", "ESWTKN-" + std::string(1'000, '9') + "-x", "not a join token"},
           Case{"only the prefix", "ESWTKN-1-", "cut short"},
           Case{"twice", good + good.substr(9), "too many"},
           Case{"inner space", good.substr(0, 20) + " " + good.substr(20), "character 21"},
           Case{"second token behind", good + " " + good, "mistyped"},
           Case{"quotes", "\"" + good + "\"", "not a join token"},
           Case{"no utf-8", good.substr(0, 12) + "\xff\xfe" + good.substr(14), "character 13"},
           Case{"huge", "ESWTKN-1-" + std::string(100'000, 'z'), "too many"},
       }) {
    CAPTURE(c.name);
    const std::string error = error_of(c.text);
    CAPTURE(error);
    if (std::string_view(c.says) == "too many")
      CHECK(contains(error, "characters too many"));
    else
      CHECK(contains(error, c.says));
    CHECK(error.size() < 160);
    CHECK_FALSE(contains(error, good.substr(20, 20)));  // a secret does not end in a log
  }
}

TEST_CASE("random text never breaks the parser") {
  Prng prng(11);
  const std::string good = sample(5).to_string();
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good.substr(0, prng.below(good.size()));
    for (uint64_t extra = prng.below(60); extra > 0; --extra)
      text.push_back(static_cast<char>(prng.below(256)));
    CHECK_FALSE(JoinToken::parse(text).ok());
  }
}

}  // namespace es::identity
