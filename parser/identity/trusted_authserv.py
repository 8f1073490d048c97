"""Which Authentication-Results the border of this mailbox wrote (RFC 8601 §5), among all that a mail carries.

Most servers write theirs on top of what they were given. Two large providers do not, and are known by name:

    mx.google.com            Received: by 10.37.47.81 with SMTP id …          (inside, no "from")
                             Received: from … by mx.google.com with ESMTPS …  (the border)
                             Authentication-Results: mx.google.com; dmarc=pass …

    protection.outlook.com   Received: from … by ….prod.outlook.com …         (inside)
                             Authentication-Results: spf=pass (…) …; dmarc=pass …   (without an id)
                             Received: from … by ….mail.protection.outlook.com …    (the border)
"""

import re
from collections.abc import Sequence

from parser.identity import authres
from parser.mail import AuthResult, AuthResults, ParsedMail

GOOGLE = "mx.google.com"
MICROSOFT = "protection.outlook.com"

_BY = re.compile(r"\bby\s+([A-Za-z0-9.:-]{1,255})", re.IGNORECASE)
_FROM = re.compile(r"\s*from\s", re.IGNORECASE)
MICROSOFT_BORDER = ".mail.protection.outlook.com"
MICROSOFT_HOSTS = (".outlook.com", ".office365.com")
_LONGEST = 2000
Headers = Sequence[tuple[str, str]]


def results(mail: ParsedMail, authserv_id: str) -> tuple[AuthResults, ...]:
    """The fields to believe for this id, in lower case; usually one, and none when the border wrote none."""
    found: AuthResults | None
    if authserv_id == GOOGLE:
        found = _google(mail.headers)
    elif authserv_id == MICROSOFT:
        found = _microsoft(mail)
    else:
        return tuple(one for one in mail.auth_results if one.topmost and one.authserv_id == authserv_id)
    return () if found is None else (found,)


def _by(received: str) -> str:
    """The host that wrote a Received field, in lower case; "" where it does not say."""
    match = _BY.search(received[:_LONGEST])
    return match[1].lower() if match else ""


def _google(headers: Headers) -> AuthResults | None:
    """The first of Google's fields between the border's Received and the one below it."""
    passed = False
    for name, value in headers:
        field = name.lower()
        if field == "received" and passed:
            return None
        if field == "received" and _FROM.match(value):
            # The first hop that took the mail from somebody must be the border, or the mail came another way.
            if _by(value) != GOOGLE:
                return None
            passed = True
        elif field == "authentication-results" and passed:
            found = authres.read_one(value, topmost=True)
            return found if found.authserv_id == GOOGLE else None
    return None


def _microsoft(mail: ParsedMail) -> AuthResults | None:
    """The first field above the border's Received, where all hops above are Microsoft's; else of the same tenant."""
    found: AuthResults | None = None
    for name, value in mail.headers:
        field = name.lower()
        if field == "received":
            host = _by(value)
            if host.endswith(MICROSOFT_BORDER):
                return found
            if not host.endswith(MICROSOFT_HOSTS):
                return None
        elif field == "authentication-results" and found is None:
            # Written without an id, against RFC 8601 §2.2.
            found = authres.read_one(f"{MICROSOFT}; {value}", topmost=True)
    return _same_tenant(mail)


def _same_tenant(mail: ParsedMail) -> AuthResults | None:
    """A mail that never left Microsoft's servers and that they mark as sent by an authenticated user of the tenant.

    Fields of this prefix are removed from mail that comes from outside.
    """
    marks = [value.strip() for name, value in mail.headers if name.lower() == "x-ms-exchange-organization-authas"]
    hops = [value for name, value in mail.headers if name.lower() == "received"]
    if marks != ["Internal"] or not hops or mail.sender.address is None:
        return None
    return AuthResults(MICROSOFT, (AuthResult("auth", "pass", (("smtp.auth", mail.sender.address),)),), True)
