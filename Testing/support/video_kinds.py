"""Videos that are read frame by frame in any order: `test_access_orders` tries each."""

from __future__ import annotations

GROUPS = {"g": "5", "bf": "2"}

# container, codec, pixel format, options
KINDS: list[tuple[str, str, str, dict[str, str]]] = [
    ("avi", "rawvideo", "bgr24", {}),
    ("avi", "rawvideo", "pal8", {}),  # one palette at the beginning
    ("avi", "rawvideo", "gray", {}),
    ("avi", "rawvideo", "rgb555le", {}),
    ("avi", "rawvideo", "yuyv422", {}),
    ("avi", "rawvideo", "yuv420p", {}),
    ("avi", "mjpeg", "yuvj420p", {}),
    ("avi", "mjpeg", "yuvj444p", {}),
    ("avi", "ljpeg", "yuvj420p", {}),
    ("avi", "libx264", "yuv420p", GROUPS),
    ("avi", "libx264", "gray", GROUPS),
    ("avi", "mpeg4", "yuv420p", GROUPS),
    ("avi", "mpeg2video", "yuv422p", GROUPS),
    ("avi", "msmpeg4v2", "yuv420p", {"g": "5"}),
    ("avi", "wmv2", "yuv420p", {"g": "5"}),
    ("avi", "h263p", "yuv420p", {"g": "5"}),  # the container calls every packet a key frame
    ("avi", "ffv1", "yuv444p16le", {"g": "5", "context": "1"}),
    ("avi", "huffyuv", "rgb24", {}),
    ("avi", "utvideo", "gbrp", {}),
    ("avi", "png", "rgb24", {}),
    ("avi", "png", "rgb48be", {}),
    ("avi", "png", "gray16be", {}),
    ("avi", "msrle", "pal8", {"g": "5"}),  # each frame is drawn over the one before
    ("avi", "msvideo1", "rgb555le", {}),
    ("avi", "cinepak", "rgb24", {"g": "5"}),
    ("avi", "zmbv", "bgr0", {"g": "5"}),
    ("avi", "flashsv", "bgr24", {"g": "5"}),
    ("avi", "svq1", "yuv410p", {"g": "5"}),
    ("avi", "jpeg2000", "rgb24", {}),
    ("mp4", "libx264", "yuv420p", GROUPS),
    ("mp4", "libx264", "yuv420p", {**GROUPS, "x264-params": "open-gop=1:scenecut=0"}),
    ("mp4", "libx264", "yuv420p", {"x264-params": "intra-refresh=1:keyint=6:bframes=0"}),
    ("mp4", "libx264", "yuvj444p", GROUPS),
    ("mp4", "libx264", "yuv420p10le", GROUPS),
    ("mp4", "libx264rgb", "rgb24", GROUPS),
    ("mp4", "mpeg4", "yuv420p", GROUPS),
    ("mp4", "mjpeg", "yuvj422p", {}),
    ("mp4", "libvpx-vp9", "yuv420p", {"g": "5", "deadline": "realtime", "cpu-used": "8"}),
    ("mp4", "png", "rgb24", {}),
    ("mov", "rawvideo", "pal8", {}),
    ("mov", "rawvideo", "bgr24", {}),
    ("mov", "qtrle", "rgb24", {"g": "5"}),
    ("mov", "qtrle", "gray", {"g": "5"}),
    ("mov", "smc", "pal8", {}),
    ("mov", "rpza", "rgb555le", {}),
    ("mov", "prores", "yuv422p10le", {}),
    ("mov", "tiff", "rgb24", {}),
    ("mov", "magicyuv", "gbrp", {}),
]
