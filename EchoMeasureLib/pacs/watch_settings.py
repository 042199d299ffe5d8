"""What `watch` does, as the table [watch] of the file of servers says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EchoMeasureLib.catalog import NETWORKED
from EchoMeasureLib.errors import InvalidDocument
from EchoMeasureLib.fields import Fields, as_text, refuse
from EchoMeasureLib.pacs.configuration import PacsConfig, in_file, only

GIGABYTE = 1 << 30
TEMPLATES = ("5300", "1500")


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Of one service."""

    server: str
    """Name of the server whose studies are measured."""
    folder: Path
    """Where studies, reviews and its own notes lie."""
    poll_s: float = 60.0
    """Between two looks."""
    stable_s: float = 300.0
    """A study is complete when its objects have been the same for so long."""
    days: int = 2
    """Studies of the last days are looked for, today among them."""
    modality: str = "US"
    with_reports: bool = False
    """Whether studies that have a report already are measured too."""
    measurements: tuple[str, ...] = ()
    """Ids of the catalog; empty for all that a file and its view allow."""
    frames: str = "all"
    weights: Path | None = None
    most_bytes: int = 50 * GIGABYTE
    """Of images; those of the oldest studies that are done go first."""
    least_free: int = GIGABYTE
    """Bytes that stay free on the disk."""
    health_port: int = 0
    """Of `/health` on the loopback; 0 for none."""
    send_to: str = ""
    """Name of the server that reports of what nobody has reviewed are sent to; empty for none."""
    send: tuple[str, ...] = ()
    """Templates of these reports."""


_KNOWN = {
    *("server", "folder", "poll_seconds", "stable_seconds", "days", "modality", "with_reports"),
    *("measurements", "frames", "weights", "most_gigabytes", "least_free_gigabytes"),
    *("health_port", "send_to", "send"),
}


def watch_settings(config: PacsConfig) -> WatchSettings:
    """The settings of the file. Raises `InvalidDocument` where they are missing or wrong."""
    if config.watch is None:
        raise InvalidDocument(
            f"{config.path} does not say what is watched.",
            "Add a table [watch] with server and folder, as Docs/pacs.md shows.",
        )
    try:
        return _parsed(config.watch, config)
    except InvalidDocument as error:
        raise in_file(config.path, error) from error


def _parsed(fields: Fields, config: PacsConfig) -> WatchSettings:
    only(fields, _KNOWN)
    found = WatchSettings(_server(fields, "server", config), _path(fields, "folder", config))
    send_to = _server(fields, "send_to", config) if fields.has("send_to") else ""
    send = fields.list("send", as_text) if fields.has("send") else ()
    if any(template not in TEMPLATES for template in send):
        refuse(fields.at("send"), f"templates are {', '.join(TEMPLATES)}")
    if bool(send_to) != bool(send):
        refuse(fields.at("send"), "send and send_to go together")
    measurements = fields.list("measurements", as_text) if fields.has("measurements") else ()
    for id in measurements:
        if id not in NETWORKED:
            refuse(fields.at("measurements"), f"there is no measurement {id[:40]!a}")
    port = fields.integer("health_port", 0) if fields.has("health_port") else 0
    if port > 65535:
        refuse(fields.at("health_port"), "a port is at most 65535")
    return WatchSettings(
        found.server,
        found.folder,
        _number(fields, "poll_seconds", found.poll_s, 1),
        _number(fields, "stable_seconds", found.stable_s, 0),
        fields.integer("days", 1) if fields.has("days") else found.days,
        fields.text("modality").upper() if fields.has("modality") else found.modality,
        fields.boolean("with_reports") if fields.has("with_reports") else False,
        measurements,
        fields.text("frames") if fields.has("frames") else found.frames,
        _path(fields, "weights", config) if fields.has("weights") else None,
        round(_number(fields, "most_gigabytes", 50, 0) * GIGABYTE),
        round(_number(fields, "least_free_gigabytes", 1, 0) * GIGABYTE),
        port,
        send_to,
        send,
    )


def _server(fields: Fields, key: str, config: PacsConfig) -> str:
    name = fields.text(key)
    if name not in config.servers:
        refuse(fields.at(key), f"there is no server {name[:40]!a}")
    return name


def _path(fields: Fields, key: str, config: PacsConfig) -> Path:
    return config.path.parent / Path(fields.text(key)).expanduser()


def _number(fields: Fields, key: str, usual: float, low: float) -> float:
    number = fields.number(key) if fields.has(key) else usual
    if number < low:
        refuse(fields.at(key), f"it has to be at least {low:g}")
    return number
