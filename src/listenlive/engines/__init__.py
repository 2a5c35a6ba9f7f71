"""The only importers of models. Each engine loads its model on construction, never on import."""

import os

# onnxruntime's wheels report their use to Microsoft unless told not to, and they read this as they
# load. Every import of it, ours or a library's, comes after this line. Nothing leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# MKL, which transcribes, keeps the largest buffers that any piece ever needed: 44 MB after some
# long ones, and nothing is quicker for it (56 pieces). It reads this when it allocates first.
os.environ.setdefault("MKL_DISABLE_FAST_MM", "1")
