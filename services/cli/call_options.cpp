#include "services/cli/call_options.h"

namespace es::cli {

void ListOptions::declare(Syntax& syntax) {
  syntax.value("f,filter", "KEY=VALUE", "Show only what fits",
               [this](const std::string& text) -> Status {
                 const size_t equals = text.find('=');
                 if (equals == std::string::npos || equals == 0)
                   return invalid("a filter is KEY=VALUE");
                 filters.push_back(text);
                 return {};
               });
  syntax.text(format, "format", "FORMAT",
              "table, json, a template like '{{.ID}}', or 'table {{.ID}}\\t{{.Name}}'");
  syntax.flag(quiet, "q,quiet", "Show ids only");
}

void ListOptions::declare_for_tasks(Syntax& syntax) {
  declare(syntax);
  syntax.flag(no_trunc, "no-trunc", "Do not shorten ids and errors");
  syntax.flag(no_resolve, "no-resolve", "Show ids instead of names");
}

void InspectOptions::declare(Syntax& syntax, bool has_pretty) {
  syntax.text(format, "f,format", "FORMAT", "json, or a template like '{{.ID}}'");
  if (has_pretty) syntax.flag(pretty, "pretty", "For people to read");
}

void WaitOptions::declare(Syntax& syntax) {
  syntax.flag(detach, "d,detach", "Do not wait until the service has converged");
  syntax.flag(quiet, "q,quiet", "Do not show progress");
}

}  // namespace es::cli
