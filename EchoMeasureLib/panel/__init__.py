"""The Qt side of the Slicer panel. Imports qt and ctk only when used."""
