#pragma once
// DocumentBuilder: makes a document of what the parser meets. The library's own builder looks each
// new member of an ordered object up among all earlier ones, which made an object of 160,000 members
// take 22 s, and copies whole subtrees whenever an object's list of members moves. Here values wait
// on one stack until their container ends; then it is made at its exact size, and members with the
// same name are found by sorting.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "services/json/json.h"

namespace es::json {

constexpr size_t kMaxValues = 500'000;  // in one text: it bounds memory, at some 50 MiB

class DocumentBuilder {
 public:
  explicit DocumentBuilder(size_t max_values = kMaxValues) : max_values_(max_values) {}

  bool has_too_many_values() const { return count_ > max_values_; }
  // Pre: the parser said that the text is whole.
  Json take() &&;

  // What the parser calls (nlohmann::json_sax); false ends the parsing.
  bool null() { return push(Json()); }
  bool boolean(bool value) { return push(value); }
  bool number_integer(int64_t value) { return push(value); }
  bool number_unsigned(uint64_t value) { return push(value); }
  bool number_float(double value, const std::string&) { return push(value); }
  bool string(std::string& value) { return push(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // not in texts
  bool start_object(size_t) { return open(); }
  bool key(std::string& name);
  bool end_object();
  bool start_array(size_t) { return open(); }
  bool end_array();
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

 private:
  struct Open {
    size_t first_value;
    size_t first_key;
  };

  bool push(Json value);
  bool open();
  Open close();

  size_t max_values_;
  size_t count_ = 0;
  std::vector<Json> values_;       // of all open containers, the innermost last
  std::vector<std::string> keys_;  // of all open objects
  std::vector<Open> open_;
};

}  // namespace es::json
