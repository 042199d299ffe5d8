"""From a file to a cine: pixels, times and calibrated regions."""
