"""The only room that knows Slicer's nodes."""
