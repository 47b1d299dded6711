#include "platform/linux/net/newcomer_call.h"

namespace es::linux_net {

namespace {

Errc error_of(CloseKind kind) {
  switch (kind) {
    case CloseKind::kRefused:
      return Errc::kUnauthorized;
    case CloseKind::kProtocol:
      return Errc::kCorrupt;
    default:
      return Errc::kUnavailable;
  }
}

}  // namespace

NewcomerCall::NewcomerCall(Loop& loop, const SocketAddress& manager,
                           const crypto::Digest& authority, std::string question, Duration patience,
                           Done done)
    : loop_(loop),
      manager_(manager),
      done_(std::move(done)),
      deadline_(loop,
                [this] {
                  end(Error{Errc::kTimeout, manager_.to_string() + " does not answer"});
                }),
      report_(loop,
              [this] {
                const Done report = done_;
                report(*std::move(result_));
              }),
      transport_(
          loop, {},
          {.on_open = [](const Opened&) {},
           .on_message = [this](ConnectionId,
                                std::string_view answer) { end(std::string(answer)); },
           .on_drained = [](ConnectionId) {},
           .on_closed =
               [this](ConnectionId, const Closed& closed) {
                 end(Error{error_of(closed.kind), manager_.to_string() + ": " + closed.reason});
               }},
          nullptr) {
  deadline_.after(patience);
  if (question.size() > kAnonymousFrameMax) {
    end(Error{Errc::kLimit, "the question is larger than 16 KiB"});
    return;
  }
  const ConnectionId id = transport_.dial(manager, {.authority = authority});
  (void)transport_.send(id,
                        std::move(question));  // a dial that failed at once is told by on_closed
}

void NewcomerCall::end(Result<std::string> result) {
  if (result_) return;
  result_ = std::move(result);
  deadline_.cancel();
  report_.at(loop_.now());
}

}  // namespace es::linux_net
