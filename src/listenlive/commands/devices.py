"""Commands on what this computer has: its audio inputs, and all else that is needed."""

import argparse

from listenlive import profiles, store
from listenlive.checks import Wanted, checked, level_of
from listenlive.commands.recorded import say
from listenlive.commands.status import FAILED, OK
from listenlive.config import Settings
from listenlive.errors import DeviceError
from listenlive.microphone import chosen, inputs
from listenlive.plain import one_line
from listenlive.portaudio import InputDevice, hushed


def devices(options: argparse.Namespace) -> int:
    """List inputs, and listen shortly to each, or to one."""
    with hushed():
        found = inputs()
    if not found:
        say("no audio input. Plug in a microphone; what else may be wrong: listenlive doctor")
        return FAILED
    if options.device:
        found = (chosen(options.device, found),)
    width = max(len(one_line(device.name)) for device in found)
    for device in found:
        print(f"{_row(device, width)}  {_level(device) if options.level else ''}".rstrip())
    say("Listen with one: listenlive listen --device NUMBER or a part of the NAME (* is the usual)")
    return OK


def _row(device: InputDevice, width: int) -> str:
    channels = "1 channel" if device.channels == 1 else f"up to {device.channels} channels"
    mark = "*" if device.usual else " "
    name = one_line(device.name).ljust(width)
    return f"{device.number:3}{mark} {name}  {channels:>17}  {device.rate:6} per second"


def _level(device: InputDevice) -> str:
    try:
        with hushed():
            return level_of(device).words
    except DeviceError as error:
        return one_line(str(error))


def doctor(options: argparse.Namespace) -> int:
    """Check what a live session needs; 1 if something is wrong."""
    data = store.data_folder(options.data)
    device = options.device or profiles.preferences(data).device or None
    wrong = 0
    results = checked(Wanted(data=data, device=device, model=Settings().transcription.model))
    while True:
        with hushed():
            check = next(results, None)
        if check is None:
            break
        mark = "ok   " if check.advice is None else "look "
        print(f"{mark} {check.what:15} {one_line(check.found)}")
        if check.advice is not None:
            wrong += 1
            print(f"{'':21} {one_line(check.advice)}")
    say("All is well." if not wrong else "Recordings are analysed whatever an input says.")
    return FAILED if wrong else OK
