#!/usr/bin/env python3
"""The house rules that a machine can hold, over the tree it is given.

usage: rules.py [ROOT]      prints "path:line: what is wrong" for each breach, exit 1 if there is one

Direction (DESIGN section 2, docs/HACKING.md): core includes the standard library and itself only, and inside core
base <- model <- wire <- {everything else} <- node <- driver; platform includes core/{base,model,wire,ports}; services include
core and platform; nothing includes services. Unit tests of core, scenarios and the simulator see only core.
tests/check/rules_test.py proves that each rule can fail.
"""
import os
import re
import sys

# What each room of core may include besides itself. `state` is read by everything that decides.
CORE = {"base": set(), "model": {"base"}, "wire": {"base", "model"}}
for _room in ("raft", "gossip", "identity", "agent", "ports", "state"):
    CORE[_room] = {"base", "model", "wire"}
for _room in ("scheduler", "orchestrator", "allocator", "dispatcher"):
    CORE[_room] = {"base", "model", "wire", "state"}
CORE["agent"].add("ports")  # what the agent asks for is what the ports carry out: one vocabulary
CORE["node"] = set(CORE) | {"node"}
CORE["driver"] = set(CORE) | {"driver"}  # the node's body, above it

PLATFORM_SEES = {"base", "model", "wire", "ports"}
PURE_TESTS = ("scenario", "sim", "judge")
DOCTEST = "doctest/doctest.h"

# The standard library as far as it is pure: no clock, thread, lock, file, stream or entropy of the machine.
PURE_HEADERS = set("""algorithm any array bit bitset cctype cerrno cfloat charconv cinttypes climits cmath compare concepts
cstdarg cstddef cstdint cstdio cstdlib cstring deque exception forward_list functional initializer_list iterator limits
list map memory new numeric optional queue ranges ratio set source_location span stack stdexcept string string_view tuple
type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector version""".split())

# Words that may not stand in code (comments and strings aside), where, and what stands in their place.
BANNED = [
    (r"\b(std::)?random_device\b", ("core", "tests/scenario", "tests/sim"), "entropy is a seed handed in (core/base/prng.h)"),
    (r"\b(system|steady|high_resolution)_clock\b", ("core", "tests/scenario", "tests/sim"), "an event carries the time"),
    (r"\bstd::(thread|jthread|mutex|atomic\w*|async|condition_variable)\b", ("core",), "the core is one function on one thread"),
    (r"\b(throw|try|catch)\b(?!\w)", ("core",), "core returns Result or a value, it throws nothing"),
    (r"\b(rand|srand|time|clock_gettime|gettimeofday)\s*\(", ("core",), "time and entropy are inputs"),
    (r"\b(getaddrinfo|uv_getaddrinfo|gethostbyname|getpwnam|getpwuid|getgrnam|getgrgid)(_r)?\s*\(", ("core", "platform", "services"),
     "glibc's name service dies in a static binary (toolchains/third_party/no_nss.c)"),
    (r"<(sstream|fstream|iostream|istream|ostream|iomanip|filesystem|regex|locale)>", ("core", "platform", "services"),
     "streams cost the product 1 MB (docs/decisions/0003-no-streams.md)"),
]

FILE_LINES_MAX = 800
FILE_LINES_NOTED = 400
FUNCTION_LINES_MAX = 70
COLUMNS_NOTED = 100
SOURCE_FOLDERS = ("core", "platform", "services", "tests")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def source_files(root):
    for top in SOURCE_FOLDERS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def core_room_of_test(parts):
    """The room of core that tests/unit/<room> tests, or None."""
    return parts[2] if parts[:2] == ["tests", "unit"] and len(parts) > 3 and parts[2] in CORE else None


def breach_of_core(path, room, target):
    """Why a file of core may not include the file `target` of core, or None."""
    other = target.split("/")[1]
    if room not in CORE:
        return f"core/{room} is no room of core that DESIGN section 2 knows; give it its place in tests/check/rules.py"
    if other != room and other not in CORE[room]:
        return f"core/{room} may not include core/{other}"
    return None


def breach_of_include(path, kind, target, exists):
    """Why `path` may not include `target`, or None. kind is '<' or '"'."""
    parts = path.split("/")
    ours = target.split("/")[0] in SOURCE_FOLDERS
    if kind == "<" and not ours:
        if parts[0] == "core" and target not in PURE_HEADERS:
            return f"core includes the pure part of the standard library only, not <{target}>"
        return None
    if kind == "<":
        return f'our own files are included as "{target}"'
    if not ours:
        if parts[0] == "tests" and target == DOCTEST:
            return None
        if parts[0] == "core":
            return f'core includes nothing foreign, not "{target}"'
        return None if exists is None else f'"{target}": includes start at the root of the repository'
    if exists is False:
        return f'"{target}" does not exist'
    return breach_of_direction(path, parts, target)


def breach_of_direction(path, parts, target):
    top = target.split("/")[0]
    if parts[0] == "core":
        return breach_of_core(path, parts[1], target) if top == "core" else f"core may not include {top}"
    if parts[0] == "platform":
        if top == "core" and target.split("/")[1] not in PLATFORM_SEES:
            return f"platform may not include core/{target.split('/')[1]}, only base, model, wire and ports"
        return None if top in ("core", "platform") else f"platform may not include {top}"
    if parts[0] == "services":
        return f"services may not include {top}" if top == "tests" else None
    # tests
    pure = parts[1] in PURE_TESTS or core_room_of_test(parts)
    if pure and top in ("platform", "services"):
        return f"{'/'.join(parts[:-1])} links only core and may not include {top}"
    return None


def without_comments_and_strings(text):
    """The text with comments and literals blanked out, line breaks kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, text, flags=re.S)


NOT_A_FUNCTION = re.compile(r"^\s*(if|for|while|switch|do|else|namespace|class|struct|enum|union|extern)\b")


def long_functions(code):
    """(line, length) of each function longer than the limit. A lambda is a part of the function around it."""
    stack, head_start, found = [], 0, []
    for match in re.finditer(r"[{};]|^[ \t]*#(?:\\\n|[^\n])*", code, flags=re.M):
        token, position = match.group(0), match.start()
        if token == "{":
            head = code[head_start:position]
            inside = any(is_function for _, is_function in stack)
            is_function = not inside and ")" in head and not NOT_A_FUNCTION.match(head) and "=" not in head.split("(")[0]
            stack.append((position, is_function))
        elif token == "}" and stack:
            start, is_function = stack.pop()
            length = code.count("\n", start, position) + 1
            if is_function and length > FUNCTION_LINES_MAX:
                found.append((code.count("\n", 0, start) + 1, length))
        head_start = match.end()
    return found


def breaches_of_file(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        text = file.read()
    lines = text.split("\n")
    code = without_comments_and_strings(text)
    if len(lines) - 1 > FILE_LINES_MAX:
        yield len(lines) - 1, f"a file has at most {FILE_LINES_MAX} lines, this one {len(lines) - 1}"
    if path.endswith(".h") and "#pragma once" not in text:
        yield 1, "a header starts with #pragma once"
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include:
            target = include.group(2)
            exists = os.path.isfile(os.path.join(root, target))
            if not exists and target.split("/")[0] not in SOURCE_FOLDERS:
                # Foreign, unless it is a neighbour that is named without its folder.
                exists = False if os.path.isfile(os.path.join(root, os.path.dirname(path), target)) else None
            why = breach_of_include(path, include.group(1), target, exists)
            if why:
                yield number, why
        if UNFINISHED.search(line):
            yield number, "unfinished work is an issue, not a comment"
    for pattern, folders, instead in BANNED:
        if not any(path.startswith(folder + "/") for folder in folders):
            continue
        for match in re.finditer(pattern, code):
            yield code.count("\n", 0, match.start()) + 1, f"'{match.group(0).strip()}' is banned here: {instead}"
    if not path.startswith("tests/"):
        for number, length in long_functions(code):
            yield number, f"a function has at most {FUNCTION_LINES_MAX} lines, this one {length}"


def build_files(root):
    for top in SOURCE_FOLDERS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            if "CMakeLists.txt" in names:
                yield os.path.relpath(os.path.join(folder, "CMakeLists.txt"), root)


def linked_libraries(text):
    """(line, library) of what es_module, es_unit_test, es_program and target_link_libraries link; DEPS as es_<name>."""
    text = re.sub(r"#[^\n]*", "", text)
    for call in re.finditer(r"\b(es_module|es_unit_test|es_program|target_link_libraries)\s*\(([^)]*)\)", text):
        function, words = call.group(1), list(re.finditer(r"\S+", call.group(2)))
        named = 2 if function == "es_program" else 1  # es_program(NAME FOLDER LIBS...)
        kind = None if function in ("es_module", "es_unit_test") else "LIBS"
        for word in words[named:]:
            name = word.group(0)
            if name in ("DEPS", "LIBS", "EXCEPT"):
                kind = name
            elif name not in ("PUBLIC", "PRIVATE", "INTERFACE") and kind in ("DEPS", "LIBS"):
                line = text.count("\n", 0, call.start(2) + word.start()) + 1
                yield line, "es_" + name if kind == "DEPS" else name


def libraries_of_tests(root):
    """Names of the libraries that tests/ itself defines, for what several tests share. They are held to core too."""
    names = set()
    for path in build_files(root):
        if path.startswith("tests/"):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
            names |= set(re.findall(r"\badd_library\(\s*(es_\w+)", text))
            names |= {"es_" + name for name in re.findall(r"\bes_module\(\s*(\w+)", text)}
    return names


def breaches_of_build_file(root, path, test_libraries):
    """What a target may be linked with follows the same direction as what a file may include."""
    parts = path.split("/")
    room = parts[1] if parts[0] == "core" and len(parts) == 3 else None
    pure = parts[0] == "tests" and (parts[1] in PURE_TESTS or core_room_of_test(parts))
    if not (room in CORE or pure):
        return
    with open(os.path.join(root, path), encoding="utf-8") as file:
        text = file.read()
    for line, library in linked_libraries(text):
        other = library[len("es_"):] if library.startswith("es_") else None
        if other not in CORE and not (pure and library in test_libraries):
            yield line, f"{'/'.join(parts[:-1])} links only core, not {library}"
        elif room and other != room and other not in CORE[room]:
            yield line, f"core/{room} may not link core/{other}"


def breaches(root):
    """[(path, line, what is wrong)] of the whole tree."""
    found = [(path, line, why) for path in source_files(root) for line, why in breaches_of_file(root, path)]
    test_libraries = libraries_of_tests(root)
    for path in build_files(root):
        found += [(path, line, why) for line, why in breaches_of_build_file(root, path, test_libraries)]
    return found


def notes(root):
    """What asks for a reason but is no breach, in one line each."""
    wide, wide_files = 0, 0
    for path in source_files(root):
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        count = sum(len(line) > COLUMNS_NOTED for line in lines)
        wide, wide_files = wide + count, wide_files + (count > 0)
        if len(lines) > FILE_LINES_NOTED:
            yield f"note: {path} has {len(lines)} lines; one concept a file"
    if wide:
        yield f"note: {wide} lines in {wide_files} files are wider than {COLUMNS_NOTED} columns; ./dev format wraps them"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    found = breaches(root)
    for path, line, why in found:
        print(f"{path}:{line}: {why}")
    for note in notes(root):
        print(note)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
