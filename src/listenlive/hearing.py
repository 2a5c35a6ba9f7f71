"""A recording becomes events: source, layout and engines, put together."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from string import ascii_uppercase

import numpy as np

from listenlive.aside import aside
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples, mixed, seconds
from listenlive.config import Settings
from listenlive.conversation import Person
from listenlive.events import (
    ChannelsDecided,
    Diarized,
    Ended,
    Event,
    Noted,
    Passing,
    Resumed,
    Started,
)
from listenlive.layout import Layout, channel_layout
from listenlive.people import MOST_COUNTED, check_live_me, check_me, people
from listenlive.pipeline import Ears, listen
from listenlive.preview import ChannelLookout, Found, Lookout, Preview, Sketches
from listenlive.recognition import Transcriber
from listenlive.segmenter import Segmenter, SpeechDetector
from listenlive.sound import Sound
from listenlive.sources import AudioFile, probe
from listenlive.span import Span
from listenlive.spare_memory import give_back
from listenlive.voices import NOBODY_KNOWN, OUTDATED, Known, VoiceProfile, recognised
from listenlive.worker import Rank, Worker

Progress = Callable[[float, float | None], None]
"""Called with the seconds heard so far, and those of the whole recording if known."""

TIDIED = 60.0
"""Seconds of live sound after which memory that is free is given back."""

LIVE_THREADS = 1
"""Threads of the transcriber in a live session, where the settings leave it open: two wait for each
other by spinning, which costs six times the work where something else runs on the computer, as in a
call, and wins at most 0.2 s where nothing does (docs/results)."""

PROBE = 300.0
"""Seconds that decide how channels are heard: both people have spoken by then."""


@dataclass(frozen=True, slots=True)
class Show:
    """How a live session is shown.

    script : a bundled recording whose truth is replayed instead of hearing anything: no models
    """

    script: Path | None = None


SHOW = Show()
"""As it is heard."""


def heard(
    path: Path,
    settings: Settings,
    *,
    known: Known = NOBODY_KNOWN,
    progress: Progress | None = None,
) -> Iterator[Event]:
    """All that is heard in the recording at `path`, as events.

    known : its voice is the listener's on one microphone where `speakers.me` is empty

    Raises at once, before anything is heard, where file, model or settings do not allow it.
    """
    source = AudioFile(path)
    layout = _layout(source, settings)
    split = layout.kind == "split"
    me = settings.speakers.me
    most = len(layout.heard) if split else settings.speakers.count or MOST_COUNTED
    check_me(me, split=split, most=most, names=known.names)
    ears = ears_for(settings, layout)
    naming = _Naming(ears, me=me, names=known.names, voice=known.voice)
    events = _file_heard(source, layout, ears, settings=settings, naming=naming, progress=progress)
    return chain([_started(source, known.at)], events)


def _started(source: AudioFile, at: str | None) -> Started:
    """That `source` begins; it was recorded at `at`, or when it says itself."""
    own = source.recorded.isoformat() if source.recorded else None
    now = datetime.now(UTC).isoformat()
    dated = at or own
    return Started(dated or now, "file", source.name, source.channels, dated=dated is not None)


def heard_live(
    sounds: Iterable[Sound],
    settings: Settings,
    *,
    name: str,
    channels: int,
    names: Sequence[str] = (),
    voice: VoiceProfile | None = None,
    show: Show | None = SHOW,
) -> Iterator[Event | Passing]:
    """All that is heard in `sounds`, which come from a live source called `name`.

    The models are loaded with the first event that is asked for; what came in meanwhile is caught
    up with. With more than one channel each is one person, unless the settings say that they are
    heard as one. The result is that of a file with the same sound.

    voice : the listener's, as in `heard`
    show  : what is provisional, while it is said; None: nobody watches
    """
    wanted = settings.speakers.channels
    layout = channel_layout(
        np.ones((1, channels), dtype=np.float32), wanted="split" if wanted == "auto" else wanted
    )
    me = settings.speakers.me
    check_live_me(settings.speakers, channels=channels, names=names)
    yield Started(datetime.now(UTC).isoformat(), "live", name, channels)
    yield ChannelsDecided(layout.kind, layout.reason)
    heard, worker, lateness = _as_heard(sounds, layout), Worker(), Lateness()
    try:
        mine = None if me else voice
        engines = _live_engines(settings, layout, show.script if show else None, worker, mine)
        naming = _Naming(engines.ears, me=me, names=names, voice=voice)
        yield from _listened(
            _tidied(lateness.of(heard), worker),
            engines.ears,
            settings=settings,
            naming=naming,
            executor=worker.at(Rank.LATER),
            preview=_preview(settings, engines, worker, lateness, naming) if show else None,
        )
    finally:  # the end, a second Ctrl-C or an error: what waits is not transcribed any more
        worker.close()


@dataclass(frozen=True, slots=True)
class _LiveEngines:
    ears: Ears
    lookout: Lookout


def _live_engines(
    settings: Settings,
    layout: Layout,
    script: Path | None,
    worker: Worker,
    mine: VoiceProfile | None,
) -> _LiveEngines:
    """What hears a live source, and what tells at once who speaks in it."""
    channels = len(layout.heard) if layout.kind == "split" else 1
    if script is not None:
        from listenlive.engines.scripted_talk import TalkLookout, scripted_ears, talk_of

        talk = talk_of(script)
        return _LiveEngines(scripted_ears(talk, channels=channels), TalkLookout(talk))
    ears = ears_for(settings, layout, between=worker.make_way)
    return _LiveEngines(ears, _lookout(ears, settings, mine))


def _lookout(ears: Ears, settings: Settings, mine: VoiceProfile | None) -> Lookout:
    from listenlive.engines.online import OnlineSpeakers
    from listenlive.engines.speakers import SpeakerDiarizer

    if isinstance(ears.diarizer, SpeakerDiarizer):
        count = settings.speakers.count or MOST_COUNTED
        networks = ears.diarizer.segmentation, ears.diarizer.voice
        return OnlineSpeakers(*networks, count=count, mine=mine if comparable(mine) else None)
    return ChannelLookout(_channel_speakers(ears), settings=settings.segmentation)


def comparable(voice: VoiceProfile | None) -> bool:
    """Whether somebody can be known by `voice`: it was learned with the network of today."""
    from listenlive.engines.speakers import VOICES

    return voice is not None and voice.network == VOICES


def _channel_speakers(ears: Ears) -> tuple[str, ...]:
    return tuple(ascii_uppercase[: len(ears.segmenters)])


def _preview(
    settings: Settings,
    engines: _LiveEngines,
    worker: Worker,
    lateness: "Lateness",
    naming: "_Naming",
) -> Preview:
    ears = engines.ears
    sketches = None
    if ears.transcriber and settings.transcription.words:
        sketches = Sketches(
            ears.transcriber,
            now=worker.at(Rank.NOW),
            soon=worker.at(Rank.SOON),
            channels=len(ears.segmenters),
            segmentation=settings.segmentation,
            language=_given_language(settings),
        )
    return Preview(
        engines.lookout,
        sketches,
        speakers=_channel_speakers(ears) if ears.split else None,
        measuring=settings.measuring,
        named=naming.so_far,
        late=lateness,
    )


class Lateness:
    """How far hearing is behind a source that goes at the pace of the clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()

    def of(self, sounds: Iterable[Sound]) -> Iterator[Sound]:
        """`sounds`; while they pause, nothing is late."""
        for sound in sounds:
            if isinstance(sound, Resumed):
                self._began += sound.seconds
            yield sound

    def __call__(self, end: float) -> float:
        """Seconds by which sound that ended at `end` is heard late."""
        behind = self._clock() - self._began - end
        if behind < 0:  # it came sooner than counted: the source began later, or is no clock
            self._began += behind
        return max(behind, 0.0)


def _tidied(sounds: Iterable[Sound], worker: Worker) -> Iterator[Sound]:
    """`sounds`; every minute what the models do not use any more is given back."""
    due = TIDIED
    for sound in sounds:
        yield sound
        if isinstance(sound, AudioChunk) and seconds(sound.end) >= due:
            due += TIDIED
            worker.submit(Rank.SOON, give_back)


def _file_heard(
    source: AudioFile,
    layout: Layout,
    ears: Ears,
    *,
    settings: Settings,
    naming: "_Naming",
    progress: Progress | None,
) -> Iterator[Event]:
    yield ChannelsDecided(layout.kind, layout.reason)
    sounds = _as_heard(_counted(source, progress), layout)
    with (
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcriber") as executor,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="diarizer") as diarizing,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="tone") as measuring,
    ):
        beside = aside(ears, diarizing, measuring)
        try:
            for event in _listened(
                sounds, beside, settings=settings, naming=naming, executor=executor
            ):
                if isinstance(event, Ended):  # the last event; what was wrong is known by then
                    yield from map(Noted, source.warnings)
                if not isinstance(event, Passing):  # nobody watches a file
                    yield event
        finally:  # Ctrl-C or an error: what waits is not transcribed any more
            for each in (diarizing, measuring, executor):
                each.shutdown(wait=True, cancel_futures=True)


def _listened(
    sounds: Iterable[Sound],
    ears: Ears,
    *,
    settings: Settings,
    naming: "_Naming",
    executor: Executor,
    preview: Preview | None = None,
) -> Iterator[Event | Passing]:
    for event in listen(
        sounds,
        ears,
        executor=executor,
        people=naming.people,
        language=_given_language(settings),
        preview=preview,
    ):
        yield event
        if isinstance(event, Diarized) and naming.note:
            yield Noted(naming.note)


class _Naming:
    """Names the people that were told apart, the listener by their voice where that is known.

    note : how the listener was known by their voice, or not; "" where nobody looked
    """

    def __init__(
        self, ears: Ears, *, me: str, names: Sequence[str], voice: VoiceProfile | None
    ) -> None:
        self._ears = ears
        self._me = me
        self._names = names
        self._voice = voice if not (me or ears.split) else None
        self.note = ""

    def people(self, speakers: Sequence[str]) -> tuple[Person, ...]:
        """Everybody in `speakers`, once it is decided who there is."""
        me = self._me or self._recognised(speakers)
        return people(speakers, split=self._ears.split, names=self._names, me=me)

    def so_far(self, found: Found) -> tuple[Person, ...]:
        """Everybody heard so far, before it is decided who there is."""
        me = str(found.speakers.index(found.me) + 1)
        return people(found.speakers, split=False, names=self._names, me=me)

    def _recognised(self, speakers: Sequence[str]) -> str:
        """The listener's number, from 1; "" if they are not recognised."""
        from listenlive.engines.speakers import SpeakerDiarizer

        diarizer, voice = self._ears.diarizer, self._voice
        if voice is None or not isinstance(diarizer, SpeakerDiarizer):
            return ""
        if not comparable(voice):
            self.note = OUTDATED
            return ""
        found = recognised(voice, diarizer.embeddings)
        self.note = found.note
        return str(speakers.index(found.speaker) + 1) if found.speaker else ""


def _given_language(settings: Settings) -> str | None:
    given = settings.transcription.language
    return None if given == "auto" else given


def _layout(source: AudioFile, settings: Settings) -> Layout:
    """How the channels are heard: as the user says, else as they sound."""
    return channel_layout(probe(source, seconds=PROBE), wanted=settings.speakers.channels)


def ears_for(
    settings: Settings, layout: Layout, *, between: Callable[[], None] | None = None
) -> Ears:
    """The engines for a recording with this layout. Loads models: ModelError if one is missing.

    between : called while pieces are transcribed, so that what is more urgent need not wait
    """
    from listenlive.engines.channels import ChannelDiarizer
    from listenlive.engines.speakers import SpeakerDiarizer
    from listenlive.engines.tone import TrackToneMeter

    channels = len(layout.heard) if layout.kind == "split" else 1
    split = layout.kind == "split"
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="loader") as loader:
        transcriber = loader.submit(_transcriber, settings, between)  # takes as long as all others
        diarizer = (
            ChannelDiarizer(channels) if split else SpeakerDiarizer(settings.speakers.count or None)
        )
        detector, tone_meter = _detector(settings, channels), TrackToneMeter()
    return Ears(
        detector=detector,
        segmenters=tuple(
            Segmenter(channel=c, settings=settings.segmentation) for c in range(channels)
        ),
        diarizer=diarizer,
        tone_meter=tone_meter,
        transcriber=transcriber.result(),
        gated=(lambda: diarizer.gated) if isinstance(diarizer, ChannelDiarizer) else None,
        split=split,
    )


def _detector(settings: Settings, channels: int) -> SpeechDetector:
    from listenlive.engines.silero import GatedDetector, SileroDetector
    from listenlive.engines.webrtc import WebrtcDetector

    match settings.segmentation.detector:
        case "silero":
            return SileroDetector(channels)
        case "webrtc":
            return WebrtcDetector(channels)
    return GatedDetector(channels)


def _transcriber(settings: Settings, between: Callable[[], None] | None) -> Transcriber | None:
    chosen = settings.transcription
    if not chosen.words:
        return None
    from listenlive import weights
    from listenlive.engines.whisper import WhisperTranscriber

    return WhisperTranscriber(
        weights.resolve(chosen.model),
        beam_size=chosen.beam_size,
        threads=chosen.threads or (LIVE_THREADS if between else 0),
        together=1 if between else None,
        between=between,
    )


def _as_heard(sounds: Iterable[Sound], layout: Layout) -> Iterator[Sound]:
    """The channels that are heard: all of them apart, or those that carry something as one."""
    for sound in sounds:
        if not isinstance(sound, AudioChunk):
            yield sound
            continue
        samples = sound.samples[:, layout.heard]
        if layout.kind == "mix":
            samples = mixed(samples)[:, np.newaxis]
        yield AudioChunk(samples, sound.offset)


def _counted(source: AudioFile, progress: Progress | None) -> Iterator[AudioChunk]:
    """The chunks of `source`; `progress` is told after each has been heard."""
    for chunk in source:
        yield chunk
        if progress:
            progress(seconds(chunk.end), source.duration)


def cuts(source: Iterable[Sound], spans: Sequence[Span]) -> dict[Span, Samples]:
    """The sound of each of `spans`, shape (n, channels); spans after the end are left out."""
    found: dict[Span, list[Samples]] = {span: [] for span in spans}
    last = max((span.end for span in spans), default=0.0)
    for chunk in source:
        if not isinstance(chunk, AudioChunk):
            continue
        if seconds(chunk.offset) >= last:
            break
        for span, samples in found.items():
            start = round(span.start * SAMPLE_RATE) - chunk.offset
            end = round(span.end * SAMPLE_RATE) - chunk.offset
            if start < len(chunk.samples) and end > 0:
                samples.append(chunk.samples[max(start, 0) : end])
    return {span: np.concatenate(samples) for span, samples in found.items() if samples}
