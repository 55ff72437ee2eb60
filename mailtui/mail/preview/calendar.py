"""iCalendar (RFC 5545, RFC 5546) as a card: what, when, where, who, and what is asked. Times are shown as they are
written, with their zone: what this computer's zone is, is not known here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from mailtui.mail.preview.content_lines import Item, items, plain
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.sanitize import safe_line, safe_text

MAX_EVENTS = 50
MAX_PEOPLE = 12
_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Called off",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Another time is proposed",
    "PUBLISH": "Event",
    "ADD": "One more date of an event",
}
_ANSWERS = {"ACCEPTED": "yes", "DECLINED": "no", "TENTATIVE": "maybe", "NEEDS-ACTION": "no answer yet"}
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z)?)?")
_EVERY = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}


@dataclass(slots=True)
class Event:
    """One VEVENT or VTODO; `people`: (name, answer)."""

    kind: str = "VEVENT"
    values: dict[str, Item] = field(default_factory=dict)
    people: list[tuple[str, str]] = field(default_factory=list)


def read_events(text: str) -> tuple[str, list[Event]]:
    """(METHOD, events). Alarms and time zones are passed over."""
    method = ""
    events: list[Event] = []
    stack: list[str] = []
    for item in items(text):
        value = item.value.strip().upper()
        if item.name == "BEGIN":
            stack.append(value)
            if value in {"VEVENT", "VTODO"} and len(events) < MAX_EVENTS:
                events.append(Event(value))
        elif item.name == "END":
            if stack:
                stack.pop()
        elif item.name == "METHOD" and len(stack) == 1:
            method = value
        elif events and stack and stack[-1] in {"VEVENT", "VTODO"}:
            if item.name == "ATTENDEE":
                events[-1].people.append((_person(item), _ANSWERS.get(item.params.get("PARTSTAT", "").upper(), "")))
            else:
                events[-1].values.setdefault(item.name, item)
    return method, events


def _person(item: Item) -> str:
    address = item.value.strip()
    address = address[7:] if address.lower().startswith("mailto:") else address
    name = item.params.get("CN", "")
    return safe_line(f"{name} <{address}>" if name and name != address else address)


def _moment(item: Item | None) -> tuple[datetime | None, bool, str]:
    """(when, whether only a date, zone as written)."""
    match = _STAMP.match(item.value.strip()) if item is not None else None
    if item is None or match is None:
        return None, False, ""
    try:
        year, month, day, hour, minute = (int(match[place] or 0) for place in range(1, 6))
        when = datetime(year, month, day, hour, minute)  # a wall clock, without a zone
    except ValueError:
        return None, False, ""
    zone = "UTC" if match[6] else safe_line(item.params.get("TZID", ""))[:60]
    return when, match[4] is None, zone


def _day(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b %Y}"


def when_text(event: Event) -> str:
    """`Mon 23 Nov 2026, 09:30 - 10:00 (Europe/Berlin)`; "" if it does not say."""
    start, whole, zone = _moment(event.values.get("DTSTART"))
    end, _, end_zone = _moment(event.values.get("DTEND") or event.values.get("DUE"))
    if start is None:
        return safe_line(event.values["DTSTART"].value)[:80] if "DTSTART" in event.values else ""
    if whole:
        last = end.fromordinal(end.toordinal() - 1) if end is not None and end.toordinal() > start.toordinal() else None
        return _day(start) + (f" to {_day(last)}" if last is not None and last > start else "")
    text = f"{_day(start)}, {start:%H:%M}"
    if end is not None:
        text += f" - {end:%H:%M}" if end.date() == start.date() else f" - {_day(end)}, {end:%H:%M}"
    if end_zone and end_zone != zone:
        zone = f"{zone} to {end_zone}"
    return f"{text} ({zone})" if zone else text


def _again(item: Item | None) -> str:
    if item is None:
        return ""
    rule = dict(one.split("=", 1) for one in item.value.upper().split(";") if "=" in one)
    unit = _EVERY.get(rule.get("FREQ", ""), "")
    if not unit:
        return safe_line(item.value)[:100]
    step = rule.get("INTERVAL", "1")
    text = f"every {unit}" if step == "1" else f"every {safe_line(step)[:6]} {unit}s"
    if "BYDAY" in rule:
        text += f" on {safe_line(rule['BYDAY'])[:40]}"
    if "COUNT" in rule:
        text += f", {safe_line(rule['COUNT'])[:6]} times"
    until, _, _ = _moment(Item("UNTIL", {}, rule["UNTIL"])) if "UNTIL" in rule else (None, False, "")
    return text + (f", until {_day(until)}" if until else "")


def _text(event: Event, name: str, most: int = 500) -> str:
    item = event.values.get(name)
    return safe_line(" ".join(plain(item.value[: most * 2]).split()))[:most] if item else ""


def _event_lines(event: Event, method: str, width: int) -> list[Line]:
    word = "Task" if event.kind == "VTODO" else _METHODS.get(method, "Event")
    if _text(event, "STATUS") == "CANCELLED":
        word = _METHODS["CANCEL"]
    lines = wrap([Span(f"{word}: ", "dim"), Span(_text(event, "SUMMARY") or "(no title)", "heading")], width)
    organizer = event.values.get("ORGANIZER")
    for label, value in (
        ("When", when_text(event)),
        ("Again", _again(event.values.get("RRULE"))),
        ("Where", _text(event, "LOCATION")),
        ("From", _person(organizer) if organizer else ""),
    ):
        if value:
            lines += wrap([Span(f"{label:<6}", "dim"), Span(value)], width, (), (Span("      "),))
    for number, (name, answer) in enumerate(event.people[:MAX_PEOPLE]):
        spans = [Span(name), Span(f"  {answer}" if answer else "", "dim")]
        lines += wrap(spans, width, (Span("      " if number else "Who   ", "dim"),), (Span("      "),))
    if len(event.people) > MAX_PEOPLE:
        lines.append((Span(f"      and {len(event.people) - MAX_PEOPLE} more", "dim"),))
    item = event.values.get("DESCRIPTION")
    description = safe_text(plain(item.value[:8000])).strip() if item else ""
    for number, line in enumerate(description.split("\n") if description else ()):
        if number == 0:
            lines.append(())
        lines += wrap([Span(line)], width) if line.strip() else [()]
    return lines


def calendar_lines(text: str, width: int) -> list[Line]:
    """The events of a calendar as cards; empty if there is none."""
    method, events = read_events(text)
    lines: list[Line] = []
    for event in events:
        if lines:
            lines.append(())
        lines += _event_lines(event, method, width)
    return lines
