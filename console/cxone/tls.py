"""Which servers are believed: the system's certificates, and verification that stays on."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Final

from console.domain.errors import EnvironmentProblem

# Where Linux distributions keep their certificates, for a Python (such as the one inside the
# packaged program) whose OpenSSL was built to look elsewhere.
_LINUX_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def make_ssl_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Trust what the system trusts, and `ca_file` besides; TLS 1.2 or newer, names checked.

    Costs 20 to 100 ms: make it once, off the event loop. Raises EnvironmentProblem where
    `ca_file` cannot be read.
    """
    context = _system_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise EnvironmentProblem(
                f"The certificate file {ca_file} cannot be used: {error}. It must hold "
                "certificates in PEM form; see the setting ca_file."
            ) from error
    return context


def no_tls_context() -> ssl.SSLContext:
    """A context that trusts nobody: for connections to this computer that never use TLS."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _system_context() -> ssl.SSLContext:
    if sys.platform != "linux":
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # On Linux truststore does the same, but reads the bundle again for each new connection
    # (20 ms on the event loop).
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        bundle = next((path for path in _LINUX_BUNDLES if Path(path).is_file()), None)
        if bundle is not None:
            context.load_verify_locations(cafile=bundle)
    return context
