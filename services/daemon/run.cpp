#include "services/daemon/run.h"

#include <csignal>
#include <cstdio>

#include "platform/linux/net/signal_watch.h"
#include "services/cli/human.h"
#include "services/daemon/daemon.h"
#include "services/daemon/options.h"

namespace es::daemon {

namespace {

// A daemon that is asked to end and cannot within this time ends all the same; tasks go on either way.
constexpr Duration kStopPatience = seconds(3);

}  // namespace

int run(int argc, char** argv, std::string_view shim) {
  Parsed parsed = parse_options(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  std::signal(SIGPIPE, SIG_IGN);  // a client that goes away is an error of its connection, not the end of the daemon
  linux_net::Loop loop;
  {
    auto daemon = Daemon::start(loop, std::move(*parsed.options), shim);
    if (!daemon.ok()) {
      std::fprintf(stderr, "edgeswarm daemon: %s\n", cli::one_line(daemon.error().message).c_str());
      return 1;
    }
    bool stopping = false;
    const auto stop = [&] {
      if (std::exchange(stopping, true)) return;
      (*daemon)->log("stopping; tasks go on");
      (*daemon)->stop([&] { loop.stop(); });
    };
    linux_net::SignalWatch on_terminate(loop, SIGTERM, stop);
    linux_net::SignalWatch on_interrupt(loop, SIGINT, stop);
    loop.run();
  }
  // The handles that were just closed need a few more rounds.
  loop.run_until(loop.now() + kStopPatience, [&] { return uv_loop_alive(loop.native()) == 0; });
  return 0;
}

}  // namespace es::daemon
