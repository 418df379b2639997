"""The house keeps its own rules: what a machine can notice about documents, locks and words."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "openscrutiny"


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_the_architecture_names_every_module_and_no_other() -> None:
    rooms = ROOT.joinpath("ARCHITECTURE.md").read_text().split("## Rooms")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `([\w/]+\.py)`", rooms, re.MULTILINE))
    there = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    assert there - named == set(), "not in ARCHITECTURE.md"
    assert named - there == set(), "in ARCHITECTURE.md but not in the tree"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if path.stat().st_size and "migrations" not in path.parts
        if not path.read_text().lstrip().startswith('"""')
    ]
    assert silent == []


def test_every_dependency_carries_its_reason() -> None:
    lines = ROOT.joinpath("pyproject.toml").read_text().splitlines()
    project = tomllib.loads("\n".join(lines))["project"]
    wanted = [*project["dependencies"]]
    for group in project["optional-dependencies"].values():
        wanted += group
    for requirement in wanted:
        line = next(line for line in lines if f'"{requirement}"' in line)
        assert re.search(r"# \w.{10,}", line), f"{requirement} has no reason"


@pytest.mark.parametrize("name", ["requirements/run.txt", "requirements/test.txt"])
def test_every_locked_requirement_has_its_hash_and_no_address(name: str) -> None:
    text = ROOT.joinpath(name).read_text()
    pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
    blocks = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    assert len(pins) == len(blocks) > 10
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_the_locked_page_packages_have_integrity_and_no_download_address() -> None:
    text = ROOT.joinpath("package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') >= 3


def test_modules_are_called_by_what_they_hold() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [p for p in tracked() if p.suffix == ".py" and p.stem in vague] == []


def test_no_file_is_large_and_no_data_file_of_others_is_kept() -> None:
    assert [p.name for p in tracked() if p.stat().st_size > 500_000] == []
    kept = {".csv", ".parquet", ".xlsx", ".ods", ".geojson"}
    assert [str(p) for p in tracked() if p.suffix in kept] == []


def test_no_path_of_a_machine_stands_in_any_file() -> None:
    pattern = re.compile(r"(?<![\w.<])/(?:home|work|root|Users)/[\w.]+")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path != Path(__file__)
        for match in pattern.finditer(text_of(path))
    ]
    assert found == []


def test_the_two_commands_are_documented() -> None:
    readme = ROOT.joinpath("README.md").read_text()
    makefile = ROOT.joinpath("Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    for target in set(targets) - {"setup", "setup-test"}:
        assert f"make {target}" in readme, f"make {target} is not in README.md"
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme):
        assert ROOT.joinpath(picture).is_file(), f"README shows {picture}, which is not there"


def test_the_glossary_is_in_order_and_each_word_stands_once() -> None:
    rows = re.findall(r"^\| ([a-z][\w -]+) \|", ROOT.joinpath("GLOSSARY.md").read_text(), re.M)
    words = [word for word in rows if word != "word"]
    assert len(words) > 20
    assert words == sorted(set(words))


def test_every_block_of_the_stylesheet_is_closed_before_the_next_part_begins() -> None:
    """One that is not swallows every rule after it, on narrow screens and on paper."""
    open_blocks = 0
    for line in ROOT.joinpath("openscrutiny/base/static_source/app.css").read_text().splitlines():
        assert open_blocks == 0 or not line.startswith((".", "/*", "@media")), line
        open_blocks += line.count("{") - line.count("}")
    assert open_blocks == 0
