"""Exercises for two and cards for one: what happens step by step, and what comes of it."""
