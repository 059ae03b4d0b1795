"""The way to the mail server: encrypted, to the right one, and logged in."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clinic.booking.notify import mail
from clinic.booking.notify.mail import ServerAway
from clinic.settings.environment import Mail
from tests.mailserver import MailServer

LOGIN = ("clinic", "a password")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1's own, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests")])
    today = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *plain)
    )
    return path


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def checked(_server, _session, _envelope, _mechanism, data):
    right = (data.login.decode(), data.password.decode()) == LOGIN
    return AuthResult(success=right, handled=right)  # what is not handled, aiosmtpd refuses with 535


@pytest.fixture(params=["starttls", "tls"])
def server(request, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    way = {"tls_context": context, "require_starttls": True} if request.param == "starttls" else {}
    if request.param == "tls":
        way = {"ssl_context": context, "auth_require_tls": False}
    running = MailServer(**way, authenticator=checked, auth_required=True)
    running.security = request.param
    running.up()
    yield running
    running.down()


def deliver(server, password=LOGIN[1], security=None):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@clinic.example", "jane@example.com", "Hello"
    message.set_content("Hello")
    settings = Mail("127.0.0.1", server.port, security or server.security, LOGIN[0], password, None)
    with mail.MailServer(settings) as way:
        way.deliver(message)


def test_an_e_mail_goes_encrypted_and_logged_in(server, trusted):
    deliver(server)
    assert len(server.received) == 1


def test_a_server_that_cannot_prove_who_it_is_gets_no_password(server, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(ServerAway):
        deliver(server)
    assert server.received == []


def test_a_wrong_password_is_no_fault_of_the_message(server, trusted):
    with pytest.raises(ServerAway, match="535"):
        deliver(server, "wrong")


def test_a_server_that_offers_no_encryption_gets_nothing(trusted):
    plain = MailServer().up()
    try:
        with pytest.raises(ServerAway):
            deliver(plain, security="starttls")
    finally:
        plain.down()
    assert plain.received == []
