"""Hashes of passwords: scrypt (RFC 7914), written as `$scrypt$ln=15,r=8,p=3$SALT$HASH`.

The parameters are OWASP's for 32 MiB of memory. They stand in each hash, so that later versions can
raise them and still check older hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from base64 import b64decode, b64encode
from typing import Final

SHORTEST_PASSWORD: Final = 10
"""Characters that a new password must have at least."""
LONGEST_PASSWORD: Final = 200
"""Characters of a password at the most."""

_LN, _R, _P = 15, 8, 3
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_BASE64: Final = r"[A-Za-z0-9+/]{16,88}"
_FORM: Final = re.compile(
    rf"\$scrypt\$ln=(?P<ln>1[0-9]|20),r=(?P<r>[1-9]|1[0-6]),p=(?P<p>[1-9]|1[0-6])"
    rf"\$(?P<salt>{_BASE64})\$(?P<hash>{_BASE64})"
)


def is_hash(text: str) -> bool:
    """Whether a text is a hash that `matches` can check."""
    return _FORM.fullmatch(text) is not None


def hash_of(password: str) -> str:
    """The hash of a new password, with a salt of its own. Takes a fifth of a second of one core."""
    salt = secrets.token_bytes(_SALT_BYTES)
    made = _scrypt(password, salt, _LN, _R, _P, _HASH_BYTES)
    return f"$scrypt$ln={_LN},r={_R},p={_P}${_written(salt)}${_written(made)}"


def matches(password: str, password_hash: str) -> bool:
    """Whether a password has this hash; compared in constant time.

    Raises:
        ValueError: it is no hash.
    """
    form = _FORM.fullmatch(password_hash)
    if form is None:
        raise ValueError("no hash of a password")
    wanted = _read(form["hash"])
    n, r, p = int(form["ln"]), int(form["r"]), int(form["p"])
    made = _scrypt(password, _read(form["salt"]), n, r, p, len(wanted))
    return hmac.compare_digest(made, wanted)


def _scrypt(password: str, salt: bytes, ln: int, r: int, p: int, length: int) -> bytes:
    # The same letters in another Unicode form are the same password.
    content = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    memory = 128 * r * ((1 << ln) + p + 2)
    return hashlib.scrypt(content, salt=salt, n=1 << ln, r=r, p=p, maxmem=2 * memory, dklen=length)


def _written(content: bytes) -> str:
    return b64encode(content).rstrip(b"=").decode("ascii")


def _read(text: str) -> bytes:
    return b64decode(text + "=" * (-len(text) % 4))


#: Checked where there is no such account, so that the answer takes as long as for one.
HASH_OF_NO_PASSWORD: Final = f"$scrypt$ln={_LN},r={_R},p={_P}${'A' * 22}${'A' * 43}"
