"""The local pages: sessions to look at, to hear and to correct. They answer on this machine only.

::

    request ──▶ guard ──▶ site ──▶ shelf (sessions, read once and kept while unchanged)
              who may ask   │  ──▶ corrections (what was asked becomes an event)
                            │  ──▶ sound (the recording, fit for a browser, by byte ranges)
                            └──▶ imports (a dropped file, analysed in a thread)
"""
