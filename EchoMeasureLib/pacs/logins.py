"""Who asks a server: secrets from the environment or the keyring, kept in memory only."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from EchoMeasureLib.errors import InvalidState, needed_for
from EchoMeasureLib.pacs.configuration import LoginKind, SecretPlace, ServerSettings


@dataclass(frozen=True, slots=True)
class Login:
    """A user and password, or a token with no user."""

    user: str
    secret: str = field(repr=False)


def login_of(server: ServerSettings) -> Login | None:
    """What the settings of this server say; None where it asks for none.

    Raises `InvalidState` when the secret is not where they say, `MissingPackage` without keyring.
    """
    if server.login is LoginKind.NONE:
        return None
    if server.secret_from is SecretPlace.KEYRING:
        secret = _from_keyring(server)
    else:
        variable = variable_of(server)
        secret = os.environ.get(variable, "")
        if not secret:
            raise InvalidState(
                f"The {server.login} of the server {server.name} is not in the environment.",
                f"Set the variable {variable}.",
            )
    if not secret.isprintable():
        raise InvalidState(
            f"The {server.login} of the server {server.name} has characters that none has.",
            "Set it again, without a line break.",
        )
    return Login(server.user, secret)


def variable_of(server: ServerSettings) -> str:
    """The environment variable with its secret, such as `ECHOMEASURE_PACS_ARCHIVE_PASSWORD`."""
    return f"ECHOMEASURE_PACS_{server.name.replace('-', '_')}_{server.login}".upper()


def keyring_service(server: ServerSettings) -> str:
    """What the secret is filed under in the keyring; there its user is that of the settings."""
    return f"echomeasure-pacs-{server.name}"


def _from_keyring(server: ServerSettings) -> str:
    with needed_for("Asking the keyring"):
        import keyring
        from keyring.errors import KeyringError
    service, user = keyring_service(server), server.user or str(server.login)
    try:
        secret = keyring.get_password(service, user)
    except KeyringError as error:
        raise InvalidState(
            f"The keyring cannot be asked ({type(error).__name__}).",
            "Unlock it, or use the environment.",
        ) from error
    if not secret:
        raise InvalidState(
            f"The {server.login} of the server {server.name} is not in the keyring.",
            f"Put it there: keyring set {service} {user}",
        )
    return secret
