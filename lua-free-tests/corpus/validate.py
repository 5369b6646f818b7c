"""Proves a line of the corpus, with arithmetic and patterns of its own.

It shares no code with formats.py: what one of the two gets wrong, the other
finds.
"""

import re

# Bytes before a value in which a cue decides (README.md, Cues).
CUE_BYTES = 32

CUES = {
    "phone": r"""phone|\btel\b|mobil|\bmob\b|\bcell|\bcall\b|\bsms\b|whatsapp|
        contact|\bfax\b|telefon|handy|t[ée]l[ée]phone|portable|appelez|
        tel[ée]fon|m[óo]vil|celular|llame|cellulare|телефон|मोबाइल|
        फ़ोन|電話|电话|手机""",
    "ssn": r"\bssns?\b|s\.s\.n\.|social.?security|soc\.? ?sec|\bss\#"
           r"|my social",
    "aadhaar": r"aa?dhaa?r|adhaar|uidai|आधार",
}
CUES = {name: re.compile(cue, re.I | re.X if name == "phone" else re.I)
        for name, cue in CUES.items()}

IBAN_LENGTHS = {
    "AE": 23, "AT": 20, "BE": 16, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27,
    "HU": 28, "IE": 22, "IT": 27, "LT": 20, "LU": 20, "MT": 31, "NL": 18,
    "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "TR": 26,
}

NETWORKS = re.compile(
    r"4\d{15}|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)"
    r"\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12}|3(?:0[0-5]|[68]\d)"
    r"\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14}")


def luhn(number):
    doubled = "0246813579"
    return sum(int(c) if i % 2 == 0 else int(doubled[int(c)])
               for i, c in enumerate(reversed(number))) % 10 == 0


def dihedral(a, b):
    """The product in the group of the pentagon's symmetries: rotations 0-4,
    reflections 5-9."""
    turn = (a + b) % 5 if a < 5 else (a - b) % 5
    return turn + 5 * ((a < 5) != (b < 5))


def verhoeff(number):
    check = 0
    for i, c in enumerate(reversed(number)):
        digit = int(c)
        for _ in range(i % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        check = dihedral(check, digit)
    return check == 0


def mod97(iban):
    rest = 0
    for c in iban[4:] + iban[:4]:
        value = int(c, 36)
        rest = (rest * (100 if value > 9 else 10) + value) % 97
    return rest == 1


def is_email(text):
    local, _, domain = text.rpartition("@")
    return bool(
        re.fullmatch(r"[A-Za-z0-9._+'-]+|\"[A-Za-z0-9._+' -]+\"", local)
        and re.fullmatch(r"(?:[A-Za-z0-9-]+\.)+(?:[A-Za-z]{2,}|xn--[a-z0-9]+)",
                         domain))


def is_phone(text):
    plain = re.sub(r"[^0-9+]", "", text.replace("(0)", ""))
    return bool(re.fullmatch(r"[0-9+() ./\u00a0-]+", text)
                and re.fullmatch(r"\+[1-9]\d{7,14}|0{0,2}[1-9]\d{7,12}", plain)
                and text[0] in "+(0123456789" and text[-1].isdigit())


def is_card(text):
    plain = re.sub(r"[ \u00a0-]", "", text)
    return bool(NETWORKS.fullmatch(plain)) and luhn(plain)


def is_iban(text):
    plain = re.sub(r"[ \u00a0]", "", text).upper()
    return bool(re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]+", plain)) \
        and IBAN_LENGTHS.get(plain[:2]) == len(plain) and mod97(plain)


def is_ssn(text):
    parts = re.fullmatch(r"(\d{3})([- ]?)(\d\d)\2(\d{4})", text)
    return bool(parts) and parts[1] not in ("000", "666") \
        and parts[1][0] != "9" and parts[3] != "00" and parts[4] != "0000"


def is_aadhaar(text):
    parts = re.fullmatch(r"([2-9]\d{3})([- ]?)(\d{4})\2(\d{4})", text)
    return bool(parts) and verhoeff(re.sub(r"\D", "", text))


def is_pan_in(text):
    return bool(re.fullmatch(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", text)) \
        and text[5:9] != "0000"


IS = {"email": is_email, "phone": is_phone, "card": is_card, "iban": is_iban,
      "ssn": is_ssn, "aadhaar": is_aadhaar, "pan_in": is_pan_in}

# Forms that are what they are without a cue.  None may stand outside a span.
LOOSE = [(name, re.compile(pattern, re.I)) for name, pattern in [
    ("email", r"[\w.+'-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}"),
    ("phone", r"\+\d(?:[ .-]?\d){7,14}|\(?[2-9]\d\d(?:\) ?|[-. ])[2-9]\d\d"
              r"[-. ]\d{4}|0\d(?:[ .-]\d\d){4}|\d{4,5} \d{6}"
              r"|[6-9]\d{4} \d{5}"),
    ("card", r"\d(?:[ -]?\d){12,18}"),
    ("iban", r"[a-z]{2}\d\d(?: ?[a-z0-9]){11,30}"),
    ("ssn", r"\d{3}([- ])\d\d\1\d{4}"),
    ("aadhaar", r"\d{4}([- ])\d{4}\1\d{4}"),
    ("pan_in", r"[a-z]{5}\d{4}[a-z]"),
]]

# What stands beside a cue, bare, and would need a label.
BARE = {"phone": r"\d{10,13}", "ssn": r"\d{9}|\d{3} \d\d \d{4}",
        "aadhaar": r"\d{12}"}

# Look-alikes that are no data for what they are: an image for dense screens
# and a point by ISO 6709.
EXEMPT = re.compile(r"@[23]x\.(?:png|webp)|\+\d\d\.\d{4}-\d{3}\.\d{4}/")


def cued(name, before):
    """Whether a word that says what follows ends in the bytes before."""
    return bool(CUES[name].search(
        before[-CUE_BYTES:].decode(errors="ignore")))


def outside(text, spans):
    """The text with each span replaced by as many signs that end a value."""
    data = bytearray(text.encode())
    for begin, end, _ in spans:
        data[begin:end] = b"\x01" * (end - begin)
    return data.decode()


def readings(pattern, text):
    """Each match that begins and ends at an edge, overlapping or not: a
    shorter one may be valid where the longest is not."""
    for edge in re.finditer(r"(?<![0-9A-Za-z])(?=[0-9A-Za-z+(])", text):
        end = len(text)
        while match := pattern.match(text, edge.start(), end):
            if not re.match(r"[0-9A-Za-z]", text[match.end():][:1]):
                yield match[0]
            end = match.end() - 1


def span_faults(data, spans):
    last = 0
    for begin, end, name in spans:
        if not last <= begin < end <= len(data):
            yield "span %d-%d is out of order" % (begin, end)
            return
        last = end
        try:
            value = data[begin:end].decode()
            data[:begin].decode()
        except UnicodeDecodeError:
            yield "span %d-%d splits a character" % (begin, end)
            continue
        if not IS[name](value):
            yield "%s is no %s" % (value, name)
        if needs_cue(name, value) and not cued(name, data[:begin]):
            yield "%s has no cue before it" % value
        if re.match(rb"[0-9A-Za-z]", data[end:end + 1]) or re.search(
                rb"[0-9A-Za-z]$", data[:begin]):
            yield "%s stands amid letters or digits" % value


def needs_cue(name, value):
    return name in BARE and bool(re.fullmatch(BARE[name], value))


def faults(line):
    """What is wrong with a line, as sentences."""
    data = line["text"].encode()
    found = list(span_faults(data, line["spans"]))
    if found:
        return found
    rest = EXEMPT.sub("\x01", outside(line["text"], line["spans"]))
    for name, pattern in LOOSE:
        for value in readings(pattern, rest):
            valid = IS[name](value.upper() if name == "pan_in" else value)
            if valid:
                found.append("%s outside a span: %s" % (name, value))
    for name, pattern in BARE.items():
        for match in re.finditer(r"(?<![0-9A-Za-z])(?:%s)(?![0-9A-Za-z])"
                                 % pattern, rest):
            if cued(name, rest[:match.start()].encode()):
                found.append("%s beside a cue: %s" % (name, match[0]))
    return found
