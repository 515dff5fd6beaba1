"""Grids of runs, and how the embedded student was trained."""
