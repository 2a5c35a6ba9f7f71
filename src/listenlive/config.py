"""Settings: each with its unit, range and reason. defaults < file (--config) < flags."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from listenlive.errors import ConfigError

KEEP_AUDIO = ("report", "30d", "always")
"""How long the sound of a live session may be kept."""

_CODES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu "
    "ha haw he hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml "
    "mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw "
    "ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh"
)
LANGUAGES = ("auto", *_CODES.split())
"""Languages that Whisper knows, held here so that a mistyped one is found at once."""


def _within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} = {value} is out of range; allowed: {low} to {high}{unit}.")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} = {value!r} is not known; allowed: {', '.join(allowed)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """When speech starts and stops. Durations in seconds."""

    detector: str = "gated"  # WebRTC as a cheap gate before Silero; "silero" or "webrtc" alone
    onset: float = 0.5  # probability that starts speech; Silero's own default
    offset: float = 0.35  # below it silence is counted; lower keeps word ends
    voice_gap: float = 0.2  # silence that ends a voice (Heldner & Edlund 2010)
    shortest: float = 0.09  # anything shorter is a click, not a syllable
    region_gap: float = 0.5  # silence that ends a region, which is what is transcribed
    padding: float = 0.2  # audio kept around a region: clipped words are misheard
    longest: float = 19.0  # a region is split when it gets longer: it must fit into a piece

    def __post_init__(self) -> None:
        _one_of("segmentation.detector", self.detector, ("gated", "silero", "webrtc"))
        _within("segmentation.onset", self.onset, 0.01, 0.99)
        _within("segmentation.offset", self.offset, 0.01, self.onset)
        _within("segmentation.voice_gap", self.voice_gap, 0.05, 1.0, " s")
        _within("segmentation.shortest", self.shortest, 0.0, 1.0, " s")
        _within("segmentation.region_gap", self.region_gap, self.voice_gap, 5.0, " s")
        # regions must not share audio
        _within("segmentation.padding", self.padding, 0.0, self.region_gap / 2, " s")
        _within("segmentation.longest", self.longest, 1.0, 29.0, " s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speakers:
    """Who is told apart, and how."""

    channels: str = "auto"  # "split": one person per channel; "mix": one microphone for all
    count: int = 2  # people on one microphone; 0: find out (1 to 4)
    me: str = ""  # left, right, 1, 2 or a name; "": left with split channels, else unknown

    def __post_init__(self) -> None:
        _one_of("speakers.channels", self.channels, ("auto", "split", "mix"))
        _within("speakers.count", self.count, 0, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcription:
    """Speech to text."""

    model: str = "base"  # a name or a folder
    language: str = "auto"  # a code of LANGUAGES; "auto": detected once on enough speech
    beam_size: int = 5  # width of the search: 3 had more wrong words in calls, 1 had many more
    threads: int = 0  # CPU threads; 0: as many as there are cores, at most 4; live 1
    words: bool = True  # False: timing only, no transcription

    def __post_init__(self) -> None:
        _one_of("transcription.language", self.language, LANGUAGES)
        _within("transcription.beam_size", self.beam_size, 1, 10)
        _within("transcription.threads", self.threads, 0, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """Thresholds of the figures, in seconds unless said; sources in docs/MEASURES.md."""

    turn_gap: float = 2.0  # silence that ends a turn nobody took over
    backchannel_max: float = 0.85  # longest listener signal told by timing alone
    backchannel_words_max: float = 1.2  # the same when its words are listed listener signals
    terminal_max: float = 0.5  # overlap at the end of a turn that is ordinary turn-taking
    dual_start_max: float = 0.2  # both begin within this time
    yield_max: float = 2.0  # the holder stops within this time after being cut into
    lapse: float = 5.0  # silence that is no reply any more
    immediate: float = 0.25  # a gap shorter than this is an immediate reply
    long_turn: float = 90.0  # a turn worth a look outside exercises
    window: float = 30.0  # width of the windows of balance over time
    rate_minimum: float = 300.0  # conversation length under which no per-person rate is given
    exposure_minimum: float = 120.0  # the other's speech under which no rate is given
    tone_minimum: float = 60.0  # speech needed before a person's tone is described

    def __post_init__(self) -> None:
        for each in fields(self):
            _within(f"measuring.{each.name}", getattr(self, each.name), 0.0, 3600.0, " s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Live sessions."""

    keep_audio: str = "30d"  # "report": until the report is made; "30d": 30 days; "always"
    silence_minutes: float = 10.0  # minutes without a word that end the session; 0: never

    def __post_init__(self) -> None:
        _one_of("live.keep_audio", self.keep_audio, KEEP_AUDIO)
        _within("live.silence_minutes", self.silence_minutes, 0.0, 600.0, " minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a run."""

    segmentation: Segmentation = field(default_factory=Segmentation)
    speakers: Speakers = field(default_factory=Speakers)
    transcription: Transcription = field(default_factory=Transcription)
    measuring: Measuring = field(default_factory=Measuring)
    live: Live = field(default_factory=Live)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Sections and values, as in a settings file."""
        return asdict(self)


def from_mapping(
    values: Mapping[str, Any], *, base: Settings | None = None, where: str
) -> Settings:
    """`base` (default: the defaults) with `values` over it. ConfigError names what does not fit.

    `where` says in errors where the values come from ("talk.toml", "the command line").
    """
    settings = base or Settings()
    for section, entries in values.items():
        current = _known(settings, section, where=where, what="section")
        if not isinstance(entries, Mapping):
            raise ConfigError(f"{where}: {section} must be a section with settings in it.")
        for name, value in entries.items():
            old = _known(current, name, where=f"{where} [{section}]", what="setting")
            current = _with(current, name, _typed(f"{where}: {section}.{name}", value, old))
        settings = _with(settings, section, current)
    return settings


def load(path: Path, *, base: Settings | None = None) -> Settings:
    """Settings from a TOML file over `base`."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"no settings file {path}. Check the name given to --config.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read the settings in {path}: {error}.") from error
    return from_mapping(values, base=base, where=str(path))


def _known(owner: Any, name: str, *, where: str, what: str) -> Any:
    names = [each.name for each in fields(owner)]
    if name in names:
        return getattr(owner, name)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}."
    raise ConfigError(f"{where}: unknown {what} {name!r}; {hint}")


def _typed(name: str, value: Any, old: Any) -> Any:
    wanted = type(old)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if (
        is_dataclass(old)
        or not isinstance(value, wanted)
        or isinstance(value, bool) != (wanted is bool)
    ):
        raise ConfigError(f"{name} = {value!r} must be of type {wanted.__name__}, like {old!r}.")
    return value


def _with(owner: Any, name: str, value: Any) -> Any:
    return replace(owner, **{name: value})
