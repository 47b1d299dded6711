#pragma once
// FactTable: small named records, sealed with their name; the root holds their number and the sum
// of their tags.

#include <map>
#include <string>

#include "platform/linux/crypto/aead.h"
#include "platform/linux/store/database.h"
#include "platform/linux/store/root.h"

namespace es::store {

class FactTable {
 public:
  static constexpr const char* kSchema =
      "CREATE TABLE fact(name BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID";

  static Result<FactTable> open(Database& database, const crypto::Aead& aead);

  // Errors (of all): kIo, kCorrupt.
  Status put(Root& root, const std::string& name, const std::string& value);
  Status remove(Root& root, const std::string& name);  // no error when there is none
  Result<std::map<std::string, std::string>> load(const Root& root);

 private:
  explicit FactTable(const crypto::Aead& aead) : aead_(&aead) {}

  const crypto::Aead* aead_;
  Statement link_;
  Statement insert_;
  Statement remove_;
  Statement select_;
};

}  // namespace es::store
