#include "core/base/result.h"

namespace es {

std::string_view errc_name(Errc code) {
  switch (code) {
    case Errc::kInvalid: return "invalid";
    case Errc::kNotFound: return "not found";
    case Errc::kConflict: return "conflict";
    case Errc::kOutOfSequence: return "out of sequence";
    case Errc::kPrecondition: return "precondition failed";
    case Errc::kUnauthorized: return "not authorized";
    case Errc::kUnavailable: return "unavailable";
    case Errc::kLimit: return "limit reached";
    case Errc::kUnsupported: return "not supported";
    case Errc::kCorrupt: return "corrupt";
    case Errc::kIo: return "input/output error";
    case Errc::kTimeout: return "timed out";
  }
  ES_ASSERT(false);
}

}  // namespace es
