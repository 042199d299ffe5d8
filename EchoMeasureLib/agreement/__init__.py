"""How far two sets of measurements of the same hearts agree."""
