"""What a mail is about: a category, a priority and a queue, from weighted words (`content/categories.toml`).

We use words and no model: an operator can read why a mail was sorted as it was, and correct the file, and a new desk
has no mails to learn from. A mail that no words sort is "unclassified", for a person to decide.
"""

from collections.abc import Mapping

from desk.categories import TEXT_LIMIT, UNCLASSIFIED, Categories, Haystack, SortingPolicy, Verdict, haystack

_SUBJECT_FACTOR = 1.5


def classify(subject: str, text: str, categories: Categories) -> Verdict:
    """What a mail is about. Takes time linear in the text; the same mail always gets the same verdict."""
    head, body = haystack(subject[:TEXT_LIMIT]), haystack(text[:TEXT_LIMIT])
    scores, found = _scores(head, body, categories)
    winner, confidence = _winner(scores, categories.file.policy)
    place = categories.file.unclassified if winner == UNCLASSIFIED else categories.file.category[winner]
    evidence = [f"{winner}: {word}" for word in found.get(winner, ())]
    priority: str = place.priority
    for raised, needles in categories.raisers:
        hit = next((needle for needle in needles if head.has(needle) or body.has(needle)), None)
        if hit is not None and raised < priority:
            priority = raised
            evidence.append(f"{raised}: {hit.shown}")
    return Verdict(winner, priority, place.queue, confidence, tuple(evidence))


def _scores(
    head: Haystack, body: Haystack, categories: Categories
) -> tuple[Mapping[str, float], Mapping[str, list[str]]]:
    """Points and words of each category; a word counts once, and more when it stands in the subject."""
    scores: dict[str, float] = {}
    found: dict[str, list[str]] = {}
    # No word goes over a line break. Nearly all of them are nowhere in the mail, and one look says so.
    words, letters = f"{head.words}\n{body.words}", f"{head.letters}\n{body.letters}"
    for id, needles in categories.needles.items():
        for weight, needle in needles:
            if needle.wanted in (words if needle.latin else letters):
                factor = _SUBJECT_FACTOR if head.has(needle) else 1.0
                scores[id] = scores.get(id, 0.0) + weight * factor
                found.setdefault(id, []).append(needle.shown)
    return scores, found


def _winner(scores: Mapping[str, float], policy: SortingPolicy) -> tuple[str, float]:
    """The category and the confidence in it (taxonomy, two-label policy)."""
    best = max(scores.values(), default=0.0)
    if best < policy.threshold:
        return UNCLASSIFIED, 0.0
    floor = max(best - policy.margin, policy.threshold)
    winner = next(id for id in policy.order if scores.get(id, 0.0) >= floor)
    total = sum(scores.values())
    # One weak word alone has all the points and proves little: the threshold stands against every mail.
    confidence = round(scores[winner] / (total + policy.threshold), 2)
    if scores[winner] / total < policy.share:
        return UNCLASSIFIED, confidence
    return winner, confidence
