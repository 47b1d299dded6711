// One use of each of the other libraries, of the kind the product makes of it.
#include "doctest/doctest.h"

#include <cstring>
#include <ctime>
#include <string>
#include <sys/types.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <archive.h>
#include <archive_entry.h>
#include <ares.h>
#include <llhttp.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>
#include <uv.h>
#include <yaml-cpp/yaml.h>
#include <zlib.h>
#include <zstd.h>

static_assert(sizeof(off_t) == 8 && sizeof(time_t) == 8, "every target, 32-bit ARM as well");

TEST_CASE("SQLite keeps every journal mode, its error texts and virtual file systems") {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, "create table t(a); insert into t values(42)", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "select a from t", -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(sqlite3_column_int64(statement, 0) == 42);
  CHECK(sqlite3_finalize(statement) == SQLITE_OK);
  CHECK(sqlite3_exec(db, "nonsense", nullptr, nullptr, nullptr) == SQLITE_ERROR);
  CHECK(std::string(sqlite3_errmsg(db)) == "near \"nonsense\": syntax error");
  CHECK(sqlite3_close(db) == SQLITE_OK);
  CHECK(sqlite3_vfs_find(nullptr) != nullptr);
  CHECK(sqlite3_compileoption_used("OMIT_WAL") == 0);
  CHECK(sqlite3_compileoption_used("THREADSAFE=2") == 1);
}

namespace {

// A pax archive with one file whose name is not ASCII and is longer than a ustar header holds, by hand.
std::string tar_block(const std::string& name, char type, const std::string& content) {
  char header[512] = {};
  std::strncpy(header, name.c_str(), 100);
  std::strcpy(header + 100, "0000644");
  std::strcpy(header + 108, "0000000");
  std::strcpy(header + 116, "0000000");
  std::snprintf(header + 124, 12, "%011o", static_cast<unsigned>(content.size()));
  std::strcpy(header + 136, "00000000000");
  header[156] = type;
  std::memcpy(header + 257, "ustar\0" "00", 8);
  if (type == '1') std::strcpy(header + 157, "cut"); // the real one stands in a pax record
  std::memset(header + 148, ' ', 8);
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  std::snprintf(header + 148, 7, "%06o", sum);
  std::string block(header, sizeof header);
  block += content;
  block.resize((block.size() + 511) / 512 * 512);
  return block;
}

std::string pax_record(const std::string& key, const std::string& value) {
  size_t length = key.size() + value.size() + 3;
  while (std::to_string(length).size() + key.size() + value.size() + 3 != length) ++length;
  return std::to_string(length) + " " + key + "=" + value + "\n";
}

std::string pax_archive(const std::string& name) {
  return tar_block("pax", 'x',
                   pax_record("path", name) + pax_record("SCHILY.xattr.user.kind", "leaf")) +
         tar_block("short", '0', "content") + tar_block("pax", 'x', pax_record("linkpath", name)) +
         tar_block("link", '1', "") + std::string(1024, '\0');
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

} // namespace

TEST_CASE("libarchive reads pax tar, plain and through gzip and zstd, names as bytes") {
  const std::string name = std::string(120, 'n') + "/gr\xC3\xBC\xC3\x9F-\xE6\x97\xA5";
  const std::string plain = pax_archive(name);
  for (const std::string& bytes : {plain, gzip(plain), zstd(plain)}) {
    archive* reader = archive_read_new();
    archive_read_support_format_tar(reader);
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_zstd(reader);
    REQUIRE(archive_read_open_memory(reader, bytes.data(), bytes.size()) == ARCHIVE_OK);
    archive_entry* entry = nullptr;
    // The C locale cannot show the name, which earns a warning; the bytes are right all the same.
    CHECK(archive_read_next_header(reader, &entry) == ARCHIVE_WARN);
    REQUIRE(archive_entry_pathname(entry) != nullptr);
    CHECK(std::string(archive_entry_pathname(entry)) == name);
    CHECK(archive_entry_xattr_reset(entry) == 1);
    char content[16] = {};
    CHECK(archive_read_data(reader, content, sizeof content) == 7);
    CHECK(std::string(content) == "content");
    CHECK(archive_read_next_header(reader, &entry) == ARCHIVE_WARN);
    REQUIRE(archive_entry_hardlink(entry) != nullptr);
    CHECK(std::string(archive_entry_hardlink(entry)) == name);
    CHECK(archive_read_next_header(reader, &entry) == ARCHIVE_EOF);
    archive_read_free(reader);
  }
}

TEST_CASE("llhttp parses a request") {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  const std::string request = "GET /v1.44/info HTTP/1.1\r\nHost: x\r\n\r\n";
  CHECK(llhttp_execute(&parser, request.data(), request.size()) == HPE_OK);
  CHECK(llhttp_get_method(&parser) == HTTP_GET);
}

TEST_CASE("libuv runs a timer") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  int fired = 0;
  uv_timer_t timer;
  timer.data = &fired;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, [](uv_timer_t* self) { ++*static_cast<int*>(self->data); }, 1, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(fired == 1);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("JSON, YAML, CLI11 and c-ares") {
  CHECK(nlohmann::json::parse(R"({"a":[1,2]})")["a"].size() == 2);
  CHECK(nlohmann::json::parse("{", nullptr, false).is_discarded());
  const YAML::Node stack = YAML::Load("services: {web: {image: busybox}}");
  CHECK(stack["services"]["web"]["image"].as<std::string>() == "busybox");
  CLI::App app;
  int replicas = 0;
  app.add_option("--replicas", replicas);
  app.parse("--replicas 6");
  CHECK(replicas == 6);
  CHECK(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS);
  ares_channel channel = nullptr;
  CHECK(ares_init(&channel) == ARES_SUCCESS);
  ares_destroy(channel);
  ares_library_cleanup();
}
