"""Public: vendor protocols that several vendors speak, as bases for plugins.

:class:`~proctor_hub.protocols.rest.RestProvider` is the REST protocol of Open edX proctoring
services; a vendor speaking it extends it with a few lines.
"""

from proctor_hub.protocols.rest import RestProvider, RestSettings

__all__ = ["RestProvider", "RestSettings"]
