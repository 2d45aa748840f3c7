"""Who we are to a registry. Nothing here is logged, printed or put into a message but names of variables, files and
programs, and what kind of error a program or a library ended with.

    kinds.py       what credentials are, and where they were found
    named.py       secrets that the configuration names
    wallet.py      one registry's: found when first wanted, found anew when they are refused or run out
    files.py       docker's config.json, Kubernetes' pull secrets, podman's auth.json
    programs.py    docker's credential helpers and commands of one's own
    clouds.py      the identity that this machine has in a cloud: ecr.py, gar.py, acr.py, by the cloud's own library
"""

from tagwright.credentials.kinds import Credentials, Found
from tagwright.credentials.named import secret
from tagwright.credentials.wallet import Wallet

__all__ = ["Credentials", "Found", "Wallet", "secret"]
