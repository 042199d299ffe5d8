"""The review in a browser of this machine: `echomeasure serve`."""
