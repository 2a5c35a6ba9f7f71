"""The only importers of models. Each engine loads its model on construction, never on import."""

import os

# onnxruntime's wheels report their use to Microsoft unless told not to, and they read this as they
# load. Every import of it, ours or a library's, comes after this line. Nothing leaves the machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
