"""Wiring mistakes: valid graphs, what may go wrong with them, and a plain interpreter that says whether it did."""
