// Bytes in, requests out: well formed, hostile, and cut at every place.

#include <vector>

#include "doctest/doctest.h"
#include "services/http/request_parser.h"

namespace es::http {
namespace {

struct Recorder : RequestParser::Events {
  bool collects = true;
  std::string streamed;
  size_t pieces = 0;

  bool on_head(const Request&, bool has_body) override { return collects || !has_body; }
  void on_body(std::string_view piece) override {
    streamed += piece;
    ++pieces;
  }
};

struct Outcome {
  std::vector<Request> requests;
  int error_status = 0;  // 0: none
};

Outcome parse_in_pieces(std::string_view bytes, size_t piece_size, Recorder& recorder) {
  RequestParser parser(recorder);
  Outcome outcome;
  std::string waiting;
  for (size_t at = 0; at < bytes.size(); at += piece_size) {
    waiting += bytes.substr(at, piece_size);
    while (!waiting.empty()) {
      const auto fed = parser.feed(waiting);
      waiting.erase(0, fed.consumed);
      if (fed.error) {
        outcome.error_status = fed.error->status;
        return outcome;
      }
      if (fed.complete) outcome.requests.push_back(parser.take());
    }
  }
  return outcome;
}

constexpr std::string_view kHost = "Host: x\r\n";

TEST_CASE("requests are the same however the bytes are cut") {
  const std::string text =
      "GET /v1.44/nodes?filters=%7B%22id%22%3A%22a%22%7D&a=b+c HTTP/1.1\r\nHost: docker\r\nX-Two: a\r\nX-Two: b\r\nX-Empty:\r\nX-Last: z\r\n\r\n"
      "POST /a%2Fb HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
      "HEAD /_ping HTTP/1.0\r\n\r\n";
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{64}, text.size()}) {
    CAPTURE(piece);
    Recorder recorder;
    const Outcome outcome = parse_in_pieces(text, piece, recorder);
    CHECK(outcome.error_status == 0);
    REQUIRE(outcome.requests.size() == 4);
    const Request& first = outcome.requests[0];
    CHECK(first.method == "GET");
    CHECK(first.target.path == "/v1.44/nodes");
    CHECK(first.target.parameter("filters") == R"({"id":"a"})");
    CHECK(first.target.parameter("a") == "b c");
    REQUIRE(first.headers.size() == 5);
    CHECK(first.headers[2].value == "b");
    CHECK(first.headers[3].name == "X-Empty");
    CHECK(first.headers[3].value.empty());
    CHECK(find_header(first.headers, "x-last") == "z");
    CHECK(outcome.requests[1].target.path == "/a/b");
    CHECK(outcome.requests[1].body == "hello");
    CHECK(outcome.requests[2].body == "abcde");
    CHECK(outcome.requests[2].headers.size() == 2);
    CHECK_FALSE(outcome.requests[3].keep_alive);
  }
}

TEST_CASE("requests that are refused") {
  struct Case {
    std::string name;
    std::string bytes;
    int status;
  };
  const std::string host(kHost);
  std::string many_headers;
  for (int i = 0; i < 101; ++i) many_headers += "a: b\r\n";
  const Case cases[] = {
      {"garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
      {"unknown method", "FETCH / HTTP/1.1\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 505},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/3.0", "GET / HTTP/3.0\r\n\r\n", 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"no path", "GET x HTTP/1.1\r\n" + host + "\r\n", 400},
      {"bad escape", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
      {"cut escape", "GET /%4 HTTP/1.1\r\n" + host + "\r\n", 400},
      {"NUL in the path", "GET /%00 HTTP/1.1\r\n" + host + "\r\n", 400},
      {"line break in the path", "GET /a%0d%0ab HTTP/1.1\r\n" + host + "\r\n", 400},
      {"raw NUL in a header", "GET / HTTP/1.1\r\n" + host + std::string("a: b\0c\r\n\r\n", 10), 400},
      {"space before the colon", "GET / HTTP/1.1\r\n" + host + "a : b\r\n\r\n", 400},
      {"folded header", "GET / HTTP/1.1\r\n" + host + "a: b\r\n c\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\n" + host + "\n", 400},
      {"101 headers", "GET / HTTP/1.1\r\n" + host + many_headers + "\r\n", 431},
      {"huge header", "GET / HTTP/1.1\r\n" + host + "a: " + std::string(kMaxHeadBytes, 'b') + "\r\n\r\n", 431},
      {"huge header without an end", "GET / HTTP/1.1\r\na: " + std::string(kMaxHeadBytes, 'b'), 431},
      {"huge path", "GET /" + std::string(kMaxHeadBytes, 'b'), 431},
      {"huge trailer",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\na: " + std::string(kMaxHeadBytes, 'b'), 431},
      {"huge chunk extension",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;a=" + std::string(kMaxHeadBytes, 'b'), 431},
      {"both lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"both lengths, other order",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"two equal lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
      {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400},
      {"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\na", 400},
      {"length with text", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1x\r\n\r\na", 400},
      {"overflowing length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"too long a body", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4194305\r\n\r\n", 413},
      {"unknown encoding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", 400},
      {"doubled encoding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
      {"hidden encoding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
      {"bad chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"negative chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {"overflowing chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"chunk longer than said", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
      {"upgrade", "GET / HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 501},
      {"CONNECT", "CONNECT x:1 HTTP/1.1\r\n" + host + "\r\n", 501},
  };
  for (const Case& one : cases) {
    for (const size_t piece : {size_t{1}, one.bytes.size()}) {
      CAPTURE(one.name);
      CAPTURE(piece);
      Recorder recorder;
      const Outcome outcome = parse_in_pieces(one.bytes, piece, recorder);
      CHECK(outcome.requests.empty());
      CHECK(outcome.error_status == one.status);
    }
  }
}

TEST_CASE("a chunked body that is collected has the same bound") {
  std::string bytes = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'a') + "\r\n";
  for (size_t sent = 0; sent <= kMaxBodyBytes; sent += 0x10000) bytes += chunk;
  Recorder recorder;
  CHECK(parse_in_pieces(bytes, bytes.size(), recorder).error_status == 413);
  recorder.collects = false;
  CHECK(parse_in_pieces(bytes + "0\r\n\r\n", 4096, recorder).requests.size() == 1);
  CHECK(recorder.streamed.size() == kMaxBodyBytes + 0x10000);
}

TEST_CASE("no prefix of a request is a request") {
  const std::string text = "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  for (size_t length = 0; length < text.size(); ++length) {
    Recorder recorder;
    const Outcome outcome = parse_in_pieces(text.substr(0, length), 5, recorder);
    CHECK(outcome.requests.empty());
    CHECK(outcome.error_status == 0);
  }
}

TEST_CASE("flags of a query follow Docker's rule") {
  const auto target = parse_target("/x?a&b=0&c=1&d=false&e=True&f=none&a=1");
  REQUIRE(target.ok());
  CHECK_FALSE(target->flag("a"));
  CHECK(target->has("a"));
  CHECK_FALSE(target->flag("b"));
  CHECK(target->flag("c"));
  CHECK_FALSE(target->flag("d"));
  CHECK(target->flag("e"));
  CHECK_FALSE(target->flag("f"));
  CHECK_FALSE(target->flag("missing"));
  CHECK(parse_target("http://docker/x?y=1#z")->path == "/x");
  CHECK(percent_encode("a/b c") == "a%2Fb%20c");
}

}  // namespace
}  // namespace es::http
