#pragma once
// JsonWriter: writes the JSON of an OCI bundle. JSON is UTF-8 and the runtimes are written in C, so
// a text with other bytes or a zero byte makes the whole document invalid, and the writer remembers
// it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace es::runtime {

class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void text(std::string_view value);
  void number(int64_t value);
  void boolean(bool value);

  // A member of the object that is open.
  void member(std::string_view name, std::string_view value) { key(name), text(value); }
  void member(std::string_view name, const char* value) { key(name), text(value); }
  void member(std::string_view name, int64_t value) { key(name), number(value); }
  void member(std::string_view name, bool value) { key(name), boolean(value); }
  template <class Texts>
  void member_texts(std::string_view name, const Texts& values) {
    key(name);
    begin_array();
    for (const auto& value : values) text(value);
    end_array();
  }

  // The first text that JSON cannot carry.
  const std::optional<std::string>& invalid_text() const { return invalid_text_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void quote(std::string_view value);

  std::string bytes_;
  bool needs_comma_ = false;
  std::optional<std::string> invalid_text_;
};

// Well-formed UTF-8 (Unicode 15, table 3-7) without a zero byte.
bool is_json_text(std::string_view text);

}  // namespace es::runtime
