"""Mutated files of every container through reading, frames, info and a caliper."""
