"""The open study for people: everything that panel, scripts and tests do with it. No Qt."""
