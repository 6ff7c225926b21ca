"""The owner's credentials on this machine: one private file per hub address.

    up, dev ──save_credential──►  <config folder>/hubs/127.0.0.1_8080.json  ──find_credential──► every other command
                                  {"hub": "http://127.0.0.1:8080", "api_key": "…"}

`ROOKERY_API_KEY` goes before what is saved; `choose_credential` holds that rule.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from rookery.cli.addresses import identify_hub
from rookery.cli.errors import CommandError
from rookery.cli.private_files import config_folder, write_private

KEY_VARIABLE = "ROOKERY_API_KEY"


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key, and where it comes from, for the sentence when it is refused."""

    api_key: str = field(repr=False)
    source: str
    """Fits into "the API key in …": the variable's name or a path."""


def credential_path(hub_url: str) -> Path:
    """Gives the file that holds the credential for a hub; it need not exist. Raises ValueError for no address."""
    return config_folder() / "hubs" / f"{identify_hub(hub_url).file_name}.json"


def save_credential(hub_url: str, api_key: str) -> Path:
    """Keeps the owner's API key for a hub, in place of an earlier one; gives the file.

    The file has mode 0600 in a folder of mode 0700 and is replaced in one step. Raises CommandError when it cannot
    be written.
    """
    path = credential_path(hub_url)
    try:
        write_private(path, json.dumps({"hub": hub_url, "api_key": api_key}) + "\n")
    except OSError as error:
        raise CommandError(
            f"The credential for {hub_url} cannot be saved in {path}: {error.strerror}.",
            "Name another folder with ROOKERY_CONFIG_DIR.",
        ) from None
    return path


def find_credential(hub_url: str) -> str | None:
    """Gives the API key saved for a hub under any of its addresses; None when there is none or it is damaged.

    Raises CommandError when the file is there but may not be read.
    """
    path = credential_path(hub_url)
    try:
        body: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise CommandError(
            f"The saved credential {path} cannot be read: {error.strerror}.", f"Or set {KEY_VARIABLE}."
        ) from None
    api_key = body.get("api_key") if isinstance(body, dict) else None
    return api_key if isinstance(api_key, str) and api_key else None


def choose_credential(hub_url: str) -> Credential | None:
    """Gives the key to use for a hub: `ROOKERY_API_KEY`, else the saved one, else None.

    Raises CommandError for a key that cannot be sent at all.
    """
    api_key = os.environ.get(KEY_VARIABLE, "").strip()
    if api_key:
        if not (api_key.isascii() and api_key.isprintable()):
            raise CommandError(f"{KEY_VARIABLE} holds characters that are in no API key.", "Set it again, or unset it.")
        return Credential(api_key, KEY_VARIABLE)
    saved = find_credential(hub_url)
    return Credential(saved, str(credential_path(hub_url))) if saved else None
