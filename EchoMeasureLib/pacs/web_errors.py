"""What goes wrong with a server of DICOMweb, in words; nothing that it wrote is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import requests

from EchoMeasureLib.errors import EchoMeasureError, ServerProblem
from EchoMeasureLib.pacs.configuration import ServerSettings
from EchoMeasureLib.pacs.logins import variable_of
from EchoMeasureLib.pacs.silence import silent_logs

_ODD = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What dicomweb-client and pydicom raise over answers that are none."""


@contextmanager
def web_errors(server: ServerSettings) -> Iterator[None]:
    """Raises `ServerProblem` for everything that a server, or the way to it, does inside."""
    where = f"{server.name} ({server.url})"
    try:
        with silent_logs("dicomweb_client", "retrying", "urllib3"):
            yield
    except EchoMeasureError:
        raise
    except requests.exceptions.SSLError as error:
        raise _certificate(where, error) from error
    except requests.exceptions.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise refusal(server, status) from error
    except (TimeoutError, requests.exceptions.Timeout) as error:
        raise ServerProblem(
            f"The server {where} does not answer within {server.timeout_s:g} s.",
            "Try again later, or set timeout_s in the file of servers.",
        ) from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise ServerProblem(
            f"The server {where} broke off in the middle of its answer.",
            "Run the command again: it goes on where it stopped.",
        ) from error
    except (requests.exceptions.ConnectionError, ConnectionError) as error:
        raise ServerProblem(
            f"The server {where} cannot be reached.",
            "Check its address in the file of servers, and whether it is running.",
        ) from error
    except (requests.RequestException, *_ODD) as error:
        raise ServerProblem(
            f"What {where} answers is no DICOMweb.", "Check its address in the file of servers."
        ) from error
    except OSError as error:
        # A file of certificates, which requests looks for.
        raise ServerProblem(
            f"The server {where} cannot be asked ({type(error).__name__}).",
            "Check ca_file, certificate and key in the file of servers.",
        ) from error


def refusal(server: ServerSettings, status: int) -> ServerProblem:
    """The error for an answer with this status."""
    where = f"{server.name} ({server.url})"
    known = {
        HTTPStatus.UNAUTHORIZED: (
            f"The server {where} refuses the login.",
            f"Check user and {variable_of(server)}, or the keyring, and what it wants: `login`.",
        ),
        HTTPStatus.FORBIDDEN: (
            f"The server {where} does not allow this.",
            "Ask who looks after it for the right.",
        ),
        HTTPStatus.NOT_FOUND: (
            f"The server {where} has nothing there.",
            "Check its address, which ends as in /dicom-web, and whether the study is still there.",
        ),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
            f"The server {where} takes nothing as large as this.",
            "Ask who looks after it to raise its limit.",
        ),
        HTTPStatus.TOO_MANY_REQUESTS: (
            f"The server {where} is asked more often than it allows.",
            "Try again later: what has come is not asked for again.",
        ),
    }
    if status in known:
        return ServerProblem(*known[HTTPStatus(status)])
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ServerProblem(
            f"The server {where} sends to another address.",
            "Write that address into the file of servers, if it is the right one.",
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerProblem(
            f"The server {where} has a fault of its own (status {status}).",
            "Try again later, or ask who looks after it.",
        )
    return ServerProblem(
        f"The server {where} refuses the request (status {status}).",
        "Ask who looks after it whether it allows that.",
    )


def _certificate(where: str, error: Exception) -> ServerProblem:
    reason = next((word for word in _REASONS if word in str(error)), "")
    return ServerProblem(
        f"The certificate of {where} is not trusted{': ' + _REASONS[reason] if reason else ''}.",
        "Name the certificate of your authority with ca_file in the file of servers. Where the "
        "server wants one of yours, set certificate and key.",
    )


_REASONS = {
    "self-signed": "it is signed by itself",
    "self signed": "it is signed by itself",
    "unable to get local issuer": "nobody who is trusted has signed it",
    "expired": "it has expired",
    "doesn't match": "it is of another host",
    "not valid for": "it is of another host",
    "mismatch": "it is of another host",
    "CERTIFICATE_REQUIRED": "the server wants one of ours",
    "WRONG_VERSION_NUMBER": "the server does not speak TLS there",
}
"""What OpenSSL writes, and what it means."""
