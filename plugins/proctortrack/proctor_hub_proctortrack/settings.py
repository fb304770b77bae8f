"""Settings of one Proctortrack account: the table ``[vendors.<slug>]``."""

from __future__ import annotations

from proctor_hub.protocols import RestSettings


class ProctortrackSettings(RestSettings):
    """Those of the REST provider protocol, and one more.

    ``send_return_url``: pass ``exam_return_url`` at registration, as the vendor's newer client
    does, so that the learner comes back to the exam page when the set-up is done.
    """

    send_return_url: bool = True
