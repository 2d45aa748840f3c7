"""Certificates made on the spot: an authority, a server it vouches for, and a signer of tokens."""

from __future__ import annotations

import base64
import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def authority(folder: Path) -> Path:
    """Write ca.pem, and server.pem with server.key for localhost, 127.0.0.1 and registry.test; the path of ca.pem."""
    own, server = _key(), _key()
    ca = _certificate("test authority", own, "test authority", own, x509.BasicConstraints(ca=True, path_length=None))
    hosts = [x509.DNSName("localhost"), x509.DNSName("registry.test")]
    names = x509.SubjectAlternativeName([*hosts, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = _certificate("localhost", server, "test authority", own, names)
    _write(folder / "server.pem", leaf)
    _write_key(folder / "server.key", server)
    _write(folder / "ca.pem", ca)
    return folder / "ca.pem"


def signer(folder: Path) -> ec.EllipticCurvePrivateKey:
    """A key to sign tokens with; its certificate is token.pem, the bundle a registry trusts."""
    key = _key()
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    _write(folder / "token.pem", _certificate("token signer", key, "token signer", key, constraints))
    return key


def body(certificate: Path) -> str:
    """A PEM certificate as a token's header carries it (RFC 7515, 4.1.6, "x5c"): base64 of DER."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return base64.b64encode(found.public_bytes(serialization.Encoding.DER)).decode()


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(extension, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    plain = serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
