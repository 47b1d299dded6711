#pragma once
// SpecEdits: what the flags of one command line do to a service's specification.

#include <memory>
#include <string>
#include <vector>

#include "services/cli/spec/flag.h"
#include "services/cli/syntax.h"

namespace es::cli {

class SpecEdits {
 public:
  SpecEdits();
  ~SpecEdits();
  SpecEdits(const SpecEdits&) = delete;
  SpecEdits& operator=(const SpecEdits&) = delete;

  // The edits outlive the syntax. Each value is tried on an empty specification while the command
  // line is parsed, so that a bad one is a mistake of its flag, before the daemon is asked for
  // anything.
  void declare_create(Syntax& syntax);
  void declare_update(Syntax& syntax);

  bool empty() const { return edits_.empty(); }
  // What they make of an empty specification.
  const Json& of_nothing() const { return *scratch_; }
  // In the order of the tables: what is removed goes before what is added. Errors: kInvalid (it
  // does not fit this specification), kIo.
  Status apply(Json& spec) const;

 private:
  void declare(Syntax& syntax, const SpecFlag& flag);
  void declare_common(Syntax& syntax);

  struct Edit {
    ApplyToSpec apply;
    std::string text;
  };
  std::vector<Edit> edits_;
  std::unique_ptr<Json> scratch_;
};

}  // namespace es::cli
