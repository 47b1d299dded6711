#!/usr/bin/env python3
"""Proves that each rule of rules.py can fail: every case is a made-up tree with one breach, which must be reported
where it stands, and one tree that keeps the rules, which must pass. Ends with 'N passed, N failed'."""
import os
import sys
import tempfile

import rules

HEADER = "#pragma once\n"

# A tree that keeps every rule; each case below adds its files to it.
CLEAN = {
    "core/base/id.h": HEADER + "#include <cstdint>\n",
    "core/model/node.h": HEADER + '#include "core/base/id.h"\n',
    "core/wire/codec.h": HEADER + '#include "core/model/node.h"\n#include <string>\n',
    "core/state/tables.h": HEADER + '#include "core/model/node.h"\n',
    "core/raft/raft.h": HEADER + '#include "core/wire/codec.h"\n',
    "core/gossip/gossip.h": HEADER + '#include "core/wire/codec.h"\n',
    "core/ports/store.h": HEADER + '#include "core/base/id.h"\n',
    "core/agent/agent.h": HEADER + '#include "core/ports/store.h"\n',
    "core/scheduler/plan.cpp": '#include "core/state/tables.h"\n// a comment may say throw, random_device and time()\n',
    "core/node/node.h": HEADER + '#include "core/raft/raft.h"\n#include "core/gossip/gossip.h"\n',
    "platform/linux/store.cpp": '#include <sqlite3.h>\n#include <unistd.h>\n#include "core/ports/store.h"\n',
    "services/daemon/main.cpp": '#include <uv.h>\n#include "core/node/node.h"\n#include "services/json/json.h"\n',
    "services/json/json.h": HEADER,
    "tests/unit/raft/raft_test.cpp": '#include "doctest/doctest.h"\n#include "core/raft/raft.h"\n',
    "tests/unit/json/json_test.cpp": '#include "doctest/doctest.h"\n#include "services/json/json.h"\n',
    "tests/scenario/main.cpp": '#include "core/node/node.h"\n',
    "core/raft/CMakeLists.txt": "es_module(raft DEPS base model wire)\n",
    "services/json/CMakeLists.txt": "es_module(json DEPS base LIBS tp_json)\n",
    "tests/unit/raft/CMakeLists.txt": "es_unit_test(raft LIBS es_raft)\n",
    "tests/scenario/CMakeLists.txt": "add_library(es_disk a.cpp)\ntarget_link_libraries(es_disk PUBLIC es_raft)\n"
                                     "es_program(scenario tests es_disk)\n",
    "tests/sim/CMakeLists.txt": "# the whole core\nes_program(simulate tests es_node)\n",
}

# (what is broken, file, its text, line of the breach, words of the message)
CASES = [
    ("core includes platform", "core/raft/x.cpp", '#include "platform/linux/store.h"\n', 1, "does not exist"),
    ("core includes services", "core/raft/x.cpp", '#include "services/json/json.h"\n', 1, "core may not include services"),
    ("base includes model", "core/base/x.cpp", '#include "core/model/node.h"\n', 1, "core/base may not include core/model"),
    ("model includes wire", "core/model/x.cpp", '#include "core/wire/codec.h"\n', 1, "core/model may not include core/wire"),
    ("wire includes raft", "core/wire/x.cpp", '#include "core/raft/raft.h"\n', 1, "core/wire may not include core/raft"),
    ("raft includes gossip", "core/raft/x.cpp", '#include "core/gossip/gossip.h"\n', 1, "core/raft may not include core/gossip"),
    ("raft includes state", "core/raft/x.cpp", '#include "core/state/tables.h"\n', 1, "core/raft may not include core/state"),
    ("gossip includes ports", "core/gossip/x.cpp", '#include "core/ports/store.h"\n', 1, "may not include core/ports"),
    ("scheduler includes raft", "core/scheduler/x.cpp", '#include "core/raft/raft.h"\n', 1, "may not include core/raft"),
    ("state includes node", "core/state/x.cpp", '#include "core/node/node.h"\n', 1, "core/state may not include core/node"),
    ("a new room of core", "core/helpers/x.cpp", '#include "core/base/id.h"\n', 1, "no room of core"),
    ("core includes a system header", "core/raft/x.cpp", "#include <sys/types.h>\n", 1, "not <sys/types.h>"),
    ("core includes unistd", "core/raft/x.cpp", "#include <unistd.h>\n", 1, "not <unistd.h>"),
    ("core includes a clock", "core/raft/x.cpp", "#include <chrono>\n", 1, "not <chrono>"),
    ("core includes time.h", "core/raft/x.cpp", "#include <time.h>\n", 1, "not <time.h>"),
    ("core includes threads", "core/raft/x.cpp", "#include <thread>\n", 1, "not <thread>"),
    ("core includes locks", "core/raft/x.cpp", "\n#include <mutex>\n", 2, "not <mutex>"),
    ("core includes entropy", "core/raft/x.cpp", "#include <random>\n", 1, "not <random>"),
    ("core includes a library", "core/raft/x.cpp", "#include <uv.h>\n", 1, "not <uv.h>"),
    ("core uses entropy", "core/raft/x.cpp", "std::random_device device;\n", 1, "entropy is a seed"),
    ("core uses a clock", "core/raft/x.cpp", "auto t = std::chrono::steady_clock::now();\n", 1, "carries the time"),
    ("core uses a lock", "core/raft/x.cpp", "std::mutex lock;\n", 1, "one thread"),
    ("core throws", "core/raft/x.cpp", "int f() {\n  throw 1;\n}\n", 2, "throws nothing"),
    ("core asks the time", "core/raft/x.cpp", "long t = time(nullptr);\n", 1, "are inputs"),
    ("platform includes raft", "platform/linux/x.cpp", '#include "core/raft/raft.h"\n', 1, "platform may not include core/raft"),
    ("platform includes node", "platform/linux/x.cpp", '#include "core/node/node.h"\n', 1, "platform may not include core/node"),
    ("platform includes services", "platform/linux/x.cpp", '#include "services/json/json.h"\n', 1, "platform may not include services"),
    ("services include tests", "services/api/x.cpp", '#include "tests/scenario/main.cpp"\n', 1, "services may not include tests"),
    ("core's unit test includes services", "tests/unit/raft/x.cpp", '#include "services/json/json.h"\n', 1, "links only core"),
    ("the scenarios include platform", "tests/scenario/x.cpp", '#include "platform/linux/store.cpp"\n', 1, "links only core"),
    ("the simulator includes services", "tests/sim/x.cpp", '#include "services/json/json.h"\n', 1, "links only core"),
    ("the simulator uses a clock", "tests/sim/x.cpp", "std::chrono::system_clock::now();\n", 1, "carries the time"),
    ("an include without its folder", "services/json/x.cpp", '#include "json.h"\n', 1, "start at the root"),
    ("our file in angle brackets", "services/json/x.cpp", "#include <core/base/id.h>\n", 1, "included as"),
    ("a file that does not exist", "core/raft/x.cpp", '#include "core/raft/gone.h"\n', 1, "does not exist"),
    ("getaddrinfo", "platform/linux/x.cpp", "int f() { return getaddrinfo(a, b, c, d); }\n", 1, "name service"),
    ("streams", "services/api/x.cpp", "#include <sstream>\n", 1, "cost the product 1 MB"),
    ("a header without pragma once", "core/raft/x.h", "int f();\n", 1, "#pragma once"),
    ("a file too long", "services/api/x.cpp", "int a;\n" * 801, 801, "at most 800 lines"),
    ("a function too long", "services/api/x.cpp", "int f(int a) {\n" + "  ++a;\n" * 69 + "  return a;\n}\n", 1, "at most 70 lines"),
    ("a method too long", "services/api/x.cpp", "struct S {\n  int f() const {\n" + "    g();\n" * 70 + "  }\n};\n", 2, "at most 70 lines"),
    ("a lambda makes its function long", "services/api/x.cpp",
     "void f() {\n  run([&] {\n" + "    g();\n" * 70 + "  });\n}\n", 1, "at most 70 lines"),
    ("core links a library", "core/raft/CMakeLists.txt", "es_module(raft\n  LIBS tp_uv)\n", 2, "links only core, not tp_uv"),
    ("core links platform", "core/node/CMakeLists.txt", "es_module(node DEPS raft linux)\n", 1, "not es_linux"),
    ("raft links gossip", "core/raft/CMakeLists.txt", "es_module(raft DEPS gossip)\n", 1, "may not link core/gossip"),
    ("core's unit test links services", "tests/unit/raft/CMakeLists.txt", "es_unit_test(raft LIBS es_raft es_json)\n", 1,
     "links only core, not es_json"),
    ("the simulator links platform", "tests/sim/CMakeLists.txt", "es_program(simulate tests es_node es_linux)\n", 1,
     "links only core, not es_linux"),
    ("a library shared by tests links platform", "tests/sim/CMakeLists.txt",
     "add_library(es_help a.cpp)\ntarget_link_libraries(es_help\n  PUBLIC es_raft es_linux)\n", 3, "links only core, not es_linux"),
    ("unfinished work", "services/api/x.cpp", "// TO" "DO: later\n", 1, "is an issue"),
]

# Trees that look like a breach and are none.
INNOCENT = [
    ("a long table is no function", "services/api/x.cpp", "const int table[] = {\n" + "  1,\n" * 100 + "};\n"),
    ("a long namespace is no function", "services/api/x.cpp", "namespace es {\n" + "int a();\n" * 100 + "}\n"),
    ("a function of 70 lines", "services/api/x.cpp", "int f(int a) {\n" + "  ++a;\n" * 67 + "  return a;\n}\n"),
    ("two functions of 40 lines", "services/api/x.cpp", ("int f(int a) {\n" + "  ++a;\n" * 38 + "}\n") * 2),
    ("a brace in a string", "services/api/x.cpp", 'void f() { puts("{"); }\n' + "int a;\n" * 100),
    ("services may use threads", "services/api/x.cpp", "#include <thread>\nstd::thread worker;\n"),
    ("a word that contains a banned one", "core/raft/x.cpp", "int retry_time(int catch_up); int runtime(int);\n"),
]


def found_in(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return rules.breaches(root)


def failures():
    """[(name of the case, why it fails)]."""
    if found := found_in(CLEAN):
        yield "the clean tree", f"reported {found}"
    for name, path, text, line, words in CASES:
        found = found_in({**CLEAN, path: text})
        if not any(p == path and n == line and words in why for p, n, why in found):
            yield name, f"expected {path}:{line} '{words}', reported {found}"
    for name, path, text in INNOCENT:
        if found := found_in({**CLEAN, path: text}):
            yield name, f"reported {found}"


def main():
    failed = list(failures())
    for name, why in failed:
        print(f"FAILED {name}: {why}")
    print(f"{1 + len(CASES) + len(INNOCENT) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
