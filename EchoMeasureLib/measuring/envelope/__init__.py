"""The second reader of Doppler strips: edges and waves seen in the picture, without weights."""
