"""The program, put together: a recording becomes a session, a session becomes an analysis."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from listenlive import store
from listenlive.analysis import analyse
from listenlive.analysis.results import Analysis
from listenlive.audio import SAMPLE_RATE, AudioChunk, Samples, mixed, seconds
from listenlive.config import Settings
from listenlive.conversation import Conversation
from listenlive.errors import SessionError
from listenlive.events import ChannelsDecided, Ended, Event, Noted, Started, apply
from listenlive.layout import Layout, channel_layout
from listenlive.people import check_me, people
from listenlive.pipeline import Ears, listen
from listenlive.recognition import Transcriber
from listenlive.segmenter import Segmenter, SpeechDetector
from listenlive.sources import AudioFile, probe
from listenlive.span import Span
from listenlive.store import SavedSession, SessionWriter

if TYPE_CHECKING:
    from listenlive.report.clips import Clip
    from listenlive.report.page import Page

Progress = Callable[[float, float | None], None]
"""Called with the seconds heard so far, and those of the whole recording if known."""

PROBE = 300.0
"""Seconds that decide how channels are heard: both people have spoken by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """A recording or session with all that was found in it.

    session   : where it is kept, None if it is not
    recording : the audio it was heard in, None if that is not there (any more)
    not_saved : why it could not be kept although that was wanted
    """

    conversation: Conversation
    analysis: Analysis
    settings: Settings
    session: SavedSession | None = None
    recording: Path | None = None
    not_saved: str | None = None


def analyse_file(
    path: Path,
    settings: Settings,
    *,
    data: Path | None = None,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> Analysed:
    """Hear and analyse one recording; keep it as a session in `data`, if given.

    Raises AudioFileError, ModelError, ConfigError; SessionError only before hearing begins: a disk
    that fills up later costs the session but not the analysis (`not_saved`).
    """
    events = heard(path, settings, names=names, progress=progress)
    keeper = _Keeper(data, path, settings) if data is not None else None
    conversation = Conversation()
    try:
        for event in events:
            conversation = apply(conversation, event)
            if keeper:
                keeper.append(event)
    except BaseException:
        if keeper:
            keeper.discard()
        raise
    return Analysed(
        conversation=conversation,
        analysis=analyse(conversation, settings=settings.measuring),
        settings=settings,
        session=keeper.close() if keeper else None,
        recording=path,
        not_saved=keeper.problem if keeper else None,
    )


def reanalyse(session: SavedSession, settings: Settings) -> Analysed:
    """Analyse a kept session again, maybe with other thresholds: no models, no audio."""
    conversation = session.conversation()
    return Analysed(
        conversation=conversation,
        analysis=analyse(conversation, settings=settings.measuring),
        settings=settings,
        session=session,
        recording=session.recording,
    )


def heard(
    path: Path,
    settings: Settings,
    *,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> Iterator[Event]:
    """All that is heard in the recording at `path`, as events.

    Raises at once, before anything is heard, where file, model or settings do not allow it.
    """
    source = AudioFile(path)
    layout = _layout(source, settings)
    split = layout.kind == "split"
    me = settings.speakers.me
    check_me(me, split=split, names=names)
    ears = ears_for(settings, layout)
    return _listened(source, layout, ears, settings=settings, names=names, progress=progress)


def _listened(
    source: AudioFile,
    layout: Layout,
    ears: Ears,
    *,
    settings: Settings,
    names: Sequence[str],
    progress: Progress | None,
) -> Iterator[Event]:
    yield Started(datetime.now(UTC).isoformat(), "file", source.name, source.channels)
    yield ChannelsDecided(layout.kind, layout.reason)
    split = layout.kind == "split"
    language = settings.transcription.language
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcriber") as executor:
        try:
            for event in listen(
                _as_heard(source, layout, progress),
                ears,
                executor=executor,
                people=lambda ids: people(ids, split=split, names=names, me=settings.speakers.me),
                language=None if language == "auto" else language,
            ):
                if isinstance(event, Ended):  # the last event; what was wrong is known by then
                    yield from map(Noted, source.warnings)
                yield event
        finally:  # Ctrl-C or an error: what waits is not transcribed any more
            executor.shutdown(wait=True, cancel_futures=True)


def _layout(source: AudioFile, settings: Settings) -> Layout:
    """How the channels are heard: as the user says, else as they sound."""
    return channel_layout(probe(source, seconds=PROBE), wanted=settings.speakers.channels)


def ears_for(settings: Settings, layout: Layout) -> Ears:
    """The engines for a recording with this layout. Loads models: ModelError if one is missing."""
    from listenlive.engines.channels import ChannelDiarizer
    from listenlive.engines.speakers import SpeakerDiarizer
    from listenlive.engines.tone import TrackToneMeter

    channels = len(layout.heard) if layout.kind == "split" else 1
    split = layout.kind == "split"
    diarizer = (
        ChannelDiarizer(channels) if split else SpeakerDiarizer(settings.speakers.count or None)
    )
    return Ears(
        detector=_detector(settings, channels),
        segmenters=tuple(
            Segmenter(channel=c, settings=settings.segmentation) for c in range(channels)
        ),
        diarizer=diarizer,
        tone_meter=TrackToneMeter(),
        transcriber=_transcriber(settings),
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


def _transcriber(settings: Settings) -> Transcriber | None:
    chosen = settings.transcription
    if not chosen.words:
        return None
    from listenlive import weights
    from listenlive.engines.whisper import WhisperTranscriber

    return WhisperTranscriber(
        weights.resolve(chosen.model), beam_size=chosen.beam_size, threads=chosen.threads
    )


def _as_heard(source: AudioFile, layout: Layout, progress: Progress | None) -> Iterator[AudioChunk]:
    """The channels that are heard: all of them apart, or those that carry something as one."""
    for chunk in source:
        samples = chunk.samples[:, layout.heard]
        if layout.kind == "mix":
            samples = mixed(samples)[:, np.newaxis]
        yield AudioChunk(samples, chunk.offset)
        if progress:
            progress(seconds(chunk.end), source.duration)


def page(analysed: Analysed, *, share: bool = False, audio: bool = True) -> str:
    """The report page as HTML; with `audio` it carries the moments as clips, if there is sound."""
    from listenlive.report.clips import encode
    from listenlive.report.html import render

    if share or not audio or analysed.recording is None:
        return render(_page(analysed, clip=None, share=share))
    wanted: list[Span] = []
    _page(analysed, clip=wanted.append)  # which clips it would play, so that one reading is enough
    sound = _cuts(AudioFile(analysed.recording), wanted)
    clips = {span: encode(samples) for span, samples in sound.items()}
    return render(_page(analysed, clip=clips.get))


def _page(
    analysed: Analysed, *, clip: "Callable[[Span], Clip | None] | None", share: bool = False
) -> "Page":
    from listenlive.report.page import Audience, page_of

    return page_of(
        analysed.conversation,
        analysed.analysis,
        audience=Audience.SHARE if share else Audience.ME,
        clip=clip,
        settings=analysed.settings,
    )


def _cuts(source: AudioFile, spans: Sequence[Span]) -> dict[Span, Samples]:
    """The sound of each of `spans`, shape (n, channels); spans after the end are left out."""
    found: dict[Span, list[Samples]] = {span: [] for span in spans}
    last = max((span.end for span in spans), default=0.0)
    for chunk in source:
        if seconds(chunk.offset) >= last:
            break
        for span, samples in found.items():
            start = round(span.start * SAMPLE_RATE) - chunk.offset
            end = round(span.end * SAMPLE_RATE) - chunk.offset
            if start < len(chunk.samples) and end > 0:
                samples.append(chunk.samples[max(start, 0) : end])
    return {span: np.concatenate(samples) for span, samples in found.items() if samples}


class _Keeper:
    """Keeps a session while that is possible; a disk that fills up must not cost the analysis."""

    def __init__(self, data: Path, path: Path, settings: Settings) -> None:
        store.sweep(data)
        began = datetime.now().astimezone()
        self._writer = SessionWriter(data, path.name, settings, began=began, recording=path)
        self.problem: str | None = None

    def append(self, event: Event) -> None:
        if self.problem is None:
            try:
                self._writer.append(event)
            except SessionError as error:
                self.problem = str(error)
                self.discard()

    def close(self) -> SavedSession | None:
        """The session, whole on disk; None (and `problem`) if it is not."""
        if self.problem is None:
            try:
                return self._writer.close()
            except SessionError as error:
                self.problem = str(error)
        return None

    def discard(self) -> None:
        """Remove what was written."""
        self._writer.discard()
