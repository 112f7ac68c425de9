"""Hashes of passwords: scrypt as the RFC has it, and nothing else is taken for one."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from acdengine.settings.passwords import HASH_OF_NO_PASSWORD, hash_of, is_hash, matches

#: RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1).
RFC = bytes.fromhex(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
)


def written(content: bytes) -> str:
    return b64encode(content).decode().rstrip("=")


def test_the_hash_of_the_rfc() -> None:
    text = f"$scrypt$ln=14,r=8,p=1${written(b'SodiumChloride')}${written(RFC)}"
    assert matches("pleaseletmein", text)
    assert not matches("pleaseletmeinn", text)


@pytest.mark.slow
def test_a_new_hash_has_a_salt_of_its_own_and_matches_only_its_password() -> None:
    first, second = hash_of("Grüße 1234"), hash_of("Grüße 1234")
    assert first != second
    assert is_hash(first)
    assert matches("Grüße 1234", first)  # the same letters, written otherwise
    assert not matches("Grusse 1234", first)


@pytest.mark.parametrize(
    "text",
    ["", "a long password", "$scrypt$ln=30,r=8,p=3$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
     "$2b$12$abcdefghijklmnopqrstuv", HASH_OF_NO_PASSWORD + "\n"],
)  # fmt: skip
def test_what_is_no_hash(text: str) -> None:
    assert not is_hash(text)
    with pytest.raises(ValueError, match="no hash"):
        matches("a", text)


def test_the_hash_of_no_password_takes_as_much_work_as_a_new_one() -> None:
    assert is_hash(HASH_OF_NO_PASSWORD)
    assert HASH_OF_NO_PASSWORD.split("$")[2] == hash_of("a long password").split("$")[2]
    assert len(HASH_OF_NO_PASSWORD) == len(hash_of("a long password"))


def test_openssl_has_scrypt_here() -> None:
    assert (
        hashlib.scrypt(b"", salt=b"", n=16, r=1, p=1, dklen=64).hex().startswith("77d6576238657b")
    )
