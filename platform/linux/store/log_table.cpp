#include "platform/linux/store/log_table.h"

#include <algorithm>

#include "core/wire/bytes.h"

namespace es::store {

namespace {

std::string associated(uint64_t index, uint64_t term, uint8_t type,
                       std::string_view previous_link) {
  wire::Writer out;
  out.raw("log");
  out.big_endian(index);
  out.big_endian(term);
  out.big_endian(type);
  out.raw(previous_link);
  return std::move(out).take();
}

Error broken(uint64_t index, const char* why) {
  return corrupt("log entry " + std::to_string(index) + " of edge.db " + why);
}

}  // namespace

Result<LogTable> LogTable::open(Database& database, const crypto::Aead& aead) {
  LogTable log(aead);
  ES_TRY(log.insert_, database.prepare("INSERT OR REPLACE INTO log VALUES(?1,?2,?3,?4)"));
  ES_TRY(log.link_, database.prepare("SELECT substr(data,-" + std::to_string(crypto::kTagSize) +
                                     ") FROM log WHERE idx=?1"));
  const std::string limit = " LIMIT " + std::to_string(kSweptRows) + ")";
  ES_TRY(
      log.sweep_below_,
      database.prepare(
          "DELETE FROM log WHERE idx IN (SELECT idx FROM log WHERE idx<?1 ORDER BY idx" + limit));
  ES_TRY(
      log.sweep_above_,
      database.prepare(
          "DELETE FROM log WHERE idx IN (SELECT idx FROM log WHERE idx>?1 ORDER BY idx" + limit));
  ES_TRY(log.select_,
         database.prepare(
             "SELECT idx,term,type,data FROM log WHERE idx BETWEEN ?1 AND ?2 ORDER BY idx"));
  return log;
}

Status LogTable::append(Root& root, const ports::StoredEntry& entry) {
  if (entry.index != root.last_index + 1) {
    return invalid("entry " + std::to_string(entry.index) +
                   " does not follow the log, which ends with " + std::to_string(root.last_index));
  }
  const std::string sealed =
      aead_->seal(entry.data, associated(entry.index, entry.term, entry.type, root.last_link));
  ES_CHECK(
      insert_.bind(1, entry.index).bind(2, entry.term).bind(3, entry.type).bind(4, sealed).run());
  root.last_index = entry.index;
  root.last_term = entry.term;
  root.last_link = link_of(sealed);
  return {};
}

Status LogTable::truncate_from(Root& root, uint64_t index) {
  if (index > root.last_index) return {};
  if (index < root.first_index)
    return invalid("entry " + std::to_string(index) + " is compacted, it cannot be replaced");
  ES_TRY(root.last_link, link_at(root, index - 1));
  root.last_index = index - 1;
  dead_rows_ = true;
  return {};
}

Status LogTable::compact_to(Root& root, uint64_t index) {
  if (index < root.first_index) return {};
  if (index > root.last_index || index > root.snapshot.index) {
    return invalid("entry " + std::to_string(index) +
                   " is not covered by the snapshot, it cannot be compacted");
  }
  ES_TRY(root.base_link, link_at(root, index));
  root.first_index = index + 1;
  dead_rows_ = true;
  return {};
}

void LogTable::note_lost(Root& root, uint64_t index, uint64_t term) {
  const bool known = term != 0 && (root.lost_index == 0 || root.lost_term != 0);
  root.lost_term = known ? std::max(root.lost_term, term) : 0;
  root.lost_index = std::max(root.lost_index, index);
}

void LogTable::restart_after(Root& root, const SnapshotRef& snapshot) {
  root.first_index = snapshot.index + 1;
  root.last_index = snapshot.index;
  root.last_term = snapshot.term;
  root.base_link = root.last_link = snapshot.last_link;
  dead_rows_ = true;
}

Status LogTable::sweep(const Root& root) {
  if (!dead_rows_) return {};
  ES_CHECK(sweep_above_.bind(1, root.last_index).run());
  int swept = sweep_above_.rows_changed();
  if (swept == 0) {
    ES_CHECK(sweep_below_.bind(1, root.first_index).run());
    swept = sweep_below_.rows_changed();
  }
  dead_rows_ = swept > 0;
  return {};
}

Result<std::string> LogTable::link_at(const Root& root, uint64_t index) {
  if (index + 1 == root.first_index) return root.base_link;
  if (index == root.last_index) return root.last_link;
  link_.bind(1, index);
  ES_TRY(const bool row, link_.step());
  if (!row || link_.bytes(0).size() != crypto::kTagSize) return broken(index, "is missing");
  std::string link(link_.bytes(0));
  link_.reset();
  return link;
}

Result<std::vector<ports::StoredEntry>> LogTable::load(Root& root, std::optional<Rot>& rot) {
  std::vector<ports::StoredEntry> entries;
  std::string previous_link = root.base_link;
  uint64_t next = root.first_index;
  select_.bind(1, root.first_index).bind(2, root.last_index);
  for (; !rot && next <= root.last_index; ++next) {
    ES_TRY(const bool row, select_.step());
    if (!row || select_.integer(0) != next) {
      rot = Rot{broken(next, "is missing").message, {}};
      break;
    }
    ports::StoredEntry entry{
        next, select_.integer(1), static_cast<uint8_t>(select_.integer(2)), {}};
    const std::string_view sealed = select_.bytes(3);
    auto plain = aead_->open(sealed, associated(next, entry.term, entry.type, previous_link));
    if (!plain.ok()) {
      rot = Rot{broken(next, "is damaged").message, std::string(sealed)};
      break;
    }
    entry.data = std::move(plain).value();
    previous_link = link_of(sealed);
    entries.push_back(std::move(entry));
  }
  select_.reset();
  if (!rot && previous_link != root.last_link)
    return broken(root.last_index, "is not the last one that was written");
  if (!rot) return entries;
  note_lost(root, root.last_index, root.last_term);
  root.last_index = next - 1;
  root.last_link = previous_link;
  dead_rows_ = true;
  return entries;
}

}  // namespace es::store
