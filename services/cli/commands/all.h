#pragma once
// What each file of this folder does, for the table in commands.cpp. All return the exit code.

#include "services/cli/command.h"

namespace es::cli {

Result<int> init(Call& call);
Result<int> join(Call& call);
Result<int> join_token(Call& call);
Result<int> leave(Call& call);
Result<int> info(Call& call);
Result<int> version(Call& call);

Result<int> node_ls(Call& call);
Result<int> node_ps(Call& call);
Result<int> node_inspect(Call& call);
Result<int> node_update(Call& call);
Result<int> node_promote(Call& call);
Result<int> node_demote(Call& call);
Result<int> node_rm(Call& call);

Result<int> service_create(Call& call);
Result<int> service_ls(Call& call);
Result<int> service_ps(Call& call);
Result<int> service_inspect(Call& call);
Result<int> service_logs(Call& call);
Result<int> service_scale(Call& call);
Result<int> service_update(Call& call);
Result<int> service_rollback(Call& call);
Result<int> service_rm(Call& call);

Result<int> image_load(Call& call);
Result<int> image_ls(Call& call);
Result<int> image_rm(Call& call);

}  // namespace es::cli
