"""Which frames of an image are meant by "all", "0,5,9" or "0:60:5"."""

from __future__ import annotations

from EchoMeasureLib.errors import InvalidArgument


def chosen_frames(text: str, count: int) -> tuple[tuple[int, ...], str]:
    """The frames of an image of `count`, from 0, and a note where a range went past the end.

    "all", "0,5,9" or "0:60:5" (start:stop:step, stop not included). Raises `InvalidArgument` for
    anything else, and for a frame that is not there.
    """
    note, text = "", text.strip()
    try:
        if text == "all":
            chosen = list(range(count))
        elif ":" in text:
            parts = [int(part) if part else None for part in text.split(":")]
            if len(parts) > 3 or any(part is not None and part < 0 for part in parts):
                raise ValueError(text)
            chosen = list(range(count))[slice(*parts)]
            if chosen and (stop := (*parts, None)[1]) is not None and stop > count:
                note = (
                    f"The file has {count} frames, numbered 0 to {count - 1}: of '{text}', what "
                    f"lies after frame {count - 1} is left out."
                )
        else:
            chosen = list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise InvalidArgument(
            f"'{text}' names no frames.", "Write all, 0,5,9 or start:stop:step such as 0:60:5."
        ) from None
    if not chosen or not all(0 <= frame < count for frame in chosen):
        raise InvalidArgument(
            f"'{text}' asks for frames that are not there: the file has {count}, "
            f"numbered 0 to {count - 1}."
        )
    return tuple(chosen), note
