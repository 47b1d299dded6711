#include "services/json/document_builder.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/base/assert.h"

namespace es::json {

namespace {

constexpr size_t kNoPlace = static_cast<size_t>(-1);

// For each name the place of the value that counts for it: the last one of that name, at the first
// one's place; kNoPlace for the places of the later ones.
std::vector<size_t> counting_values(const std::string* names, size_t count) {
  std::vector<size_t> by_name(count);
  std::iota(by_name.begin(), by_name.end(), size_t{0});
  std::sort(by_name.begin(), by_name.end(), [&](size_t a, size_t b) {
    const int order = names[a].compare(names[b]);
    return order != 0 ? order < 0 : a < b;
  });
  std::vector<size_t> value_of(count, kNoPlace);
  for (size_t i = 0; i < count;) {
    const size_t first = by_name[i];
    size_t last = first;
    for (; i < count && names[by_name[i]] == names[first]; ++i) last = by_name[i];
    value_of[first] = last;
  }
  return value_of;
}

}  // namespace

bool DocumentBuilder::push(Json value) {
  if (++count_ > max_values_) return false;
  values_.push_back(std::move(value));
  return true;
}

bool DocumentBuilder::open() {
  open_.push_back({values_.size(), keys_.size()});
  return true;
}

DocumentBuilder::Open DocumentBuilder::close() {
  const Open closed = open_.back();
  open_.pop_back();
  return closed;
}

bool DocumentBuilder::key(std::string& name) {
  keys_.push_back(std::move(name));
  return true;
}

bool DocumentBuilder::end_array() {
  const Open closed = close();
  const auto first = values_.begin() + static_cast<std::ptrdiff_t>(closed.first_value);
  Json::array_t elements(std::make_move_iterator(first), std::make_move_iterator(values_.end()));
  values_.erase(first, values_.end());
  return push(std::move(elements));
}

bool DocumentBuilder::end_object() {
  const Open closed = close();
  const size_t count = values_.size() - closed.first_value;
  std::string* const names = keys_.data() + closed.first_key;
  Json* const values = values_.data() + closed.first_value;
  const std::vector<size_t> value_of = counting_values(names, count);
  Json::object_t members;
  members.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (value_of[i] == kNoPlace) continue;
    // Of the list beneath: the object's own emplace() would look for the name.
    members.emplace_back(std::move(names[i]), std::move(values[value_of[i]]));
  }
  values_.resize(closed.first_value);
  keys_.resize(closed.first_key);
  return push(std::move(members));
}

Json DocumentBuilder::take() && {
  ES_ASSERT(values_.size() == 1 && open_.empty());
  return std::move(values_.front());
}

}  // namespace es::json
