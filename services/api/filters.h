#pragma once
// Filters: ?filters= of Docker's lists: for each key the values of which one must fit. A question to
// them takes the logarithm of their number: lists ask for each of their rows.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/meta.h"

namespace es::api {

constexpr size_t kMaxFilterValues = 4'096;  // of one key

class Filters {
 public:
  // {"name":{"web":true}} or the older {"name":["web"]}; an empty text is no filter. A value that is marked false does not count.
  // Errors: kInvalid; also for a key that is not among `known`, and for too many values.
  static Result<Filters> parse(std::string_view text, std::initializer_list<std::string_view> known);

  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  // Sorted, each once. Empty where the key was not given.
  const std::vector<std::string>& values(std::string_view key) const;

  // True where the key was not given, or the text is one of its values, or begins with one.
  bool is_any(std::string_view key, std::string_view text) const;
  bool is_any_prefix(std::string_view key, std::string_view text) const;
  // True when the labels satisfy all of "name" and "name=value".
  bool are_labels(std::string_view key, const Labels& labels) const;

  // Replaces the values of a key, for example names by ids.
  void set(std::string_view key, std::vector<std::string> values);

 private:
  struct Values {
    std::vector<std::string> all;       // sorted, each once
    std::vector<std::string> prefixes;  // of those that begin with another one only that other one
  };
  std::map<std::string, Values, std::less<>> values_;
};

}  // namespace es::api
