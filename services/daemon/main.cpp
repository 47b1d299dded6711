// One binary: the daemon, and the command line that speaks to it.

#include <string_view>

#include "services/cli/cli.h"
#include "services/daemon/run.h"

extern "C" const unsigned char es_embedded_shim_begin[], es_embedded_shim_end[];

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "daemon") {
    const auto* begin = reinterpret_cast<const char*>(es_embedded_shim_begin);
    const auto* end = reinterpret_cast<const char*>(es_embedded_shim_end);
    return es::daemon::run(argc - 1, argv + 1, {begin, static_cast<size_t>(end - begin)});
  }
  return es::cli::run(argc, argv);
}
