#pragma once
// How others join, ready to be pasted.

#include <string>

namespace es::cli {

inline std::string join_lines(const std::string& role, const std::string& token) {
  return "To add a " + role + ", run this on the other board:\n\n    edgeswarm join " + token +
         "\n";
}

}  // namespace es::cli
