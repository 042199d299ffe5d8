"""From a cine to landmarks: the network's canvas, the networks and their decoding."""
