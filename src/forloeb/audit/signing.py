"""The key that signs checkpoints: Ed25519, in a PEM file that lies apart from the database."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----\n?", re.DOTALL)


class BadKeyFile(Exception):
    """The file has no key that we can use; the text says why, in one line, and nothing of the key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a key file holds: the key that signs, if it is there, and all whose signatures are believed."""

    signs: Ed25519PrivateKey | None = field(repr=False)
    believed: tuple[Ed25519PublicKey, ...] = field(repr=False)

    def sign(self, statement: str) -> bytes:
        """Sign a statement. Raises BadKeyFile where there are public keys only."""
        if self.signs is None:
            raise BadKeyFile("the key file holds no private key: it can verify checkpoints, not write them")
        return self.signs.sign(statement.encode())

    def has_signed(self, signature: bytes, statement: str) -> bool:
        """Whether one of the believed keys has signed a statement."""
        return any(_is_signed(key, signature, statement) for key in self.believed)


def read_keys(path: Path) -> Keys:
    """Read a PEM file: a private key, public keys (such as earlier ones), or both. Raises BadKeyFile."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadKeyFile(
            f"{path}: cannot be read ({error.strerror});"
            f" make a key with: openssl genpkey -algorithm ed25519 -out {path}"
        ) from None
    try:
        keys = [_load(found[0], found[1]) for found in _BLOCK.finditer(content)]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        keys = []
    private = [key for key in keys if isinstance(key, Ed25519PrivateKey)]
    public = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not keys or len(private) + len(public) != len(keys) or len(private) > 1:
        raise BadKeyFile(f"{path}: is not a PEM file with one Ed25519 key without a password (and earlier public keys)")
    return Keys(private[0] if private else None, (*(key.public_key() for key in private), *public))


def make_key(path: Path) -> None:
    """Make a key in a file that only we may read, unless one is there."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def _load(pem: bytes, label: bytes) -> object:
    return load_pem_public_key(pem) if label == b"PUBLIC KEY" else load_pem_private_key(pem, password=None)


def _is_signed(key: Ed25519PublicKey, signature: bytes, statement: str) -> bool:
    try:
        key.verify(signature, statement.encode())
    except InvalidSignature:
        return False
    return True
