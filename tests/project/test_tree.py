import ast
import re
from pathlib import Path

# Spelled in parts, so that this file does not name what it forbids.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("docker", "io"),
    )
]
MACHINE_PATHS = ["/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/"]
LONGEST_MODULE = 300
# Those that are read as one page all the same, and why. The list may only shrink.
LONGER = {
    "gateway/ledger/tables.py": "the whole schema, one table after the other",
    "gateway/ledger/migrations/versions/0001_the_whole_ledger.py": "the same, as it began, never to be edited",
    "gateway/documents/elements.py": "the one table of positions",
    "gateway/trail/verify_pack.py": "a program that stands alone in one file, carried by every pack",
}


def test_no_file_names_a_package_registry(texts: dict[str, str]) -> None:
    assert [(name, host) for name, text in texts.items() for host in REGISTRIES if host in text] == []


def test_no_file_names_a_path_of_somebodys_machine(texts: dict[str, str]) -> None:
    assert [(name, path) for name, text in texts.items() for path in MACHINE_PATHS if path in text] == []


def test_every_page_that_a_file_names_exists(texts: dict[str, str]) -> None:
    pages = {Path(name).name for name in texts}
    named = [(name, page) for name, text in texts.items() for page in re.findall(r"[\w.-]+\.md\b", text)]
    assert [(name, page) for name, page in named if page not in pages] == []


def test_no_lock_file_with_addresses_is_committed(texts: dict[str, str]) -> None:
    assert [name for name in texts if Path(name).name in {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"}] == []


def test_constraints_are_sorted_names_with_versions_and_nothing_else(root: Path) -> None:
    lines = [line for line in (root / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.]*", line)] == []
    assert lines == sorted(lines, key=str.upper)


def test_every_module_says_what_it_is_for(modules: list[Path]) -> None:
    assert [path for path in modules if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_no_module_has_grown_too_long_to_read_at_once(modules: list[Path], root: Path) -> None:
    lengths = {str(path.relative_to(root)): len(path.read_text("utf-8").splitlines()) for path in modules}
    long = {name: length for name, length in lengths.items() if length > LONGEST_MODULE}
    assert {name: length for name, length in long.items() if name not in LONGER} == {}
    assert [name for name in LONGER if name not in long] == [], "short again: take it off the list"


def test_every_exception_from_a_lint_rule_gives_its_reason_or_repeats_one(modules: list[Path]) -> None:
    """`# noqa: X - why`; the same rule again in the same module need not repeat it."""
    unexplained = []
    for path in modules:
        explained: set[str] = set()
        for line in path.read_text("utf-8").splitlines():
            for codes, reason in re.findall(r"# noqa: ([A-Z0-9, ]+?)(?: - (.+))?$", line):
                rules = set(codes.replace(" ", "").split(","))
                if reason:
                    explained |= rules
                elif not rules <= explained:
                    unexplained.append((path.name, line.strip()))
    assert unexplained == []
