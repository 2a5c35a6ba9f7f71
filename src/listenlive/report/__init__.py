"""Showing: a conversation and its analysis as a page, and as a summary for the terminal.

Two steps: `page_of` decides what is said (plain values, tested as values), `render` and
`show` decide how it looks.
"""
