"""`echomeasure pacs watch`: a service that measures new studies."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from typing import Any

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.common import DONE, EXIT_CODES, FAILED
from EchoMeasureLib.cli.server_options import add_config
from EchoMeasureLib.cli.streams import Stopped, print_lines

EPILOG = f"""The table [watch] of the file of servers says which server, which folder, and the rest;
Docs/pacs.md describes it. New studies are fetched when their objects have been the same for some
time, measured, and kept for review, with a review document beside their images. Reports of what
nobody has reviewed are sent only where that table says so.
It runs in the foreground until it is asked to end, and prints a line of JSON for each event, in
which nobody is named. Ended at any moment and started again it goes on.

examples:
  echomeasure pacs watch
  echomeasure pacs watch --once --config /etc/echomeasure/servers.toml

{EXIT_CODES}"""


def add_parser(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser(
        "watch",
        help="a service that fetches and measures new studies",
        description=f"Measure the new studies of a server, for review. {RESEARCH_USE_ONLY}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.add_argument("--once", action="store_true", help="look once, and end")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Watch until a signal asks to end; with --once exit code 1 when something went wrong."""
    from EchoMeasureLib.batch.batch_settings import BatchSettings
    from EchoMeasureLib.batch.file_measuring import Measurer
    from EchoMeasureLib.folder_lock import only_one
    from EchoMeasureLib.pacs.configuration import config_path, read_config
    from EchoMeasureLib.pacs.server_opening import open_server
    from EchoMeasureLib.pacs.serving import Service
    from EchoMeasureLib.pacs.watch_health import Health, served
    from EchoMeasureLib.pacs.watch_log import WatchLog, site_key
    from EchoMeasureLib.pacs.watch_settings import watch_settings
    from EchoMeasureLib.pacs.watcher import Tools, Watcher

    config = read_config(config_path(args.config))
    settings = watch_settings(config)
    source, target = (config.servers.get(name) for name in (settings.server, settings.send_to))
    asked = BatchSettings(settings.measurements, settings.frames, settings.weights)
    health = Health()
    with ExitStack() as stack:
        stack.enter_context(only_one(settings.folder, "watch.lock", "watches into"))
        log = WatchLog(site_key(settings.folder), lambda line: print_lines([line]))
        assert source is not None  # `watch_settings` has looked
        tools = Tools(
            lambda: open_server(source),
            lambda: open_server(target or source),
            lambda: Measurer(asked),
            log,
            doing=lambda words: health.set(doing=words),
        )
        watcher = Watcher(settings, source.most_bytes, tools)
        service = Service(watcher, settings, health, log, time.time)
        if settings.health_port:
            stack.enter_context(served(health, settings.health_port))
        log.event("started", studies=sum(watcher.states.counts().values()))
        try:
            if args.once:
                return DONE if service.round() else FAILED
            service.rounds(time.sleep)
        except (Stopped, KeyboardInterrupt):
            log.event("stopped")
    return DONE
