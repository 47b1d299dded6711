#include <optional>

#include "services/cli/commands/all.h"
#include "services/cli/document.h"
#include "services/cli/engine.h"
#include "services/cli/human.h"
#include "services/cli/logs/stream_decoder.h"
#include "services/cli/logs/task_prefix.h"
#include "services/cli/syntax.h"
#include "services/cli/values.h"
#include "services/json/json.h"
#include "services/json/time_text.h"

namespace es::cli {

namespace {

struct LogsOptions {
  bool follow = false;
  bool timestamps = false;
  bool raw = false;
  bool details = false;
  std::string tail = "all";
  std::string since;
  PrefixOptions prefix;
};

// What is asked for: a service, or one task.
struct Source {
  std::string path;  // "/services/ID"
  bool has_terminal = false;
  size_t slot_width = 1;
};

Result<Source> find_source(Engine& engine, const std::string& name) {
  const auto service = engine.get("/services/" + path_part(name));
  if (service.ok()) {
    const int64_t replicas = number_at(*service, "/Spec/Mode/Replicated/Replicas");
    return Source{"/services/" + text_at(*service, "/ID"),
                  flag_at(*service, "/Spec/TaskTemplate/ContainerSpec/TTY"),
                  std::to_string(replicas).size()};
  }
  if (service.error().code != Errc::kNotFound) return service.error();
  const auto task = engine.get("/tasks/" + path_part(name));
  if (!task.ok() && task.error().code == Errc::kNotFound)
    return not_found("no such service or task: " + name);
  if (!task.ok()) return task.error();
  return Source{"/tasks/" + text_at(*task, "/ID"), flag_at(*task, "/Spec/ContainerSpec/TTY"),
                std::to_string(number_at(*task, "/Slot")).size()};
}

// "42m" is 42 minutes ago; a time is left to the daemon. Empty for what is neither.
Result<std::string> since_parameter(const std::string& text, WallTime now) {
  if (text.empty()) return text;
  if (const auto ago = parse_duration(text); ago.ok() && text != "0") {
    const int64_t ns = std::max<int64_t>((now.ns - ago->ns), 0);
    const std::string fraction = std::to_string(1'000'000'000 + ns % 1'000'000'000).substr(1);
    return std::to_string(ns / 1'000'000'000) + "." + fraction;
  }
  if (json::parse_timestamp(text).ok()) return text;
  return invalid("it must be a time like 2026-11-20T13:00:00Z, or a duration like 42m");
}

// Other details than those of the task itself: the labels of the containers.
std::string shown_details(const LogLine& line) {
  std::string out;
  for (const auto& [name, value] : line.details) {
    if (!name.starts_with("com.docker.swarm."))
      out += (out.empty() ? "" : ",") + name + "=" + value;
  }
  return out.empty() ? out : one_line(out) + " ";
}

void print_piece(const Console& console, const StreamPiece& piece, const std::string& text) {
  (piece.from_stderr ? console.err : console.out)(text);
}

Status stream_logs(const Console& console, Engine& engine, Engine& names, const Source& source,
                   const LogsOptions& options) {
  TaskPrefix prefix(names, options.prefix, source.slot_width);
  StreamDecoder decoder;
  Status failure;
  bool is_line_open =
      false;  // the last piece did not end with a newline: what follows belongs to the same line
  const auto take = [&](const StreamPiece& piece) -> Status {
    if (options.raw) {
      print_piece(console, piece, std::string(piece.text));
      return {};
    }
    ES_TRY(const LogLine line, parse_log_line(piece.text, options.timestamps));
    std::string text(line.text);
    if (!is_line_open) {
      text = (line.time.empty() ? "" : std::string(line.time) + " ") + prefix.of(line) +
             (options.details ? shown_details(line) : "") + text;
    }
    is_line_open = !text.ends_with('\n');
    print_piece(console, piece, text);
    return {};
  };
  http::ClientRequest request;
  request.target = source.path + "/logs" +
                   query({{"stdout", "1"},
                          {"stderr", "1"},
                          {"follow", options.follow ? "1" : ""},
                          {"tail", options.tail},
                          {"since", options.since},
                          {"timestamps", options.timestamps ? "1" : ""},
                          {"details", options.raw ? "" : "1"}});
  request.on_body = [&](std::string_view bytes) {
    if (source.has_terminal) {  // the bytes of a terminal, without frames
      console.out(bytes);
      return true;
    }
    failure = decoder.feed(bytes, take);
    return failure.ok();
  };
  ES_CHECK(engine.request(std::move(request)));
  return failure;
}

}  // namespace

Result<int> service_logs(Call& call) {
  LogsOptions options;
  std::vector<std::string> names;
  Syntax syntax(call, {"service logs web", "service logs -f --tail 20 web",
                       "service logs --since 10m --timestamps web"});
  syntax.flag(options.follow, "f,follow", "Go on with what comes");
  syntax.value("n,tail", "N", "Only the last lines of each task (default all)",
               [&](const std::string& text) -> Status {
                 if (text != "all") ES_CHECK(parse_count(text));
                 options.tail = text;
                 return {};
               });
  syntax.value("since", "TIME", "Not older than a time, or than a duration like 42m",
               [&](const std::string& text) -> Status {
                 ES_TRY(options.since, since_parameter(text, call.console.now()));
                 return {};
               });
  syntax.flag(options.timestamps, "t,timestamps", "Show when each line was printed");
  syntax.flag(options.raw, "raw", "The lines as they are");
  syntax.flag(options.details, "details", "Show the labels of the containers");
  syntax.flag(options.prefix.no_task_ids, "no-task-ids", "Do not show the ids of tasks");
  syntax.flag(options.prefix.no_resolve, "no-resolve", "Show ids instead of names");
  syntax.flag(options.prefix.no_trunc, "no-trunc", "Show whole ids");
  syntax.arguments(names, 1, 1);
  if (const auto code = syntax.parse()) return *code;

  Engine engine(call.socket_path);
  Engine for_names(call.socket_path);  // asked while the stream is open
  ES_TRY(const Source source, find_source(engine, names.front()));
  ES_CHECK(stream_logs(call.console, engine, for_names, source, options));
  return kDone;
}

}  // namespace es::cli
