#pragma once
// Filters: ?filters= of Docker's lists: for each key the values of which one must fit.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/meta.h"

namespace es::api {

class Filters {
 public:
  // {"name":{"web":true}} or the older {"name":["web"]}; an empty text is no filter. A value that is marked false does not count.
  // Errors: kInvalid; also for a key that is not among `known`.
  static Result<Filters> parse(std::string_view text, std::initializer_list<std::string_view> known);

  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  // Empty where the key was not given.
  const std::vector<std::string>& values(std::string_view key) const;

  // True where the key was not given, or the text is one of its values, or begins with one.
  bool is_any(std::string_view key, std::string_view text) const;
  bool is_any_prefix(std::string_view key, std::string_view text) const;
  // True when the labels satisfy all of "name" and "name=value".
  bool are_labels(std::string_view key, const Labels& labels) const;

  // Replaces the values of a key, for example names by ids.
  void set(std::string_view key, std::vector<std::string> values) { values_[std::string(key)] = std::move(values); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace es::api
