#pragma once
// Constraints: "node.labels.az==az1". Swarm's language: a key, == or !=, a value; all of a list
// must hold.
//
//   node.id  node.hostname  node.ip (address or CIDR)  node.role  node.platform.os
//   node.platform.arch node.labels.NAME  engine.labels.NAME (NAME is case-sensitive; a label that
//   is missing is "")
//
// Values compare without case and as a whole. A key that is none of these holds for no node.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/node.h"

namespace es::state {

struct Constraint {
  std::string key;    // blanks trimmed
  bool equal = true;  // false: !=
  std::string value;  // blanks trimmed

  bool operator==(const Constraint&) const = default;
};

// Errors: kInvalid, naming what is wrong with which expression.
Result<Constraint> parse_constraint(std::string_view expression);

// Errors: that of the first expression that is wrong.
Result<std::vector<Constraint>> parse_constraints(const std::vector<std::string>& expressions);

bool holds(const Constraint& constraint, const Node& node);

// True when all hold. An expression that cannot be parsed (it came from elsewhere than our own
// validation) holds for no node.
bool meets_constraints(const std::vector<std::string>& expressions, const Node& node);

// The value behind a label descriptor "node.labels.X" or "engine.labels.X"; "" for a missing label
// or another descriptor.
std::string label_of(const Node& node, std::string_view descriptor);

// "x86_64" and "aarch64" are what uname calls amd64 and arm64.
std::string_view canonical_architecture(std::string_view architecture);

}  // namespace es::state
