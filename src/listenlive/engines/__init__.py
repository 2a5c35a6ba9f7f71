"""The only importers of models. Each engine loads its model on construction, never on import."""
