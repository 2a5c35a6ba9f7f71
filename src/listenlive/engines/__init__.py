"""The only importers of models. Each engine loads its model on construction, never on import."""

import os

# onnxruntime's wheels report their use to Microsoft unless told not to, and they read this as they
# load. Every import of it, ours or a library's, comes after this line. Nothing leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# oneDNN, which encodes, keeps what it made for each length of sound, for a thousand of them: every
# piece has its own, so an hour of speech took 200 MB more. Sixteen are a batch of pieces and the
# sketches between. MKL keeps the largest buffers that any piece ever needed. Nothing is quicker for
# either (44 pieces). Both read this when they are first used; what the user set goes first.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
os.environ.setdefault("MKL_DISABLE_FAST_MM", "1")
