#include "core/identity/join_gate.h"

#include "doctest/doctest.h"

#include "core/identity/constant_time.h"

namespace es::identity {

namespace {

const JoinSecrets kSecrets{"worker-secret-16", "manager-secret16"};
const std::string kWrong = "worker-secret-17";

wire::JoinRequest request(std::string secret, std::string remote_ip = "10.0.0.9") {
  wire::JoinRequest join;
  join.secret = std::move(secret);
  join.signing_request = "DER";
  join.description.hostname = "pi";
  join.remote_ip = std::move(remote_ip);
  return join;
}

Instant at_second(int64_t second) { return Instant{} + seconds(second); }

}  // namespace

TEST_CASE("the secret gives the role") {
  JoinGate gate;
  const auto worker = gate.decide(at_second(0), request(kSecrets.worker), kSecrets);
  REQUIRE(worker.ok());
  CHECK(*worker == NodeRole::kWorker);
  const auto manager = gate.decide(at_second(0), request(kSecrets.manager), kSecrets);
  REQUIRE(manager.ok());
  CHECK(*manager == NodeRole::kManager);
  CHECK(gate.addresses() == 0);
}

TEST_CASE("every wrong secret gets the same answer") {
  const Error expected = JoinGate().decide(at_second(0), request(kWrong), kSecrets).error();
  CHECK(expected.code == Errc::kUnauthorized);
  for (const std::string& guess :
       {std::string(), std::string("w"), kSecrets.worker + "x", kSecrets.worker.substr(1),
        kSecrets.worker.substr(0, 8) + kSecrets.manager.substr(8)}) {
    CHECK(JoinGate().decide(at_second(0), request(guess), kSecrets).error() == expected);
  }
  // Nor does a broken request tell that the secret before it was right or wrong.
  wire::JoinRequest broken = request(kWrong);
  broken.signing_request.clear();
  CHECK(JoinGate().decide(at_second(0), broken, kSecrets).error() == expected);
  // A cluster without secrets lets nobody in.
  CHECK(JoinGate().decide(at_second(0), request(""), JoinSecrets{}).error() == expected);
}

TEST_CASE("the sixth try within a minute is refused, right or wrong, and a minute later forgiven") {
  JoinGate gate;
  for (int i = 0; i < JoinGate::kWrongTries; ++i) {
    CHECK(gate.decide(at_second(i), request(kWrong), kSecrets).error().code == Errc::kUnauthorized);
  }
  CHECK(gate.decide(at_second(5), request(kWrong), kSecrets).error().code == Errc::kLimit);
  CHECK(gate.decide(at_second(63), request(kSecrets.worker), kSecrets).error().code ==
        Errc::kLimit);
  CHECK(gate.decide(at_second(63), request(kSecrets.worker, "10.0.0.8"), kSecrets).ok());
  CHECK(gate.decide(at_second(64), request(kSecrets.worker), kSecrets).ok());
  CHECK(gate.decide(at_second(64), request(kWrong), kSecrets).error().code == Errc::kUnauthorized);
}

TEST_CASE("a few typos over a day are no attack") {
  JoinGate gate;
  for (int i = 0; i < 50; ++i) {
    CHECK(gate.decide(at_second(i * 61), request(kWrong), kSecrets).error().code ==
          Errc::kUnauthorized);
  }
}

TEST_CASE(
    "an attacker with a whole IPv6 network is one attacker, and IPv4 peers of a dual socket are "
    "many") {
  JoinGate gate;
  for (int i = 0; i < JoinGate::kWrongTries; ++i) {
    (void)gate.decide(at_second(0), request(kWrong, "2001:db8::" + std::to_string(i)), kSecrets);
  }
  CHECK(gate.decide(at_second(1), request(kWrong, "2001:db8::ffff"), kSecrets).error().code ==
        Errc::kLimit);
  CHECK(gate.decide(at_second(1), request(kSecrets.worker, "2001:db8:0:1::1"), kSecrets).ok());

  for (int i = 0; i < JoinGate::kWrongTries; ++i) {
    (void)gate.decide(at_second(0), request(kWrong, "::ffff:10.0.0.1"), kSecrets);
  }
  CHECK(gate.decide(at_second(1), request(kWrong, "10.0.0.1"), kSecrets).error().code ==
        Errc::kLimit);
  CHECK(gate.decide(at_second(1), request(kSecrets.worker, "::ffff:10.0.0.2"), kSecrets).ok());
}

TEST_CASE("the table of attempts is bounded and forgets the oldest first") {
  JoinGate gate;
  for (int i = 0; i < JoinGate::kWrongTries; ++i) {
    (void)gate.decide(at_second(1), request(kWrong, "9.9.9.9"), kSecrets);
  }
  for (int i = 0; i < 3'000; ++i) {
    const std::string ip = "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    (void)gate.decide(at_second(2), request(kWrong, ip), kSecrets);
    CHECK(gate.addresses() <= JoinGate::kMaxAddresses);
  }
  CHECK(gate.decide(at_second(2), request(kWrong, "9.9.9.9"), kSecrets).error().code ==
        Errc::kUnauthorized);
  (void)gate.decide(at_second(100), request(kWrong), kSecrets);
  CHECK(gate.addresses() == 1);
}

TEST_CASE("a request that cannot be fulfilled is told so, after the right secret") {
  struct Case {
    const char* name;
    void (*spoil)(wire::JoinRequest&);
  };
  for (const Case& c : {
           Case{"no signing request", [](auto& r) { r.signing_request.clear(); }},
           Case{"huge signing request",
                [](auto& r) {
                  r.signing_request.assign(JoinGate::kMaxSigningRequestBytes + 1, 'x');
                }},
           Case{"no host name", [](auto& r) { r.description.hostname.clear(); }},
           Case{"huge host name", [](auto& r) { r.description.hostname.assign(256, 'x'); }},
           Case{"availability",
                [](auto& r) { r.availability = static_cast<NodeAvailability>(77); }},
           Case{"address", [](auto& r) { r.address.ip = "evil.example"; }},
       }) {
    CAPTURE(c.name);
    wire::JoinRequest join = request(kSecrets.manager);
    c.spoil(join);
    JoinGate gate;
    const auto decision = gate.decide(at_second(0), join, kSecrets);
    REQUIRE_FALSE(decision.ok());
    CHECK(decision.error().code == Errc::kInvalid);
    CHECK(gate.addresses() == 0);
  }
}

TEST_CASE("comparison of secrets") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  CHECK_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  CHECK_FALSE(constant_time_equal("abc", "abcd"));
  CHECK_FALSE(constant_time_equal("abc", "Abc"));
}

}  // namespace es::identity
