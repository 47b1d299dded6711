#include "services/images/lenient_json.h"

namespace es::images {

namespace {

Error wrong_type(const char* name, const char* expected) {
  return invalid(std::string("\"") + name + "\" is not " + expected);
}

}  // namespace

const json::Json& member(const json::Json& object, const char* name) {
  static const json::Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

Result<std::string> text_member(const json::Json& object, const char* name) {
  const json::Json& value = member(object, name);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return wrong_type(name, "a text");
  return value.get_ref<const std::string&>();
}

Result<std::vector<std::string>> texts_member(const json::Json& object, const char* name) {
  const json::Json& value = member(object, name);
  std::vector<std::string> texts;
  if (value.is_null()) return texts;
  if (!value.is_array()) return wrong_type(name, "a list of texts");
  for (const json::Json& element : value) {
    if (!element.is_string()) return wrong_type(name, "a list of texts");
    texts.push_back(element.get_ref<const std::string&>());
  }
  return texts;
}

Result<std::map<std::string, std::string>> text_map_member(const json::Json& object,
                                                           const char* name) {
  const json::Json& value = member(object, name);
  std::map<std::string, std::string> texts;
  if (value.is_null()) return texts;
  if (!value.is_object()) return wrong_type(name, "an object of texts");
  for (const auto& [key, element] : value.items()) {
    if (!element.is_string()) return wrong_type(name, "an object of texts");
    texts[key] = element.get_ref<const std::string&>();
  }
  return texts;
}

Result<std::vector<std::string>> names_member(const json::Json& object, const char* name) {
  const json::Json& value = member(object, name);
  std::vector<std::string> names;
  if (value.is_null()) return names;
  if (!value.is_object()) return wrong_type(name, "an object");
  for (const auto& [key, element] : value.items()) names.push_back(key);
  return names;
}

Result<std::vector<const json::Json*>> objects_member(const json::Json& object, const char* name) {
  const json::Json& value = member(object, name);
  std::vector<const json::Json*> objects;
  if (value.is_null()) return objects;
  if (!value.is_array()) return wrong_type(name, "a list of objects");
  for (const json::Json& element : value) {
    if (!element.is_object()) return wrong_type(name, "a list of objects");
    objects.push_back(&element);
  }
  return objects;
}

}  // namespace es::images
