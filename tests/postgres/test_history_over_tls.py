"""The history in a real PostgreSQL over TLS, with a certificate that somebody made."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivrcore.errors import HistoryError
from ivrcore.history.database import Database
from ivrcore.history.projection import Projection
from ivrcore.history.report import About
from ivrcore.lab.postgres import Postgres
from tests.unit.history.history_site import append, whole
from tests.unit.metrics import metrics_stories as stories


def certificate(name: x509.GeneralName) -> tuple[bytes, bytes]:
    """Make a certificate for this name, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a database")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    serial = x509.random_serial_number()
    made = (
        x509.CertificateBuilder(own, own, key.public_key(), serial, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private


HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Path]]:
    """A cluster with a certificate of its own, and the file that has it."""
    made = Postgres()
    try:
        mine, key = certificate(HERE)
        made.use_tls(mine, key)
        made.start()
        file = tmp_path_factory.mktemp("tls") / "ca.pem"
        file.write_bytes(mine)
        yield made, file
    finally:
        made.remove()


def encrypted(url: str) -> str | None:
    """Give the version of TLS that a connection has, as PostgreSQL sees it; None without."""
    database = Database(url)
    asked = sa.text("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
    with database.transaction() as connection:
        version: str | None = connection.execute(asked).scalar_one_or_none()
    database.close()
    return version


@pytest.mark.parametrize("mode", ["", "?sslmode=prefer", "?sslmode=require"])
def test_given_a_server_with_tls_then_it_is_used_without_a_check(
    mode: str, cluster: tuple[Postgres, Path]
) -> None:
    assert str(encrypted(cluster[0].url + mode)).startswith("TLSv1.")


def test_given_tls_turned_off_then_the_connection_is_plain(cluster: tuple[Postgres, Path]) -> None:
    assert encrypted(cluster[0].url + "?sslmode=disable") is None


def test_given_its_authority_then_the_history_is_kept_over_a_checked_connection(
    cluster: tuple[Postgres, Path], tmp_path: Path
) -> None:
    postgres, authority = cluster
    url = f"{postgres.url}?sslmode=verify-full&sslrootcert={authority}"
    assert str(encrypted(url)).startswith("TLSv1.")
    append(tmp_path / "journal.db", stories.a_day())
    database = Database(url)
    assert Projection(tmp_path / "journal.db", database).catch_up() == len(stories.a_day())
    assert whole(database, About.CONTACTS).total["offered"] == 6
    database.close()


def test_given_a_certificate_that_nobody_signed_then_the_connection_is_refused(
    cluster: tuple[Postgres, Path],
) -> None:
    with pytest.raises(HistoryError, match="certificate verify failed") as caught:
        encrypted(cluster[0].url + "?sslmode=verify-full")
    assert cluster[0].url not in str(caught.value)


def test_given_the_certificate_of_somebody_else_then_the_connection_is_refused(
    cluster: tuple[Postgres, Path], tmp_path: Path
) -> None:
    other, _ = certificate(HERE)
    (tmp_path / "other.pem").write_bytes(other)
    with pytest.raises(HistoryError, match="certificate verify failed"):
        encrypted(f"{cluster[0].url}?sslmode=verify-full&sslrootcert={tmp_path / 'other.pem'}")


def test_given_another_name_than_the_certificates_then_the_connection_is_refused(
    cluster: tuple[Postgres, Path],
) -> None:
    postgres, authority = cluster
    url = postgres.url.replace("127.0.0.1", "localhost")
    with pytest.raises(HistoryError, match=r"[Hh]ostname mismatch"):
        encrypted(f"{url}?sslmode=verify-full&sslrootcert={authority}")
