"""Vessels of AnimaWeave's TypeScript version, so that graphs made with it run.

A module here adds its nodes to the vessel of its name; names of types and labels are capitalised, as they were.
"""
