#include "platform/linux/store/fact_table.h"

namespace es::store {

namespace {

std::string associated(std::string_view name) { return "fact " + std::string(name); }

Error broken(std::string_view name, const char* why) {
  return corrupt("record \"" + std::string(name) + "\" of edge.db " + why);
}

}  // namespace

Result<FactTable> FactTable::open(Database& database, const crypto::Aead& aead) {
  FactTable facts(aead);
  ES_TRY(facts.link_, database.prepare("SELECT substr(data,-" + std::to_string(crypto::kTagSize) +
                                       ") FROM fact WHERE name=?1"));
  ES_TRY(facts.insert_, database.prepare("INSERT INTO fact VALUES(?1,?2)"));
  ES_TRY(facts.remove_, database.prepare("DELETE FROM fact WHERE name=?1"));
  ES_TRY(facts.select_, database.prepare("SELECT name,data FROM fact ORDER BY name"));
  return facts;
}

Status FactTable::put(Root& root, const std::string& name, const std::string& value) {
  ES_CHECK(remove(root, name));
  const std::string sealed = aead_->seal(value, associated(name));
  ES_CHECK(insert_.bind(1, name).bind(2, sealed).run());
  ++root.fact_count;
  root.fact_sum.add(link_of(sealed));
  return {};
}

Status FactTable::remove(Root& root, const std::string& name) {
  link_.bind(1, name);
  ES_TRY(const bool row, link_.step());
  if (!row) return {};
  if (link_.bytes(0).size() != crypto::kTagSize || root.fact_count == 0)
    return broken(name, "is damaged");
  --root.fact_count;
  root.fact_sum.subtract(link_.bytes(0));
  link_.reset();
  return remove_.bind(1, name).run();
}

Result<std::map<std::string, std::string>> FactTable::load(const Root& root) {
  std::map<std::string, std::string> facts;
  LinkSum sum;
  for (;;) {
    ES_TRY(const bool row, select_.step());
    if (!row) break;
    const std::string_view sealed = select_.bytes(1);
    std::string name(select_.bytes(0));
    auto plain = aead_->open(sealed, associated(name));
    if (!plain.ok()) return broken(name, "is damaged");
    sum.add(link_of(sealed));
    facts.emplace(std::move(name), std::move(plain).value());
  }
  if (facts.size() != root.fact_count || sum != root.fact_sum) {
    return corrupt("the records of edge.db are not those that were written: there are " +
                   std::to_string(facts.size()) + " of " + std::to_string(root.fact_count));
  }
  return facts;
}

}  // namespace es::store
