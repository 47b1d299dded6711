#pragma once
// History: what clients asked for and were told, and when. It is recorded while a cluster is being
// tormented, by the simulator or against real daemons, and judged afterwards (linearizability.h).
//
// An object is an independent thing with a version: a service (by name), a node, the cluster. Each
// write has a value of its own, so what a read shows says which write it was. An object that is
// removed and made again under its name is another incarnation of it; `made` tells them apart.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace es::judge {

// A word of a history; equal words have equal tokens. 0: the empty word.
using Token = uint32_t;

enum class Kind : uint8_t { kCreate, kUpdate, kRollback, kRemove, kRead };

enum class Outcome : uint8_t {
  kOk,
  kAbsent,   // of a read: there is no such object
  kFailed,   // nothing was changed, and nothing is claimed about the object
  kExists,   // nothing was changed, because the object exists already
  kMissing,  // nothing was changed, because the object does not exist
  kUnknown,  // no answer, or one that says nothing: it took effect at some time, or never will
};

struct Operation {
  int64_t invoked_at = 0;
  int64_t completed_at = 0;  // kUnknown: not looked at
  Token client = 0;
  Token object = 0;
  Kind kind = Kind::kRead;
  Token made = 0;        // the incarnation that is meant, made or seen
  uint64_t version = 0;  // an update is based on, a read has seen
  Token value = 0;       // written or seen
  Outcome outcome = Outcome::kUnknown;

  bool operator==(const Operation&) const = default;
};

constexpr size_t kMaxOperations = 1'000'000;

class History {
 public:
  Token token(std::string_view word);
  const std::string& word(Token token) const { return words_[token]; }

  // The place of the operation, for complete(). An operation that is never completed is unknown.
  size_t begin(Operation operation);
  // Pre: at >= the time when it began. The rest of the operation may have been learned meanwhile.
  Operation& complete(size_t place, int64_t at, Outcome outcome);
  const std::vector<Operation>& operations() const { return operations_; }

  // One line an operation:
  //     INVOKED COMPLETED CLIENT OBJECT KIND [made=WORD] [version=N] [value=WORD] OUTCOME
  // COMPLETED is '-' when the outcome is unknown; lines that begin with '#' and empty lines say
  // nothing. The error names the line; it is empty when all were read.
  std::string read(std::string_view text);
  std::string text(const Operation& operation) const;
  std::string text() const;

 private:
  std::string read_line(std::string_view line);

  std::vector<std::string> words_{std::string()};
  std::map<std::string, Token, std::less<>> tokens_;
  std::vector<Operation> operations_;
};

std::string_view to_string(Kind kind);
std::string_view to_string(Outcome outcome);

}  // namespace es::judge
