"""Folders of the user's; an environment variable names another one, or none if it is empty."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VESSELS, CACHE = "ANIMAWEAVE_VESSELS", "ANIMAWEAVE_CACHE"


def vessel_folder() -> Path | None:
    """Where vessels lie that are always there: `$ANIMAWEAVE_VESSELS`, or `vessels` in the user's data folder."""
    named = os.environ.get(VESSELS)
    if named is None:
        return platformdirs.user_data_path("animaweave", appauthor=False) / "vessels"
    return Path(named) if named else None


def cache_folder() -> Path | None:
    """Where things lie that can be made again: `$ANIMAWEAVE_CACHE`, or the user's cache folder."""
    named = os.environ.get(CACHE)
    if named is None:
        return platformdirs.user_cache_path("animaweave", appauthor=False)
    return Path(named) if named else None
