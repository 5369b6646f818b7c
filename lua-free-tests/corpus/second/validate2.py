"""Proves each line: spans, forms, checksums, cues, and no value left over.

Shares no code with the makers of the values.
"""

import json
import re

CLASSES = ("email", "phone", "card", "iban", "ssn", "aadhaar", "pan_in")
LENGTHS = dict(AT=20, BE=16, BG=22, CH=21, CY=28, CZ=24, DE=22, DK=18, EE=20,
               ES=24, FI=18, FR=27, GB=22, GR=27, HR=21, HU=28, IE=22, IT=27,
               LT=20, LU=20, LV=21, MT=31, NL=18, NO=15, PL=28, PT=25, RO=24,
               SE=24, SI=19, SK=24)
CUES = {
    "phone": "phone|tel|mobile|mob|cell|call|sms|whatsapp|contact|fax|telefon"
             "|handy|téléphone|portable|appelez|teléfono|móvil|celular|llame"
             "|cellulare|телефон|मोबाइल|फ़ोन|फ़ोन|電話|电话|手机",
    "ssn": r"ssn|s\.s\.n\.|social[ _]?security|soc[ _]?sec|ss#|my[ _]?social",
    "aadhaar": "aadhaar|aadhar|adhaar|uidai|आधार",
}
CUES["phone"] = "|".join(sorted(CUES["phone"].split("|"), key=len)[::-1])
WINDOW = 30


def luhn(s):
    odd = s[-1::-2]
    even = s[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(c), 10))
                                     for c in even)) % 10 == 0


def _tables():
    """Verhoeff's tables from their definition: D5, and a permutation."""
    def mul(a, b):
        (ra, fa), (rb, fb) = divmod(a, 5)[::-1], divmod(b, 5)[::-1]
        r = (ra - rb if fa else ra + rb) % 5
        return r + 5 * (fa ^ fb)
    d = [[mul(a, b) for b in range(10)] for a in range(10)]
    base = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    p = [list(range(10))]
    for _ in range(7):
        p.append([base[x] for x in p[-1]])
    return d, p


D, PERM = _tables()


def verhoeff(s):
    c = 0
    for i, ch in enumerate(s[::-1]):
        c = D[c][PERM[i % 8][int(ch)]]
    return c == 0


def is_iban(s):
    s = s.upper()
    return (LENGTHS.get(s[:2]) == len(s) and s[2:4].isdigit()
            and "02" <= s[2:4] <= "98" and int("".join(
                str(int(c, 36)) for c in s[4:] + s[:4])) % 97 == 1)


def is_card(s):
    n, p2, p3, p4 = len(s), int(s[:2]), int(s[:3]), int(s[:4])
    net = (n == 16 and (s[0] == "4" or 51 <= p2 <= 55 or 2221 <= p4 <= 2720
                        or p4 == 6011 or 644 <= p3 <= 649 or p2 == 65
                        or 3528 <= p4 <= 3589 or p2 == 62)
           or n == 15 and p2 in (34, 37)
           or n == 14 and (300 <= p3 <= 305 or p2 in (36, 38, 39)))
    return bool(net and luhn(s))


def is_ssn(s):
    return (s[:3] not in ("000", "666") and s[0] != "9" and s[3:5] != "00"
            and s[5:] != "0000")


def cue_at(cls, before, window):
    """Whether a whole cue stands in the last bytes of the text before."""
    tail = before.encode()[-window:].decode(errors="ignore")
    kept = before.encode()[:-window].decode(errors="ignore")[-1:]
    for m in re.finditer(CUES[cls], tail, re.I):
        left = tail[m.start() - 1] if m.start() else kept
        first = tail[m.start()]
        right = tail[m.end():m.end() + 1]
        # CJK words need no borders; others do, or a change of case.
        if ord(first) > 0x3000:
            return True
        if left.isalpha() and not (left.islower() and first.isupper()):
            continue
        if right.isalpha() and right.isascii() and not right.isupper():
            continue
        return True
    return False


NO_CUE_PHONE = re.compile(
    r"\+[1-9][\d .()\u00a0-]{5,24}\d"
    r"|(?:1[-. ])?\(?[2-9]\d\d(?:\) ?|[-.])[2-9]\d\d[-.]\d{4}"
    r"|(?:\(?020\)? 7946 0|029 2018 0|028 9649 6|01[236]1 496 0|0191 498 0"
    r"|0808 157 0|07700 900 ?|\(?01632\)? 960 ?)\d{3}"
    r"|0[1-9](?:[ .\u00a0]\d\d){4}")
FORMS = {
    "email": re.compile(r"(?:\"[^\"]*\"|[A-Za-z0-9_.+%&'-]+)@(?:[A-Za-z0-9-]+"
                        r"\.)+(?:[A-Za-z]{2,}|xn--[a-z0-9]+)"),
    "card": re.compile(r"\d{14,16}|(\d{4})([ \u00a0-])(?:\d{4}\2\d{4}\2\d{4}"
                       r"|\d{6}\2\d{4,5})"),
    "iban": re.compile(r"(?:[A-Z]{2}\d\d(?:[A-Z0-9]{11,27}|(?:[ \u00a0]"
                       r"[A-Z0-9]{4})+(?:[ \u00a0][A-Z0-9]{1,3})?))"
                       r"|(?:[a-z]{2}\d\d(?:[a-z0-9]{11,27}|(?:[ \u00a0]"
                       r"[a-z0-9]{4})+(?:[ \u00a0][a-z0-9]{1,3})?))"),
    "ssn": re.compile(r"\d{3}([- ]?)\d{2}\1\d{4}"),
    "aadhaar": re.compile(r"[2-9]\d{3}([- ]?)\d{4}\1\d{4}"),
    "pan_in": re.compile(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"),
    "phone": re.compile(r"[+(]?[\d][\d .()/\u00a0-]*\d"),
}


def digits(s):
    return re.sub(r"\D", "", s)


def value_error(cls, value, before, after):
    if not FORMS[cls].fullmatch(value):
        return "form"
    num = digits(value)
    if cls == "card" and not is_card(num):
        return "card"
    if cls == "iban" and not is_iban(re.sub(r"\s", "", value)):
        return "iban"
    if cls == "ssn" and not is_ssn(num):
        return "ssn"
    if cls == "ssn" and "-" not in value and not cue_at("ssn", before,
                                                         WINDOW):
        return "no cue"
    if cls == "aadhaar" and not verhoeff(num):
        return "verhoeff"
    if cls == "aadhaar" and value == num and not cue_at("aadhaar", before,
                                                        WINDOW):
        return "no cue"
    if cls == "phone":
        if not 9 <= len(num) <= 15:
            return "length"
        if not NO_CUE_PHONE.fullmatch(value) and not cue_at("phone", before,
                                                            WINDOW):
            return "no cue"
    escape = re.search(r"\\[nrt]$", before)
    left, right = before[-1:], after[:1]
    if left.isascii() and left.isalnum() and not escape:
        return "left border"
    if right.isascii() and right.isalnum():
        return "right border"
    for c in left, right:
        if c.isalpha() and 0x80 <= ord(c) < 0x0E00:
            return "letters touch"
    return None


def candidates(text):
    """Whatever a generous reader would take for a value."""
    for m in re.finditer(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9-]+"
                         r"\.)+(?:[A-Za-z]{2,}|xn--[a-z0-9-]+)", text):
        yield "email", m
    for m in re.finditer(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)", text):
        if is_ssn(digits(m[0])):
            yield "ssn", m
    for m in re.finditer(r"(?<!\d)\d{3} ?\d{2} ?\d{4}(?!\d)", text):
        if is_ssn(digits(m[0])) and cue_at("ssn", text[:m.start()], 44):
            yield "ssn", m
    for m in re.finditer(r"(?<!\d)(?=([2-9]\d{3}([ -])\d{4}\2\d{4})(?!\d))",
                         text):
        if verhoeff(digits(m[1])):
            yield "aadhaar", m
    for m in re.finditer(r"(?<!\d)[2-9]\d{11}(?!\d)", text):
        if verhoeff(m[0]) and cue_at("aadhaar", text[:m.start()], 44):
            yield "aadhaar", m
    for m in re.finditer(r"(?<![\d.])(?=(\d{14,16}|\d{4}[ -]\d{4}[ -]\d{4}"
                         r"[ -]\d{4}|\d{4}[ -]\d{6}[ -]\d{4,5})(?!\d))", text):
        if is_card(digits(m[1])):
            yield "card", m
    for m in re.finditer(r"(?<![A-Za-z0-9])(?=([A-Za-z]{2}\d\d[A-Za-z0-9 ]+))",
                         text):
        flat = m[1].replace(" ", "")
        n = LENGTHS.get(flat[:2].upper())
        if n and len(flat) >= n and is_iban(flat[:n]):
            yield "iban", m
    for m in re.finditer(r"(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}"
                         r"[A-Z](?![A-Za-z0-9])", text):
        yield "pan_in", m
    for m in re.finditer(r"\+[1-9][\d .()-]{5,}\d", text):
        if len(digits(m[0])) >= 8:
            yield "phone", m
    for m in re.finditer(r"(?<![\d.])(?:\(?[2-9]\d\d\)?[-. ]{1,2}[2-9]\d\d"
                         r"[-.]\d{4}|\(?0[1-9]\d{1,3}\)? \d{3,4} ?\d{3,4}"
                         r"|0[1-9](?:[ .]\d\d){4})(?!\d)", text):
        yield "phone", m
    for m in re.finditer(r"(?<!\d)\d[\d ()/-]{7,}\d", text):
        if 9 <= len(digits(m[0])) <= 15 and cue_at("phone", text[:m.start()],
                                                   44):
            yield "phone", m


def line_error(row, excused=()):
    """The first thing wrong with a line, or None."""
    text, spans = row["text"], row["spans"]
    raw = text.encode()
    rest, at = "", 0
    for begin, end, cls in spans:
        if cls not in CLASSES or not at <= begin < end <= len(raw):
            return "span %r" % ((begin, end, cls),)
        try:
            before, value = raw[:begin].decode(), raw[begin:end].decode()
            after = raw[end:].decode()
        except UnicodeDecodeError:
            return "inside a character"
        bad = value_error(cls, value, before, after)
        if bad:
            return "%s %r: %s" % (cls, value, bad)
        rest += raw[at:begin].decode() + "\u2588" * len(value)
        at = end
    rest += raw[at:].decode()
    for cls, m in candidates(rest):
        if cls not in excused:
            return "left over %s at %r" % (cls, rest[m.start():m.start() + 30])
    return None


def file_errors(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    seen, out = set(), []
    for number, row in enumerate(rows, 1):
        if list(row) != ["text", "spans"]:
            out.append("line %d: keys" % number)
        if row["text"] in seen:
            out.append("line %d: twice" % number)
        seen.add(row["text"])
    return rows, out


def self_check():
    """Published samples pass, spoiled lines are refused."""
    assert verhoeff("2363") and verhoeff("999941057058")
    assert not verhoeff("999941057085")
    assert is_iban("GB29NWBK60161331926819") and is_iban(
        "mt84malt011000012345mtlcast001s") and is_iban("NO9386011117947")
    assert not is_iban("GB29NWBK60161331926918")
    assert is_card("4111111111111111") and is_card("378282246310005")
    assert not is_card("4111111111111112") and not is_card("1" * 16)
    good = {"text": "Zoë: 512-34-5678.", "spans": [[6, 17, "ssn"]]}
    assert line_error(good) is None
    for text, spans in (
            (good["text"], []), (good["text"], [[5, 17, "ssn"]]),
            (good["text"], [[6, 16, "ssn"]]), (good["text"], [[3, 17, "ssn"]]),
            (good["text"], [[6, 17, "phone"]]),
            ("Zoë: 666-34-5678.", [[6, 17, "ssn"]]),
            ("no 512345678.", [[3, 12, "ssn"]]),
            ("x 4111 1111 1111 1112", [[2, 21, "card"]]),
            ("x 4111 1111 1111 1111", []),
            ("hotel 4155550123", [[6, 16, "phone"]]),
            ("to DE89370400440532013000 now", []),
            ("to DE88370400440532013000", [[3, 25, "iban"]]),
            ("a ABCDL1234C", [[2, 12, "pan_in"]]), ("a ABCPL1234C", []),
            ("9999 4105 7058", []), ("kim@example.com.", []),
            ("9999 4105 7085", [[0, 14, "aadhaar"]])):
        assert line_error({"text": text, "spans": spans}), (text, spans)
