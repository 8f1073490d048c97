"""What the filter of our own border thinks of a mail: spam, phishing, a virus.

Anybody may write such fields, and another house's filter judges by its own rules. A field counts only where our border
wrote it:

    - above the Received of the border, as most filters write (amavis, SpamAssassin, Barracuda, Proofpoint);
    - below it, if it names the border's host (X-Spam-Checker-Version, X-Rspamd-Server) because filters that speak
      Milter may add their fields at the end of the header section;
    - Microsoft's and Amazon's own fields, wherever they stand, where they are our border: both remove them from mail
      that comes from outside.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from parser.identity.trusted_authserv import MICROSOFT
from parser.mail import ParsedMail

_SHOWN = 120
_HOSTS_READ = 3
_YES = re.compile(r"\s*(?:yes|true|1)\b", re.IGNORECASE)
_GENERIC: Mapping[str, re.Pattern[str]] = {
    "x-spam": _YES,
    "x-spam-flag": _YES,
    "x-spam-status": re.compile(r"\s*(?:yes|spam)\b", re.IGNORECASE),
    "x-spamd-result": re.compile(r"\s*default:\s*true\b", re.IGNORECASE),
    "x-rspamd-action": re.compile(r"\s*(?:add[ _]header|rewrite[ _]subject|quarantine|reject)\b", re.IGNORECASE),
    "x-spam-action": re.compile(r"\s*(?:add[ _]header|rewrite[ _]subject|quarantine|reject)\b", re.IGNORECASE),
    "x-barracuda-spam-status": _YES,
    "x-barracuda-spam-flag": _YES,
    "x-proofpoint-spam-details": re.compile(
        r".{0,99}\brule=(?!notspam)\w{0,30}(?:spam|phish|malware|suspect)", re.IGNORECASE
    ),
    "x-gm-spam": _YES,
    "x-gm-phishy": _YES,
    "x-klms-antispam-status": re.compile(r"\s*(?:spam|phishing)\b", re.IGNORECASE),
    "x-virus-status": re.compile(r"\s*(?:yes|infected)\b", re.IGNORECASE),
    "x-amavis-alert": re.compile(r"\s*(?:infected|banned)\b", re.IGNORECASE),
    "x-dspam-result": re.compile(r"\s*(?:spam|virus|blacklisted)\b", re.IGNORECASE),
    "x-bogosity": re.compile(r"\s*(?:spam|yes)\b", re.IGNORECASE),
}
_SES: Mapping[str, re.Pattern[str]] = {
    "x-ses-spam-verdict": re.compile(r"\s*fail\b", re.IGNORECASE),
    "x-ses-virus-verdict": re.compile(r"\s*fail\b", re.IGNORECASE),
}
# Spam confidence 5 and more; SPM: found to be spam, SKS and SKB: by a rule of the tenant or of the reader.
_EXCHANGE: Mapping[str, re.Pattern[str]] = {
    "x-ms-exchange-organization-scl": re.compile(r"\s*[5-9]\s*\Z"),
    "x-forefront-antispam-report": re.compile(
        r"(?:.{0,2000};)?\s*(?:SCL:[5-9]\b|SFV:(?:SPM|SKS|SKB)\b|CAT:(?:SPM|HSPM|PHSH|HPHSH|HPHISH|MALW|AMP|SPOOF)\b)",
        re.IGNORECASE,
    ),
}
_SIGNS: Mapping[str, re.Pattern[str]] = {**_GENERIC, **_SES, **_EXCHANGE}
_NAMED = frozenset({"x-spam-checker-version", "x-rspamd-server", "x-rspamd-host", "x-virus-scanned"})
_AMAZON = ".amazonaws.com"
Headers = Sequence[tuple[str, str]]


def spam_verdict(mail: ParsedMail, authserv_id: str | None) -> str | None:
    """The field in which our border says that a mail is spam or worse, "X-Spam-Flag: YES"; None where it does not.

    `authserv_id` is the name of our border (RFC 8601 §2.5); None leaves only the place of a field to go by.
    """
    written = {name.lower() for name, _ in mail.headers}
    if written.isdisjoint(_SIGNS):
        return None
    top = _length_of_top(mail)
    named = _names_border(mail.headers, _border_hosts(mail, authserv_id))
    for index, (name, value) in enumerate(mail.headers):
        field = name.lower()
        sign = _SIGNS.get(field)
        if sign is None or not sign.match(value):
            continue
        provider = _provider(field, mail, authserv_id)
        if index < top or provider or (named and field in _GENERIC):
            return f"{name}: {' '.join(value.split())}"[:_SHOWN]
    return None


def _length_of_top(mail: ParsedMail) -> int:
    """How many fields stand above the Received of the border; all, where no server of another house took part."""
    places = [index for index, (name, _) in enumerate(mail.headers) if name.lower() == "received"]
    host = mail.trace.sending_host
    if host is None:
        # One hop or none: whatever stands there was written in our house, or by the sender against himself.
        return places[1] if len(places) > 1 else len(mail.headers)
    return next((at for at in places if host.address in mail.headers[at][1]), 0)


def _border_hosts(mail: ParsedMail, authserv_id: str | None) -> Iterator[str]:
    """The hosts of our house that a filter may name: the border by its configured name, and the topmost hops."""
    if authserv_id:
        yield authserv_id.lower()
    host = mail.trace.sending_host
    for hop in list(reversed(mail.trace.hops))[:_HOSTS_READ]:
        if hop.by:
            yield hop.by
        if host is not None and host.address in hop.sender:
            return


def _names_border(headers: Headers, hosts: Iterator[str]) -> bool:
    """Whether a filter's field names one of these hosts, whole or by its first label."""
    names = {one for host in hosts for one in (host, host.partition(".")[0])}
    said = [value.lower() for name, value in headers if name.lower() in _NAMED]
    return any(word in names for value in said for word in re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", value[:500]))


def _provider(field: str, mail: ParsedMail, authserv_id: str | None) -> bool:
    """Whether the field is one that only the provider who is our border can have written."""
    if field in _EXCHANGE:
        return (authserv_id or "").lower() == MICROSOFT
    if field in _SES:
        host = mail.trace.sending_host
        border = next((hop.by for hop in reversed(mail.trace.hops) if host and host.address in hop.sender), "")
        return (authserv_id or "").lower() == "amazonses.com" or border.endswith(_AMAZON)
    return False
