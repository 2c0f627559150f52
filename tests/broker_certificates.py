"""A private authority for tests, made by the openssl command line: a broker, the given clients, one revoked. Never used outside tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

_AUTHORITY = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
default_days = 1
default_crl_days = 1
policy = any
unique_subject = no
[any]
commonName = supplied
[broker]
subjectAltName = IP:127.0.0.1, DNS:localhost
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
"""


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def _request(folder: Path, name: str) -> None:
    _openssl(
        folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr",
    )  # fmt: skip


def make_authority(folder: Path, clients: Iterable[str], revoked: str) -> None:
    """Fills `folder` with ca.crt, ca.crl, broker.crt and .key, and CN.crt and .key for each client and the revoked one. Valid for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("1000\n")
    (folder / "authority.cnf").write_text(_AUTHORITY.format(folder=folder))
    _openssl(
        folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
        "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.crt",
    )  # fmt: skip
    for name, kind in [("broker", "broker"), *((client, "client") for client in (*clients, revoked))]:
        _request(folder, name)
        _openssl(
            folder, "ca", "-batch", "-notext", "-config", "authority.cnf", "-extensions", kind,
            "-in", f"{name}.csr", "-out", f"{name}.crt",
        )  # fmt: skip
    _openssl(folder, "ca", "-config", "authority.cnf", "-revoke", f"{revoked}.crt")
    _openssl(folder, "ca", "-config", "authority.cnf", "-gencrl", "-out", "ca.crl")
