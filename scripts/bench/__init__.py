"""The measuring bench: conversations with known truth, scores against it, speed and memory."""
