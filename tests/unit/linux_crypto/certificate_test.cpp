// Certificates: the signer alone says who a node is; what does not fit together is refused.

#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "platform/linux/crypto/atomic_file.h"
#include "platform/linux/crypto/authority.h"
#include "platform/linux/crypto/calendar.h"
#include "platform/linux/crypto/node_identity.h"
#include "platform/linux/crypto/random.h"

using namespace es;
using namespace es::crypto;

namespace {

const WallTime kNow = to_wall_time({2026, 11, 20, 4, 30, 0});
const Validity kNinetyDays{kNow + hours(-1), kNow + hours(24 * 90)};

PeerIdentity somebody(NodeRole role = NodeRole::kWorker) {
  OsRandom source;
  return {ClusterId::draw(source), NodeId::draw(source), role};
}

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/es-identity-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::system(("rm -rf " + path).c_str()); }
};

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("calendar: known dates both ways") {
  struct Case {
    std::string digits;
    int64_t seconds;
  };
  const Case cases[] = {{"19700101000000", 0},
                        {"19991231235959", 946'684'799},
                        {"20000229120000", 951'825'600},
                        {"20361120043302", 2'110'768'382},
                        {"20491231235959", 2'524'607'999},
                        {"21000301000000", 4'107'542'400}};
  for (const Case& c : cases) {
    CAPTURE(c.digits);
    const WallTime time{c.seconds * 1'000'000'000};
    CHECK(to_digits(time) == c.digits);
    CHECK(to_wall_time(to_calendar(time)) == time);
  }
  CHECK(to_digits(WallTime{-5}) == "19700101000000");
  CHECK(to_digits(WallTime{INT64_MAX}) == "22001231235959");
  CHECK(to_wall_time({1950, 1, 1, 0, 0, 0}) == WallTime{0});
  CHECK(to_wall_time({9999, 12, 31, 23, 59, 59}) == to_wall_time({2200, 12, 31, 23, 59, 59}));
}

TEST_CASE("an authority lives for twenty years and signs nodes") {
  const Authority authority = Authority::create(kNow);
  const Certificate& root = authority.certificate();
  CHECK(root.is_authority());
  CHECK(root.is_signed_by(root));
  CHECK(root.validity().not_before == kNow + hours(-1));
  CHECK(root.validity().not_after == kNow + hours(24 * 365 * 20));
  CHECK_FALSE(root.identity().ok());

  const PrivateKey key = PrivateKey::generate();
  for (const NodeRole role : {NodeRole::kWorker, NodeRole::kManager}) {
    const PeerIdentity who = somebody(role);
    const auto certificate = authority.sign(key.make_request(), who, kNinetyDays);
    REQUIRE(certificate.ok());
    CHECK(certificate->identity().value() == who);
    CHECK(certificate->validity() == kNinetyDays);
    CHECK_FALSE(certificate->is_authority());
    CHECK(certificate->is_signed_by(root));
    CHECK(belongs_to(*certificate, key));
    CHECK_FALSE(belongs_to(*certificate, authority.key()));
    CHECK_FALSE(certificate->is_signed_by(Authority::create(kNow).certificate()));
    CHECK_FALSE(root.is_signed_by(*certificate));
  }
}

TEST_CASE("a board without a clock founds and signs in 1970") {
  const Authority authority = Authority::create(WallTime{0});
  const auto certificate = authority.sign(PrivateKey::generate().make_request(), somebody(),
                                          {WallTime{0}, WallTime{} + hours(1)});
  REQUIRE(certificate.ok());
  CHECK(certificate->is_signed_by(authority.certificate()));
  CHECK(certificate->validity().not_before == WallTime{0});
}

TEST_CASE("PEM and DER keep certificates and keys") {
  const Authority authority = Authority::create(kNow);
  const Certificate& root = authority.certificate();
  const std::string both = "text before\n" + root.to_pem() +
                           std::string(authority.key().to_pem().view()) + root.to_pem();
  const auto parsed = Certificate::parse_pem(both);
  REQUIRE(parsed.ok());
  CHECK(*parsed == std::vector{root, root});
  CHECK(Certificate::parse_der(root.der()).value() == root);
  CHECK(root.digest() == sha256(root.der()));

  const auto key = PrivateKey::parse(authority.key().to_pem().view());
  REQUIRE(key.ok());
  CHECK(Authority::load(root, key->copy()).ok());
  CHECK_FALSE(Authority::load(root, PrivateKey::generate()).ok());
}

TEST_CASE("what is none is refused with a sentence") {
  const Authority authority = Authority::create(kNow);
  const std::string der = authority.certificate().der();
  for (const std::string& bytes :
       {std::string(), std::string("nonsense"), der.substr(0, der.size() / 2),
        std::string(9000, 'x'), std::string("-----BEGIN CERTIFICATE-----\nAAAA")}) {
    CHECK_FALSE(Certificate::parse_der(bytes).ok());
    CHECK_FALSE(Certificate::parse_pem(bytes).ok());
    CHECK_FALSE(PrivateKey::parse(bytes).ok());
    CHECK_FALSE(authority.sign(bytes, somebody(), kNinetyDays).ok());
  }
  CHECK_FALSE(authority.sign(PrivateKey::generate().make_request(), somebody(), {kNow, kNow}).ok());
  std::string many;
  for (int i = 0; i < 17; ++i) many += authority.certificate().to_pem();
  CHECK_FALSE(Certificate::parse_pem(many).ok());
}

TEST_CASE("every flipped bit of a request is seen") {
  const Authority authority = Authority::create(kNow);
  const PrivateKey key = PrivateKey::generate();
  const std::string request = key.make_request();
  size_t accepted = 0;
  for (size_t bit = 0; bit < 8 * request.size(); bit += 3) {
    std::string changed = request;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto certificate = authority.sign(changed, somebody(), kNinetyDays);
    // A flip in what is not signed (an unused byte of the encoding) may pass, but never with
    // another key.
    if (certificate.ok()) CHECK(belongs_to(*certificate, key));
    accepted += certificate.ok() ? 1 : 0;
  }
  CHECK(accepted <= 4);
}

TEST_CASE("an identity is one file, private and whole") {
  const Folder folder;
  const Authority authority = Authority::create(kNow);
  const Authority next = Authority::create(kNow);
  const PrivateKey key = PrivateKey::generate();
  const PeerIdentity who = somebody(NodeRole::kManager);
  const Certificate certificate = authority.sign(key.make_request(), who, kNinetyDays).value();

  CHECK(NodeIdentity::load(folder.path).error().code == Errc::kNotFound);
  const auto identity =
      NodeIdentity::make(certificate, key.copy(), {next.certificate(), authority.certificate()});
  REQUIRE(identity.ok());
  REQUIRE(identity->save(folder.path).ok());
  struct stat facts {};
  REQUIRE(stat((folder.path + "/node.pem").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);

  const auto loaded = NodeIdentity::load(folder.path);
  REQUIRE(loaded.ok());
  CHECK(loaded->self() == who);
  CHECK(loaded->certificate() == certificate);
  CHECK(loaded->authorities() == identity->authorities());
  CHECK(loaded->issuer() == authority.certificate());
  CHECK(belongs_to(loaded->certificate(), loaded->copy().key()));

  CHECK_FALSE(
      NodeIdentity::make(certificate, PrivateKey::generate(), {authority.certificate()}).ok());
  CHECK_FALSE(NodeIdentity::make(certificate, key.copy(), {next.certificate()}).ok());
  CHECK_FALSE(NodeIdentity::make(certificate, key.copy(), {}).ok());
  CHECK_FALSE(NodeIdentity::make(certificate, key.copy(), {certificate}).ok());

  REQUIRE(NodeIdentity::erase(folder.path).ok());
  REQUIRE(NodeIdentity::erase(folder.path).ok());
  CHECK_FALSE(NodeIdentity::load(folder.path).ok());
  REQUIRE(write_file_atomically(folder.path + "/node.pem", "not an identity", 0600).ok());
  CHECK(NodeIdentity::load(folder.path).error().code == Errc::kInvalid);
}

TEST_CASE("files are replaced whole, and never through a link") {
  const Folder folder;
  const std::string path = folder.path + "/file";
  REQUIRE(write_file_atomically(path, "one", 0600).ok());
  REQUIRE(symlink("/etc/passwd", (path + ".new").c_str()) == 0);
  REQUIRE(write_file_atomically(path, "two", 0600).ok());
  CHECK(slurp(path) == "two");
  CHECK(read_file(path, 3).value().view() == "two");
  CHECK(read_file(path, 2).error().code == Errc::kLimit);
  CHECK(read_file(path + "x", 2).error().code == Errc::kNotFound);
  CHECK(write_file_atomically(folder.path + "/no/file", "x", 0600).error().code == Errc::kIo);
}
