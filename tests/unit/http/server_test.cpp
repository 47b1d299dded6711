// The server over a real socket: order, bounds, clients that vanish, and answers that come late.

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "doctest/doctest.h"
#include "services/http/listen_socket.h"
#include "tests/unit/http/server_fixture.h"

namespace es::http {
namespace {

size_t count(const std::string& text, std::string_view what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
}

TEST_CASE("an answer has the common headers, its own and a length") {
  ServerOptions options;
  options.common_headers = {{"Api-Version", "1.44"}};
  TestServer server(std::move(options));
  RawClient client(server);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(client.read_until("hi") ==
        "HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
}

TEST_CASE("errors are JSON") {
  TestServer server;
  RawClient client(server);
  client.send(get("/nowhere"));
  CHECK(client.read_until("}\n") ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\r\n"
        "{\"message\":\"page \\\"not\\\" found\"}\n");
}

TEST_CASE("a header of ours cannot end early") {
  TestServer server;
  RawClient client(server);
  client.send(get("/inject"));
  CHECK(client.read_until("\r\n\r\n").find("\r\nX-Injected") == std::string::npos);
}

TEST_CASE("pipelined requests are answered one at a time and in order") {
  TestServer server;
  RawClient client(server);
  client.send(get("/hold") + get("/one") + get("/two", "Connection: close\r\n"));
  REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
  CHECK(server.handler.requests.size() == 1);
  server.handler.held[0].send({200, {}, "first"});
  const std::string all = client.read_to_end();
  CHECK(all.find("first") < all.find("404"));
  CHECK(count(all, "404") == 2);
}

TEST_CASE("what waits behind a request is bounded") {
  TestServer server;
  RawClient client(server);
  client.send(get("/hold"));
  REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
  const std::string flood = get("/one");
  size_t taken = 0;
  // The kernel holds some 200 KiB and the server 128; then the client waits.
  for (int i = 0; i < 100'000; ++i) {
    const ssize_t length = ::send(client.descriptor(), flood.data(), flood.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (length < 0) break;
    taken += static_cast<size_t>(length);
    uv_run(server.loop(), UV_RUN_NOWAIT);
  }
  CHECK(taken < 1'000'000);
}

TEST_CASE("HEAD and 204 have no body") {
  TestServer server;
  RawClient client(server);
  client.send("HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" + get("/nothing") + get("/nothing", "Connection: close\r\n"));
  const std::string all = client.read_to_end();
  CHECK(all.find("{") == std::string::npos);
  CHECK(count(all, "Content-Length") == 1);
  CHECK(count(all, "204 No Content") == 2);
}

TEST_CASE("garbage gets one clear error and the end") {
  TestServer server;
  for (const std::string& bytes : {std::string("\x16\x03\x01\x02garbage\0\0", 14), std::string("GET / HTTP/1.1\r\n\r\n"),
                                  get("/x", "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
                                  "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n"}) {
    RawClient client(server);
    client.send(bytes);
    const std::string answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 4"));
    CHECK(count(answer, "HTTP/1.1") == 1);
    CHECK(answer.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(answer.find("{\"message\":\"") != std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
  }
  CHECK(server.handler.requests.empty());
}

TEST_CASE("a request that is cut off is told so, one that has not begun is not") {
  TestServer server;
  RawClient silent(server);
  silent.end();
  CHECK(silent.read_to_end().empty());
  RawClient cut(server);
  cut.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  cut.end();
  CHECK(cut.read_to_end().find("the request is cut off") != std::string::npos);
}

TEST_CASE("a client that closed its side still gets a whole answer") {
  TestServer server;
  RawClient client(server);
  client.send(get("/hold"));
  client.end();
  REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
  server.handler.held[0].send({200, {}, "late"});
  CHECK(client.read_to_end().ends_with("late"));
}

TEST_CASE("an answer in pieces") {
  TestServer server;
  SUBCASE("HTTP/1.1: chunks") {
    RawClient client(server);
    client.send(get("/follow"));
    REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
    server.handler.held[0].write("abc");
    client.read_until("3\r\nabc\r\n");
    server.handler.held[0].write("");  // would be the end
    server.handler.held[0].write("de");
    server.handler.held[0].finish();
    CHECK(client.read_until("0\r\n\r\n").ends_with("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    client.send(get("/one"));
    CHECK_FALSE(client.read_until("404").empty());
  }
  SUBCASE("HTTP/1.0: until the end of the connection") {
    RawClient client(server);
    client.send("GET /follow HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
    server.handler.held[0].write("abc");
    server.handler.held[0].finish();
    CHECK(client.read_to_end().ends_with("Connection: close\r\n\r\nabc"));
  }
}

TEST_CASE("a client that goes away") {
  TestServer server;
  auto client = std::make_unique<RawClient>(server);
  client->send(get("/follow"));
  REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
  const Responder responder = server.handler.held[0];
  client.reset();
  REQUIRE(server.wait([&] { return server.handler.gone_count == 1; }));
  CHECK(responder.gone());
  responder.write("into the void");
  responder.finish();
  CHECK(server.wait([&] { return server.server->connection_count() == 0; }));
}

TEST_CASE("a client that does not read is cut off") {
  TestServer server;
  RawClient client(server);
  client.send(get("/follow"));
  REQUIRE(server.wait([&] { return server.handler.held.size() == 1; }));
  const std::string piece(64 << 10, 'x');
  for (int i = 0; i < 200 && !server.handler.held[0].gone(); ++i) server.handler.held[0].write(piece);
  CHECK(server.handler.held[0].gone());
  CHECK(server.handler.gone_count == 1);
}

TEST_CASE("a dropped request is answered") {
  TestServer server;
  RawClient client(server);
  client.send(get("/drop"));
  CHECK(client.read_until("}\n").starts_with("HTTP/1.1 500"));
}

TEST_CASE("streamed bodies") {
  TestServer server;
  const std::string head = "POST /stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";
  SUBCASE("of any length") {
    RawClient client(server);
    client.send(head + "\r\n");
    const std::string chunk = "100000\r\n" + std::string(1 << 20, 'b') + "\r\n";
    for (int i = 0; i < 8; ++i) client.send(chunk);
    CHECK(server.handler.streamed.size() > (7u << 20));
    client.send("0\r\n\r\n");
    CHECK(client.read_until("streamed").ends_with("streamed 8388608"));
    CHECK(server.handler.stream_ended);
  }
  SUBCASE("asked for with 100-continue") {
    RawClient client(server);
    client.send(head + "Expect: 100-continue\r\n\r\n");
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("1\r\na\r\n0\r\n\r\n");
    CHECK_FALSE(client.read_until("streamed 1").empty());
  }
  SUBCASE("cut off") {
    RawClient client(server);
    client.send(head + "\r\n5\r\nab");
    client.end();
    CHECK(client.read_to_end().find("the request is cut off") != std::string::npos);
    CHECK(server.handler.stream_lost);
  }
  SUBCASE("held back and let go") {
    server.handler.pauses = true;
    RawClient client(server);
    client.send(head + "\r\n3\r\nabc\r\n");
    REQUIRE(server.wait([&] { return server.handler.streamed == "abc"; }));
    client.send("3\r\ndef\r\n0\r\n\r\n");
    uv_run(server.loop(), UV_RUN_NOWAIT);
    CHECK(server.handler.streamed == "abc");
    server.handler.pauses = false;
    server.handler.held[0].pause_body(false);
    CHECK_FALSE(client.read_until("streamed 6").empty());
  }
  SUBCASE("not wanted: the answer comes early, and the connection goes on") {
    RawClient client(server);
    client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    CHECK_FALSE(client.read_until("not wanted").empty());
    client.send(std::string(1'000'000, 'x') + get("/one"));
    CHECK_FALSE(client.read_until("404").empty());
  }
}

TEST_CASE("slow clients lose their place") {
  ServerOptions options;
  options.timeouts = {50, 50};
  TestServer server(std::move(options));
  RawClient idle(server);
  CHECK(idle.read_to_end().empty());
  RawClient slow(server);
  slow.send("GET / HT");
  CHECK(slow.read_to_end().find("408 Request Timeout") != std::string::npos);
  // A byte now and then does not help: the deadline is the request's.
  RawClient loris(server);
  const std::string text = "GET /one HTTP/1.1\r\nHost: x\r\nX: " + std::string(10'000, 'y');
  size_t sent = 0;
  CHECK(server.wait([&] {
    if (sent < text.size()) ::send(loris.descriptor(), &text[sent++], 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return !loris.read_some();
  }));
  CHECK(loris.received().find("408") != std::string::npos);
}

TEST_CASE("beyond the bound of clients") {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(std::move(options));
  RawClient one(server), two(server);
  REQUIRE(server.wait([&] { return server.server->connection_count() == 2; }));
  RawClient three(server);
  CHECK(three.read_to_end().find("too many clients") != std::string::npos);
  one.send(get("/one"));
  CHECK_FALSE(one.read_until("404").empty());
}

TEST_CASE("the socket file") {
  TestServer server;
  struct stat info{};
  REQUIRE(::stat(server.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0660);
  SUBCASE("of a daemon that answers is left alone") {
    const auto second = listen_unix(server.path, std::nullopt);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Errc::kConflict);
  }
  SUBCASE("of a dead daemon is replaced") {
    const std::string path = server.folder + "/dead";
    ::close(*listen_unix(path, std::nullopt));
    const auto again = listen_unix(path, ::getgid());
    REQUIRE(again.ok());
    ::close(*again);
    ::unlink(path.c_str());
  }
  SUBCASE("needs a path that fits") {
    CHECK(listen_unix("/tmp/" + std::string(120, 'x'), std::nullopt).error().code == Errc::kInvalid);
    CHECK_FALSE(listen_unix("/no/such/folder/s", std::nullopt).ok());
  }
}

}  // namespace
}  // namespace es::http
