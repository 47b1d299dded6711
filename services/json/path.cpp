#include "services/json/path.h"

namespace es::json {

namespace {
constexpr size_t kMaxNameBytes = 64;
}

std::string Path::to_string() const {
  if (parent_ == nullptr) return {};
  std::string text = parent_->to_string();
  if (index_ != kNotAnElement) return text + "[" + std::to_string(index_) + "]";
  if (!text.empty()) text += ".";
  text += name_.substr(0, kMaxNameBytes);
  if (name_.size() > kMaxNameBytes) text += "...";
  return text;
}

Error Path::error(Errc code, std::string_view what) const {
  const std::string where = to_string();
  return {code, where.empty() ? std::string(what) : where + ": " + std::string(what)};
}

}  // namespace es::json
