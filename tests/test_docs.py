from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from clinic.settings.environment import PROJECT

IGNORED = {".venv", ".git", "node_modules", "var", ".rasa", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
DOCUMENTS = [
    path for path in sorted(PROJECT.rglob("*.md")) if not IGNORED & set(path.relative_to(PROJECT).parts)
]
NAMES = [str(path.relative_to(PROJECT)) for path in DOCUMENTS]
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`|```\w*\n(.*?)```", re.DOTALL)
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:ya?ml|py|md|toml|lock|json|js)")


def targets() -> set[str]:
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE))


def code_of(path: Path) -> list[str]:
    """Return what a document writes as code, in line or in blocks."""
    text = path.read_text(encoding="utf-8")
    return [one or block for one, block in re.findall(r"`([^`\n]+)`|```\w*\n(.*?)```", text, re.DOTALL)]


def variables_read() -> set[str]:
    """Return the environment variables that clinic/settings/environment reads."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in (PROJECT / "clinic" / "settings" / "environment").glob("*.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Z_]+", text)} - {"UTC", "PROJECT", "VARIABLES"}


def variables_documented() -> set[str]:
    text = (PROJECT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^#?([A-Z][A-Z_]*)=", text, re.MULTILINE))


def known_variables() -> set[str]:
    """Return every variable that some file of the project reads or sets."""
    files = [PROJECT / "Makefile", *PROJECT.glob("clinic/**/*.py"), *PROJECT.glob("stand-ins/*.py")]
    files += [*PROJECT.glob("tests/**/*.py"), *PROJECT.glob("deploy/**/*"), PROJECT / "Procfile"]
    return {
        name
        for path in files
        if path.is_file()
        for name in re.findall(r"\b[A-Z][A-Z_]{2,}\b", path.read_text(encoding="utf-8", errors="ignore"))
    }


def test_there_is_a_readme():
    assert "README.md" in NAMES


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_make_target_that_a_document_names_exists(document):
    named = {name for code in code_of(document) for name in re.findall(r"\bmake ([a-z][a-z-]*)", code)}
    assert named - targets() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_path_that_a_document_links_to_exists(document):
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    missing = []
    for link in (first or second for first, second in LINK.findall(text)):
        if re.match(r"[a-z]+:|#", link):
            continue
        path = unquote(link.partition("#")[0])
        base = PROJECT if path.startswith("/") else document.parent
        if not (base / path.lstrip("/")).exists():
            missing.append(link)
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_path_that_a_document_writes_as_code_exists(document):
    """Paths under the project's own folders; var/ and models/ are made by running."""
    folders = {path.name for path in PROJECT.iterdir() if path.is_dir()} - IGNORED - {"models", "var"}
    missing = []
    for code in code_of(document):
        if "\n" in code or not PATH.fullmatch(code.rstrip("/") + ("/" if code.endswith("/") else "")):
            continue
        inside = code.split("/")[0] in folders
        if inside and not (PROJECT / code).exists() and not (document.parent / code).exists():
            missing.append(code)
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_every_variable_that_a_document_sets_is_one_that_something_reads(document):
    set_here = {
        name for code in code_of(document) for name in re.findall(r"(?:^|\s)([A-Z][A-Z_]{2,})=", code)
    }
    assert set_here - known_variables() == set()


def test_env_example_names_exactly_the_variables_that_are_read():
    assert variables_documented() == variables_read()
    assert len(variables_read()) >= 7


def test_make_help_lists_every_target_that_people_call():
    done = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"make ([a-z-]+)", done.stdout))
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    described = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    assert listed == described
    assert {"run", "test", "train", "check"} <= listed


def test_the_tests_that_the_patches_name_exist():
    """Each file of clinic/rasa_patches names the tests of its patches."""
    files = [path for path in (PROJECT / "clinic" / "rasa_patches").glob("*.py") if path.stem != "__init__"]
    sources = [path.read_text(encoding="utf-8") for path in files]
    named = [found for source in sources for found in re.findall(r"(tests/[\w/]+\.py)::(\w+)", source)]
    assert all("::test_" in source for source in sources)
    for path, name in named:
        assert (PROJECT / path).is_file(), path
        assert f"def {name}(" in (PROJECT / path).read_text(encoding="utf-8")


def test_every_component_of_the_pipeline_is_a_file_of_its_own():
    config = (PROJECT / "config.yml").read_text(encoding="utf-8")
    for module, name in re.findall(r"name: (clinic\.nlu\.\w+)\.(\w+)", config):
        path = PROJECT / (module.replace(".", "/") + ".py")
        assert f"class {name}(" in path.read_text(encoding="utf-8")
