#include "services/api/filters.h"

#include <algorithm>

#include "services/json/json.h"

namespace es::api {

using json::Json;

namespace {

Result<std::vector<std::string>> read_values(const std::string& key, const Json& in) {
  std::vector<std::string> values;
  if (in.is_object()) {
    for (const auto& item : in.items()) {
      if (!item.value().is_boolean()) return invalid("filters: the values of \"" + key + "\" must be marked true or false");
      if (item.value().get<bool>()) values.push_back(item.key());
    }
    return values;
  }
  if (!in.is_array()) return invalid("filters: expected an object or a list for \"" + key + "\"");
  for (const Json& element : in) {
    if (!element.is_string()) return invalid("filters: the values of \"" + key + "\" must be texts");
    values.push_back(element.get<std::string>());
  }
  return values;
}

}  // namespace

Result<Filters> Filters::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  Filters filters;
  if (text.empty()) return filters;
  ES_TRY(const Json document, json::parse(text));
  if (document.is_null()) return filters;
  if (!document.is_object()) return invalid("filters: expected an object");
  for (const auto& item : document.items()) {
    const std::string key = item.key().substr(0, 64);
    if (std::ranges::find(known, key) == known.end()) return invalid("invalid filter '" + key + "'");
    ES_TRY(auto values, read_values(key, item.value()));
    if (values.size() > kMaxFilterValues) {
      return invalid("filters: \"" + key + "\" has more than 4096 values");
    }
    if (!values.empty()) filters.set(key, std::move(values));
  }
  return filters;
}

const std::vector<std::string>& Filters::values(std::string_view key) const {
  static const std::vector<std::string> kNone;
  const auto it = values_.find(key);
  return it == values_.end() ? kNone : it->second.all;
}

void Filters::set(std::string_view key, std::vector<std::string> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  Values& known = values_[std::string(key)];
  known.prefixes.clear();
  // All that begin with a text follow right behind it.
  for (const std::string& one : values) {
    if (known.prefixes.empty() || !one.starts_with(known.prefixes.back())) {
      known.prefixes.push_back(one);
    }
  }
  known.all = std::move(values);
}

bool Filters::is_any(std::string_view key, std::string_view text) const {
  return !has(key) || std::ranges::binary_search(values(key), text, std::less<>());
}

bool Filters::is_any_prefix(std::string_view key, std::string_view text) const {
  const auto known = values_.find(key);
  if (known == values_.end()) return true;
  // Between a prefix of the text and the text there are only texts that begin with that prefix.
  const std::vector<std::string>& prefixes = known->second.prefixes;
  const auto behind = std::ranges::upper_bound(prefixes, text, std::less<>());
  return behind != prefixes.begin() && text.starts_with(*std::prev(behind));
}

bool Filters::are_labels(std::string_view key, const Labels& labels) const {
  return std::ranges::all_of(values(key), [&](const std::string& wanted) {
    const size_t equals = wanted.find('=');
    const auto it = labels.find(wanted.substr(0, equals));
    return it != labels.end() && (equals == std::string::npos || it->second == wanted.substr(equals + 1));
  });
}

}  // namespace es::api
