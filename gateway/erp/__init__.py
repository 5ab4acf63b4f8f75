"""ERPs: one module per profile, chosen by the name that a target's configuration gives."""

from collections.abc import Callable

from gateway.erp.http_json import HttpJson
from gateway.model.outcomes import Refused
from gateway.ports import Erp
from gateway.profiles.agreement import ErpTarget

_LAB = "lab"


def open_erp(target: ErpTarget, lab_url: str | None) -> Erp:
    """The ERP this target names, connected when first used; `lab_url` is where the bundled simulator listens, if it runs.

    Raises Refused: erp.profile_unknown, erp.lab_not_running, erp.url_invalid, erp.token_invalid.
    """
    profile = _PROFILES.get(target.profile)
    if profile is None:
        raise Refused("erp.profile_unknown", target=target.name, value=target.profile, known=", ".join(_PROFILES))
    url = lab_url if target.url == _LAB else target.url
    if url is None:
        raise Refused("erp.lab_not_running", target=target.name)
    return profile(target, url)


def _http_json(target: ErpTarget, url: str) -> Erp:
    return HttpJson(
        target.name, url, token=target.token, timeout=target.timeout_seconds, concurrency=target.concurrency
    )


_PROFILES: dict[str, Callable[[ErpTarget, str], Erp]] = {"http_json": _http_json}
