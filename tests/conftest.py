"""The same run every time, with nothing left behind: Hypothesis draws from a fixed seed and keeps no folder of examples."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("tests", database=None, derandomize=True, deadline=None)
settings.load_profile("tests")
