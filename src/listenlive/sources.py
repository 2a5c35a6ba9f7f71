"""Recordings as streams of chunks: whatever PyAV decodes, at 16 kHz, in constant memory."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples, levels, mixed
from listenlive.errors import AudioFileError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer

CHUNK = SAMPLE_RATE // 2
"""Samples per chunk (0.5 s): short enough for progress, long enough for little overhead."""

CONTAINERS = (
    "3g2,3gp,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,gsm,loas,m4a,"
    "matroska,mov,mp3,mp4,mpc,mpc8,mpeg,mpegts,nistsphere,nut,ogg,oma,rm,shn,tak,tta,voc,w64,wav,"
    "webm,wv"
)
"""File formats that carry their sound in themselves.

Playlists, session descriptions and concatenations are left out: they make the decoder open other
files and network addresses, which a recording never should.
"""

SHORTEST_GAP = 0.1
"""Seconds by which a time stamp must be late to mean lost sound; priming and rounding are less."""

LONGEST_GAP = 3600.0
"""Seconds; a longer gap is a broken time stamp, and is not filled."""

ESTIMATING = frozenset({"aac", "ac3", "dts", "eac3", "loas", "mp3", "mpeg", "mpegts"})
"""Formats whose length is often only guessed, from the size of the file."""

MISSING = 1.0
"""A recording ends early if at least this many seconds of its length are missing ..."""

MISSING_SHARE, MISSING_SHARE_ESTIMATED = 0.002, 0.05
"""... and this share: clocks and tables are off by a little, guesses by some hundredths."""

CLIPPED_SHARE = 1e-4
"""Share of samples that may be beyond full scale without turning the recording down: clicks."""

NOTHING_DB = -70.0
"""Level in dBFS of the loudest channel under which half a second is no part of a talk."""

FIRST_YEAR = 1990
"""A recording that says it is older was made by a clock that was never set (1904, 1970, 1980)."""

WHAT_IS_READ = "Recordings are read as wav, flac, mp3, m4a, ogg, opus, webm, mp4, mov and others"

Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class _Findings:
    """What was wrong with a recording while it was read."""

    damaged: int = 0  # packets
    not_finite: int = 0  # samples
    filled: float = 0.0  # seconds
    changed: bool = False  # the number of channels


class AudioFile:
    """A recording on disk. Each iteration reads it anew, the same every time.

    Chunks have 0.5 s (the last one less), all channels of the file's first good audio stream, and
    offsets from its first sound on. Damage is skipped and told in `warnings`; where time stamps
    show that sound is missing, silence keeps the clock right. Recordings of floating-point samples
    beyond full scale are turned down as a whole, so that levels stay comparable.

    Raises AudioFileError if `path` is not a readable recording with sound.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = _readable(Path(path))
        self._gain: float | None = None
        self._warnings: tuple[str, ...] = ()
        with _opened(self._path) as (container, stream):
            first = next(_frames(container, stream, _Findings()), None)
            if first is None:
                raise AudioFileError(
                    f"{self._path} has a sound track without sound: nothing in it could be "
                    f"decoded ({stream.codec_context.name}). Export it again, as wav for example."
                )
            self._channels, self._rate = len(first.layout.channels), first.sample_rate
            self._duration = _duration(container, stream, self._path)
            self._recorded = _recorded((container.metadata, stream.metadata))
            guessed = container.format.name in ESTIMATING
            self._inexact = MISSING_SHARE_ESTIMATED if guessed else MISSING_SHARE
            self._turned_down = stream.codec_context.name.startswith("pcm_f")

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return self._path.name

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return self._channels

    @property
    def rate(self) -> int:
        """Samples per second in the file; chunks always have 16 000."""
        return self._rate

    @property
    def duration(self) -> float | None:
        """Seconds by the file's own account, None if it has none. For progress: an estimate."""
        return self._duration

    @property
    def recorded(self) -> datetime | None:
        """When it was recorded, as the file itself says; None where it does not.

        The time of the file on the disk says nothing: copies have that of the copying.
        """
        return self._recorded

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with it when it was last read to its end, as sentences."""
        return self._warnings

    def __iter__(self) -> Generator[AudioChunk, None, None]:
        if self._gain is None:
            self._gain = self._safe_gain() if self._turned_down else 1.0
        findings, offset = _Findings(), 0
        with _opened(self._path) as (container, stream):
            pieces = _pieces(_frames(container, stream, findings), self._duration, findings)
            clean = (
                (_clean(samples, self._channels, self._gain, findings), rate)
                for samples, rate in pieces
            )
            for samples in _cut(_resampled(clean, self._channels)):
                yield AudioChunk(np.clip(samples, -1, 1), offset)
                offset += len(samples)
        if offset == 0:
            raise AudioFileError(f"{self._path} has no sound: 0 seconds could be decoded.")
        self._warnings = (
            *_told_end(offset / SAMPLE_RATE, self._duration, self._inexact),
            *_told(findings, self._gain),
        )

    def _safe_gain(self) -> float:
        """The power of two that brings all but single clicks within full scale.

        Reads the whole recording; only floating-point files can hold more than full scale.
        """
        counts = np.zeros(256, dtype=np.int64)  # by binary exponent; float32 ends at 2^128
        with _opened(self._path) as (container, stream):
            for frame in _frames(container, stream, _Findings()):
                samples = _samples(frame)
                exponents = np.frexp(samples[np.isfinite(samples)])[1]
                counts += np.bincount(np.clip(exponents, 0, 255), minlength=256)
        # Beyond 2^k lies what has a binary exponent over k; full scale itself has exponent 1.
        beyond = np.cumsum(counts[::-1])[::-1]
        loud = beyond > CLIPPED_SHARE * max(int(counts.sum()), 1)
        return float(2.0 ** -max(int(np.count_nonzero(loud)) - 1, 0))


def probe(source: AudioFile, *, seconds: float) -> Samples:
    """The first `seconds` of `source` (or all of it), shape (n, channels); the rest is not read.

    Silence that it begins with does not count: a recorder was on long before anybody spoke. From
    the beginning only: seeking is exact in few formats, and a wrong place costs more than a late
    one.
    """
    wanted, count = round(seconds * SAMPLE_RATE), 0
    parts: list[Samples] = []
    with closing(iter(source)) as chunks:
        for chunk in chunks:
            if not count and max(levels(chunk.samples)) < NOTHING_DB:
                parts = [chunk.samples]  # in case that nothing else comes
                continue
            parts.append(chunk.samples)
            count += len(chunk.samples)
            if count >= wanted:
                break
    return np.concatenate(parts)[:wanted]


def _readable(path: Path) -> Path:
    if not path.exists():
        raise AudioFileError(f"there is no file {path}. Check the name and the folder.")
    if path.is_dir():
        raise AudioFileError(f"{path} is a folder, not a recording. Name the files in it.")
    if not path.is_file():
        raise AudioFileError(f"{path} is a device or a pipe. Save the recording to a file first.")
    if path.stat().st_size == 0:
        raise AudioFileError(
            f"{path} is empty (0 bytes). Copy or record it again: nothing was saved in it."
        )
    return path


@contextmanager
def _opened(path: Path) -> Iterator[tuple["InputContainer", "AudioStream"]]:
    """The container and its best audio stream. AudioFileError if there is none."""
    import av

    with ExitStack() as stack:
        try:
            # As a file object, so that no name is ever taken for a protocol or a pattern.
            file = stack.enter_context(path.open("rb"))
            container = stack.enter_context(
                av.open(
                    file, "r", options={"format_whitelist": CONTAINERS, "protocol_whitelist": ""}
                )
            )
        except av.FFmpegError as error:
            raise AudioFileError(
                f"{path} is not a recording that can be read, or it is incomplete. "
                f"{WHAT_IS_READ}; convert or export it again."
            ) from error
        except PermissionError as error:
            raise AudioFileError(
                f"{path} may not be read: permission denied. Make it readable for you."
            ) from error
        except OSError as error:
            raise AudioFileError(f"{path} cannot be read: {error.strerror}.") from error
        yield container, _audio_stream(container, path)


def _recorded(tags: Iterable[Mapping[str, str]]) -> datetime | None:
    """The first moment in `tags` at which something can have been recorded."""
    for each in tags:
        with suppress(ValueError):
            at = datetime.fromisoformat(each.get("creation_time", "")).astimezone(UTC)
            if at.year >= FIRST_YEAR and at <= datetime.now(UTC) + timedelta(days=1):
                return at
    return None


def _audio_stream(container: "InputContainer", path: Path) -> "AudioStream":
    if not container.streams.audio:
        kind = "video without sound" if container.streams.video else "no sound"
        raise AudioFileError(
            f"{path} holds {kind}. Name the recording that has the voices in it. {WHAT_IS_READ}."
        )
    best = container.streams.best("audio")
    stream = next((s for s in container.streams.audio if s is best), container.streams.audio[0])
    if stream.codec_context.name == "flac":
        # Undetected, a damaged frame becomes noise at full scale; other codecs notice themselves.
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
    return stream


def _frames(
    container: "InputContainer", stream: "AudioStream", findings: _Findings
) -> Iterator["AudioFrame"]:
    """Decoded frames that have samples; what cannot be decoded is skipped and counted."""
    import av

    for packet in _packets(container, stream, findings):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            findings.damaged += 1
            continue
        for frame in frames:
            if frame.samples and frame.sample_rate and frame.layout.channels:
                yield frame


def _packets(
    container: "InputContainer", stream: "AudioStream", findings: _Findings
) -> Iterator["Packet[AudioStream]"]:
    """Packets until the end, or until the file's structure is lost."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            findings.damaged += 1
            return
        if packet is None:
            return
        yield packet


def _duration(container: "InputContainer", stream: "AudioStream", path: Path) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        length = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        length = container.duration / 1e6
    else:
        return None
    return length * _promised(path) if length > 0 else None


def _promised(path: Path) -> float:
    """How many times as long as it is a RIFF file (wav, avi) claims to be; 1 if it is complete.

    The decoder takes the length of a truncated one from its size on disk.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if len(head) < 8 or head[:4] != b"RIFF":
        return 1.0
    claimed = int.from_bytes(head[4:], "little") + 8
    if claimed >= 0xFFFFFFFF:  # written as a stream, its length never filled in
        return 1.0
    return max(claimed / path.stat().st_size, 1.0)


def _samples(frame: "AudioFrame") -> Floats:
    """The samples of `frame` with full scale at 1, shape (n, channels)."""
    array: npt.NDArray[np.generic] = frame.to_ndarray()
    planar, channels = frame.format.is_planar, len(frame.layout.channels)
    array = array.T if planar else array.reshape(-1, channels)
    with np.errstate(over="ignore"):  # doubles beyond float32 become infinite, and are counted
        samples = array.astype(np.float32)
    if array.dtype == np.uint8:
        samples -= np.float32(128)
    if array.dtype.kind in "iu":
        samples /= np.float32(2.0 ** (8 * array.dtype.itemsize - 1))
    return samples


def _pieces(
    frames: Iterable["AudioFrame"], duration: float | None, findings: _Findings
) -> Iterator[tuple[Floats, int]]:
    """Samples and their rate; silence where the time stamps say that sound is missing.

    ::

        stamps    0    1    2         5    6
        frames    |====|====|====|    |====|====|
        pieces    |====|====|====|....|====|====|
    """
    due: float | None = None
    left = LONGEST_GAP if duration is None else min(duration, LONGEST_GAP)
    for frame in frames:
        samples, rate, stamp = _samples(frame), frame.sample_rate, frame.time
        if stamp is not None:
            gap = 0.0 if due is None else stamp - due
            if SHORTEST_GAP < gap <= left:
                findings.filled += gap
                left -= gap
                yield from _silence(round(gap * rate), samples.shape[1], rate)
            if due is None or abs(gap) > SHORTEST_GAP:
                due = stamp
        if due is not None:
            due += len(samples) / rate
        yield samples, rate


def _silence(count: int, channels: int, rate: int) -> Iterator[tuple[Floats, int]]:
    for start in range(0, count, rate):
        yield np.zeros((min(rate, count - start), channels), dtype=np.float32), rate


def _as_channels(samples: Floats, channels: int) -> Floats:
    """`samples` with the number of channels that the recording began with.

    One channel becomes all of them; more than wanted become their mean where one is wanted, and
    otherwise the first ones; missing ones are silent.
    """
    has = samples.shape[1]
    if has == channels:
        return samples
    if has == 1:
        return np.repeat(samples, channels, axis=1)
    if channels == 1:
        return mixed(samples)[:, np.newaxis]
    kept = samples[:, :channels]
    return np.pad(kept, ((0, 0), (0, channels - kept.shape[1])))


def _clean(samples: Floats, channels: int, gain: float, findings: _Findings) -> Floats:
    """`samples` with `gain`, as `channels`; what is no number becomes silence and is counted."""
    finite = np.isfinite(samples)
    if not finite.all():
        findings.not_finite += int(np.count_nonzero(~finite))
        samples = np.where(finite, samples, np.float32(0))
    # Before resampling, where a single absurd value would ring through its neighbours.
    clean: Floats = np.clip(samples * np.float32(gain), -1, 1)
    if clean.shape[1] != channels:
        findings.changed = True
    return _as_channels(clean, channels)


def _resampled(pieces: Iterable[tuple[Floats, int]], channels: int) -> Iterator[Floats]:
    """`pieces` at 16 kHz (soxr, band-limited); a change of rate in the middle is followed."""
    from soxr import ResampleStream

    def fresh(rate: int) -> ResampleStream | None:
        return None if rate == SAMPLE_RATE else ResampleStream(rate, SAMPLE_RATE, channels)

    current, resampler = SAMPLE_RATE, None
    nothing = np.zeros((0, channels), dtype=np.float32)
    for samples, rate in pieces:
        if rate != current:
            if resampler is not None:
                yield resampler.resample_chunk(nothing, last=True)
            current, resampler = rate, fresh(rate)
        yield samples if resampler is None else resampler.resample_chunk(samples)
    if resampler is not None:
        yield resampler.resample_chunk(nothing, last=True)


def _cut(pieces: Iterable[Floats]) -> Iterator[Floats]:
    """`pieces` in chunks of 0.5 s; the last one may be shorter, but is not empty."""
    waiting: list[Floats] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        if count < CHUNK:
            continue
        joined = np.concatenate(waiting)
        for start in range(0, count - CHUNK + 1, CHUNK):
            yield joined[start : start + CHUNK]
        waiting = [joined[count - count % CHUNK :]]
        count %= CHUNK
    if count:
        yield np.concatenate(waiting)


def _told_end(heard: float, duration: float | None, inexact: float) -> Iterator[str]:
    """Whether the recording ends early, as a sentence for the report."""
    if duration is not None and duration - heard > max(MISSING, inexact * duration):
        yield f"the recording ends early: {heard:.1f} s of about {duration:.1f} s could be read"


def _told(findings: _Findings, gain: float) -> Iterator[str]:
    """What was found, as sentences for the report."""
    if findings.damaged:
        pieces = "piece was" if findings.damaged == 1 else "pieces were"
        yield f"{findings.damaged} damaged {pieces} skipped"
    if findings.filled:
        yield f"{findings.filled:.1f} s are missing in the recording; they count as silence"
    if findings.not_finite:
        yield f"{findings.not_finite} samples were no numbers; they count as silence"
    if findings.changed:
        yield "the number of channels changes within the recording; it is read as it began"
    if gain < 1:
        lowered = -20 * np.log10(gain)
        yield f"the recording goes beyond full scale; all of it was turned down by {lowered:.0f} dB"
