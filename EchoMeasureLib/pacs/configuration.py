"""The file that says which servers there are and what `watch` does. It holds no secret."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from EchoMeasureLib.choices import Choice
from EchoMeasureLib.documents import DAMAGED, read_text
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, needed_for
from EchoMeasureLib.fields import Fields, refuse
from EchoMeasureLib.folders import data_folder

CONFIG_VARIABLE = "ECHOMEASURE_PACS"
"""Environment variable that names another file."""

CONSENT = "anybody on the network can read what is sent"
"""What `unencrypted` has to say before a server off this machine is asked without TLS."""

HINT = "Docs/pacs.md shows a whole file."

MEGABYTE = 1 << 20

SECRETS = ("password", "token", "secret", "passphrase")


class Protocol(Choice):
    """How a server is spoken to."""

    DICOMWEB = "dicomweb"
    DIMSE = "dimse"


class LoginKind(Choice):
    """How a server wants to know who asks."""

    NONE = "none"
    PASSWORD = "password"
    TOKEN = "token"


class SecretPlace(Choice):
    """Where the password or token is."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server."""

    name: str
    protocol: Protocol
    host: str
    port: int
    tls: bool
    url: str = ""
    """Of DICOMweb, without a slash at its end."""
    called_aet: str = ""
    """What a server of DIMSE calls itself."""
    calling_aet: str = ""
    """What it knows us as."""
    listen_port: int = 0
    """Of ours, to which a server of DIMSE brings objects by C-MOVE; 0 for C-GET."""
    login: LoginKind = LoginKind.NONE
    user: str = ""
    secret_from: SecretPlace = SecretPlace.ENVIRONMENT
    ca_file: Path | None = None
    """Certificates that are trusted in the place of the system's."""
    certificate: Path | None = None
    key: Path | None = None
    """Our own, where the server wants one."""
    timeout_s: float = 30.0
    """How long it may be silent."""
    most_bytes: int = 2048 * MEGABYTE
    """Of one instance."""


@dataclass(frozen=True, slots=True)
class PacsConfig:
    """What the file says."""

    path: Path
    servers: dict[str, ServerSettings]
    watch: Fields | None = None
    """The table of `watch`, read by `watch_settings`."""

    def server(self, name: str) -> ServerSettings:
        """The server of this name. Raises `InvalidArgument`."""
        if name not in self.servers:
            raise InvalidArgument(
                f"{self.path} has no server '{name}'.", f"It has: {', '.join(self.servers)}."
            )
        return self.servers[name]


def config_path(given: Path | None) -> Path:
    """The file named, else that of `ECHOMEASURE_PACS`, else `servers.toml` with the data."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    return given or (Path(chosen) if chosen else data_folder() / "servers.toml")


def read_config(path: Path) -> PacsConfig:
    """The file at `path`.

    Raises `InvalidDocument` where it is missing, is no TOML, has a key that is not known, or
    wants to speak to another machine without TLS and does not say that it knows what that means.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        with needed_for("Reading the file of servers"):
            import tomli as tomllib
    try:
        text = read_text(path, MEGABYTE)
    except InvalidDocument as error:
        raise InvalidDocument(error.problem, HINT) from error
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidDocument(f"{path} is no TOML file ({error}).", HINT) from error
    try:
        fields = Fields(table, "")
        only(fields, {"servers", "watch"})
        servers = fields.object("servers")
        found = {name: _server(servers.object(name), name, path) for name in servers.record}
        if not found:
            refuse("servers", "there is none")
        return PacsConfig(path, found, fields.object("watch") if fields.has("watch") else None)
    except InvalidDocument as error:
        raise in_file(path, error) from error


def in_file(path: Path, error: InvalidDocument) -> InvalidDocument:
    """The same error with the file it is in, and with what helps with one written by hand."""
    hint = error.hint if error.hint != DAMAGED else HINT
    return InvalidDocument(f"{path}: {error.problem}", hint)


def only(fields: Fields, known: set[str]) -> None:
    """Raises `InvalidDocument` for a key that nobody reads: a slip would go unnoticed."""
    for key in fields.record:
        if key in SECRETS:
            raise InvalidDocument(
                f"At {fields.at(key)}: a secret does not belong into this file.",
                "Put it into the environment or the keyring, as Docs/pacs.md says.",
            )
        if key not in known:
            refuse(
                fields.at(key), f"there is no such setting; there are {', '.join(sorted(known))}"
            )


def is_loopback(host: str) -> bool:
    """Whether this is the machine itself.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "10.0.0.5", "archive")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_COMMON = {
    *("protocol", "tls", "login", "user", "secret_from", "ca_file", "certificate", "key"),
    *("timeout_s", "most_megabytes", "unencrypted"),
}
_OF = {
    Protocol.DICOMWEB: {*_COMMON, "url"},
    Protocol.DIMSE: {*_COMMON, "host", "port", "called_aet", "calling_aet", "listen_port"},
}


def _server(fields: Fields, name: str, path: Path) -> ServerSettings:
    if re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name) is None:
        refuse(
            fields.where, "a name has small letters, digits and dashes, and begins with a letter"
        )
    protocol = fields.choice("protocol", Protocol)
    only(fields, _OF[protocol])
    place = _web_place(fields) if protocol is Protocol.DICOMWEB else _dimse_place(fields)
    found = ServerSettings(
        name,
        protocol,
        **place,
        **_login(fields, protocol),
        ca_file=_path(fields, "ca_file", path),
        certificate=_path(fields, "certificate", path),
        key=_path(fields, "key", path),
        timeout_s=_positive(fields, "timeout_s", 30.0),
        most_bytes=round(_positive(fields, "most_megabytes", 2048) * MEGABYTE),
    )
    if bool(found.key) and not found.certificate:
        refuse(fields.at("key"), "there is no certificate that it belongs to")
    if found.listen_port and found.tls and not found.certificate:
        refuse(fields.at("listen_port"), "a server that comes to us over TLS needs a certificate")
    _check_encryption(fields, found)
    return found


def _web_place(fields: Fields) -> dict[str, Any]:
    url = fields.text("url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        refuse(fields.at("url"), str(error))
    if parts.scheme not in ("http", "https") or not host:
        refuse(fields.at("url"), f"{url!a} is no address that begins with https://")
    if parts.username or parts.password:
        raise InvalidDocument(
            f"At {fields.at('url')}: a secret does not belong into this file.",
            "Name the user with `user`, and put the password into the environment or the keyring.",
        )
    if parts.query or parts.fragment:
        refuse(fields.at("url"), "an address of DICOMweb ends with its path")
    tls = parts.scheme == "https"
    if fields.has("tls") and fields.boolean("tls") != tls:
        refuse(fields.at("tls"), f"it contradicts the address, which begins with {parts.scheme}://")
    return {"url": url.rstrip("/"), "host": host, "port": port or (443 if tls else 80), "tls": tls}


def _dimse_place(fields: Fields) -> dict[str, Any]:
    host, port = fields.text("host").strip(), fields.integer("port", 1)
    if not host or port > 65535:
        refuse(fields.where, "host or port is none that there can be")
    titles = {key: fields.text(key).strip() for key in ("called_aet", "calling_aet")}
    for key, title in titles.items():
        if re.fullmatch(r"[ -\[\]-~]{1,16}", title) is None:
            refuse(fields.at(key), "an AE title has 1 to 16 plain characters")
    tls = fields.boolean("tls") if fields.has("tls") else not is_loopback(host)
    listen = fields.integer("listen_port", 1) if fields.has("listen_port") else 0
    if listen > 65535:
        refuse(fields.at("listen_port"), "there is no such port")
    return {"host": host, "port": port, "tls": tls, "listen_port": listen, **titles}


def _login(fields: Fields, protocol: Protocol) -> dict[str, Any]:
    user = fields.text("user") if fields.has("user") else ""
    usual = LoginKind.PASSWORD if user else LoginKind.NONE
    kind = fields.choice("login", LoginKind) if fields.has("login") else usual
    if kind is not LoginKind.NONE and protocol is Protocol.DIMSE:
        refuse(fields.at("login"), "servers of DIMSE know who asks by AE title and certificate")
    if bool(user) != (kind is LoginKind.PASSWORD):
        refuse(fields.at("user"), "a user goes with the login `password`, and with no other")
    place = SecretPlace.ENVIRONMENT
    if fields.has("secret_from"):
        place = fields.choice("secret_from", SecretPlace)
    return {"login": kind, "user": user, "secret_from": place}


def _path(fields: Fields, key: str, path: Path) -> Path | None:
    """A file that is named from the folder of the configuration."""
    return path.parent / Path(fields.text(key)).expanduser() if fields.has(key) else None


def _positive(fields: Fields, key: str, usual: float) -> float:
    number = fields.number(key) if fields.has(key) else usual
    if number <= 0:
        refuse(fields.at(key), "it has to be more than 0")
    return number


def _check_encryption(fields: Fields, server: ServerSettings) -> None:
    if server.tls or is_loopback(server.host):
        return
    if not fields.has("unencrypted"):
        raise InvalidDocument(
            f"At {fields.where}: {server.host} would be asked without TLS, and names, images and "
            "passwords could be read on the way.",
            "Use https:// or tls = true; where it has no TLS and that is acceptable, write: "
            f'unencrypted = "{CONSENT}"',
        )
    if fields.text("unencrypted").strip().rstrip(".").lower() != CONSENT:
        refuse(fields.at("unencrypted"), f'it has to say "{CONSENT}"')
