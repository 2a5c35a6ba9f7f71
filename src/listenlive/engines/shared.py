"""Models that are loaded once for all that hear with them at the same time."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast
from weakref import WeakValueDictionary

Model = TypeVar("Model")

_loaded: WeakValueDictionary[Hashable, object] = WeakValueDictionary()
_lock = Lock()


def shared(key: Hashable, load: Callable[[], Model]) -> Model:
    """What `load` gives, or what it gave for the same `key` while anybody still holds it.

    Nothing is held here: once nobody hears with a model, its memory is free again. The key says
    what is loaded and how.
    """
    with _lock:
        model = _loaded.get(key)
    if model is None:
        model = load()  # outside the lock: different models may load side by side
        with _lock:
            model = _loaded.setdefault(key, model)
    return cast(Model, model)
