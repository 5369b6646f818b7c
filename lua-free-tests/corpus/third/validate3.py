"""Proves lines of the corpus; shares no code or table with the makers."""
import re, unicodedata

LEN = dict(p.split(":") for p in """AT:20 BE:16 BG:22 CH:21 CY:28 CZ:24 DE:22 DK:18 EE:20 ES:24 FI:18 FR:27 GB:22 GR:27
HR:21 HU:28 IE:22 IT:27 LT:20 LU:20 LV:21 MT:31 NL:18 NO:15 PL:28 PT:25 RO:24 SE:24 SI:19 SK:24""".split())
LEN = {k: int(v) for k, v in LEN.items()}


def luhn(s):
    return sum(sum(divmod(int(c) * (1 + i % 2), 10)) for i, c in enumerate(s[::-1])) % 10 == 0


def _mul(a, b):                       # the dihedral group of order ten
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


_P = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258".split()


def verhoeff(s):
    c = 0
    for i, ch in enumerate(s[::-1]):
        c = _mul(c, int(_P[i % 8][int(ch)]))
    return c == 0


def network(s):
    n, p2, p3, p4 = len(s), int(s[:2]), int(s[:3]), int(s[:4])
    if n == 16:
        return s[0] == "4" or 51 <= p2 <= 55 or 2221 <= p4 <= 2720 or p4 == 6011 or 644 <= p3 <= 649 or p2 in (65, 62) or 3528 <= p4 <= 3589
    if n == 15:
        return p2 in (34, 37)
    return n == 14 and (300 <= p3 <= 305 or p2 in (36, 38, 39))


def is_card(s):
    return 14 <= len(s) <= 16 and network(s) and luhn(s)


def is_iban(s):
    s = s.upper()
    if LEN.get(s[:2]) != len(s) or not re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]+", s):
        return False
    v = 0
    for c in s[4:] + s[:4]:
        v = (v * 10 + int(c)) % 97 if c.isdigit() else (v * 100 + ord(c) - 55) % 97
    return v == 1


def is_ssn(a, g, s):
    return a not in ("000", "666") and a[0] != "9" and g != "00" and s != "0000"


def is_aad(s):
    return len(s) == 12 and s[0] in "23456789" and verhoeff(s)


PAN = re.compile(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]")
MAIL = re.compile(r"""(?:[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*|"[A-Za-z .]+")@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,}|[Xx][Nn]--[A-Za-z0-9-]*[A-Za-z0-9])""")
SELF = re.compile(r"""\+[1-9][\d ().\u00a0-]{6,22}\d|(?:1[-. ])?\([2-9]\d\d\) ?[2-9]\d\d-\d{4}|(?:1[-.])?[2-9]\d\d([-.])[2-9]\d\d\1\d{4}
|020 7946 0\d{3}|07700 900\d{3}|01[1-9]\d 49[68] 0\d{3}|01632 960\d{3}|029 2018 0\d{3}|0[1-79](?:(?: \d\d){4}|(?:\u00a0\d\d){4})""".replace("\n", ""))

CUES = {"phone": "phone tel mobile mob cell call sms whatsapp contact fax Telefon Handy téléphone portable appelez teléfono móvil celular llame cellulare телефон मोबाइल फ़ोन 電話 电话 手机",
        "ssn": r"SSN S\.S\.N\.? Soc_Sec SS# social_security my_social", "aadhaar": "Aadhaar Aadhar Adhaar UIDAI आधार"}
CUE = {k: [re.compile(w.replace("_", "[ _]?"), re.I) for w in v.split()] for k, v in CUES.items()}
CJK = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


def letter(c):
    return unicodedata.category(c)[0] in "LM"


def cue(cls, text, at, width):
    """a whole cue within `width` bytes before character `at`"""
    raw = text[:at].encode()[-width:]
    s = raw.decode(errors="ignore")
    whole = text[:at]
    off = len(whole) - len(s)
    for rx in CUE[cls]:
        for m in rx.finditer(whole, off):
            b, e = m.start(), m.end()
            w = m.group()
            if CJK.match(w):
                return True
            left = b == 0 or not letter(whole[b - 1]) or (whole[b - 1].islower() and w[0].isupper()) or (b > 1 and whole[b - 2] == "\\" and whole[b - 1] in "nrt")
            right = e == len(whole) or not letter(whole[e]) or (w[-1].islower() and whole[e].isupper())
            if left and right:
                return True
    return False


def loosecue(cls, text, at, width):
    """any cue, word or not, for what stays unlabelled among values"""
    s = text[:at].encode()[-width:].decode(errors="ignore")
    return any(rx.search(s) for rx in CUE[cls])


def check(text, spans, anynext=False, cueless=False, excuse=()):
    """raises ValueError with the reason"""
    def no(why, what=""):
        raise ValueError("%s: %r" % (why, what))
    raw = text.encode()
    if text != raw.decode() or "§" in text.replace("§§", ""):
        no("placeholder or coding", text)
    ch, last, mask = [], 0, list(text)
    for b, e, cls in spans:
        if b < last or e <= b or e > len(raw):
            no("order", (b, e))
        last = e
        try:
            cb, ce = len(raw[:b].decode()), len(raw[:e].decode())
        except UnicodeDecodeError:
            no("border inside a character", (b, e))
        ch.append((cb, ce, cls))
        mask[cb:ce] = "\x01" * (ce - cb)
    for cb, ce, cls in ch:
        v, L, R = text[cb:ce], text[:cb], text[ce:]
        l, r = L[-1:], R[:1]
        d = re.sub(r"\D", "", v)
        # borders
        if l and (l.isalnum() or letter(l)) and not CJK.match(l) and not (len(L) > 1 and L[-2] == "\\" and l in "nrt"):
            no("left border", L[-5:] + v)
        if r and (r.isalnum() or letter(r)) and not CJK.match(r):
            no("right border", v + R[:5])
        if l and l in "_-@+%" and not (cls == "iban" and l == "+") or r and r in "_-@–" or l == "–":
            no("glued", l + v + r)
        if re.search(r"\d\.$", L) or re.match(r"\.[A-Za-z0-9]", R):
            no("dot", L[-3:] + v + R[:3])
        if cls != "email":
            if re.search(r"\d[ \u00a0(]$", L) and not anynext or not anynext and re.match(r"[ \u00a0)]{1,2}\d", R) and cls not in ("pan_in",):
                no("digits beside", L[-8:] + "|" + v + "|" + R[:8])
        # forms
        if cls == "email":
            if not MAIL.fullmatch(v): no("email", v)
            if v[0] == '"' and (l not in ("", " ") or r in ('"', "\\", "'")): no("quoted local part", text)
            if "'" in v and ("'" in (l, r)) or "&" in v and re.search("[=<&]", text): no("apostrophe or ampersand", text)
        elif cls == "phone":
            if not 9 <= len(d) <= 15: no("phone length", v)
            if SELF.fullmatch(v):
                pass
            elif not re.fullmatch(r"[(\d][\d ()./\u00a0-]*\d", v) or not cue("phone", text, cb, 30):
                no("phone without cue", text)
            if d == v and (len(d) < 10 or is_aad(d) or is_card(d)): no("bare phone", v)
            if d == v and len(d) == 12 and loosecue("aadhaar", text, cb, 44): no("two cues", v)
        elif cls == "card":
            if not is_card(d): no("card", v)
            g = [len(x) for x in re.split(r"[ \u00a0-]", v)]
            if len(set(re.findall(r"\D", v))) > 1 or g not in ([len(d)], {16: [4, 4, 4, 4], 15: [4, 6, 5], 14: [4, 6, 4]}[len(d)]): no("card form", v)
            if len(d) < 16 and d == v and loosecue("phone", text, cb, 44): no("two cues", v)
        elif cls == "iban":
            s = re.sub(r"[ \u00a0]", "", v)
            if not is_iban(s) or not (s == s.upper() or s == s.lower()): no("iban", v)
            if s != v and [len(x) for x in re.split(r"[ \u00a0]", v)][:-1] != [4] * ((len(s) - 1) // 4): no("iban form", v)
        elif cls == "ssn":
            m = re.fullmatch(r"(\d{3})([- ]?)(\d\d)\2(\d{4})", v)
            if not m or not is_ssn(m[1], m[3], m[4]): no("ssn", v)
            if m[2] != "-" and not cue("ssn", text, cb, 30): no("ssn without cue", text)
        elif cls == "aadhaar":
            m = re.fullmatch(r"\d{4}([- ]?)\d{4}\1\d{4}", v)
            if not m or not is_aad(d): no("aadhaar", v)
            if not m[1] and not cue("aadhaar", text, cb, 30): no("aadhaar without cue", text)
            if not m[1] and loosecue("phone", text, cb, 44): no("two cues", v)
        elif cls == "pan_in":
            if not PAN.fullmatch(v): no("pan", v)
        else:
            no("class", cls)
    eye(text, "".join(mask), cueless, excuse, no)


def eye(text, rest, cueless, excuse, no):
    """a generous reader of what stands outside of the spans; where letters inside words are the point, whole cues count"""
    near = cue if cueless else loosecue
    for m in re.finditer(r"[^\s<>()\[\],;]+@[^\s<>()\[\],;]*\.[^\s<>()\[\],;]+", rest):
        package_host_image = r".*@[~^]?\d+\.\d+\.\d+(\.\d+)?(:\S*)?[\"']?|.*@[23]x\.(png|webp)"
        if "email" not in excuse and "\x01" not in m.group() and not re.fullmatch(package_host_image, m.group()):
            no("mail left over", m.group())
    for m in PAN.finditer(rest):
        a, z = rest[m.start() - 1:m.start()] if m.start() else "", rest[m.end():m.end() + 1]
        if not (a.isalnum() or z.isalnum()): no("pan left over", m.group())
    for m in re.finditer(r"[A-Za-z]{2}\d\d(?:[ \u00a0]?[A-Za-z0-9])+", rest):
        if m.start() and rest[m.start() - 1].isalnum(): continue
        s = re.sub(r"[ \u00a0]", "", m.group())
        n = LEN.get(s[:2].upper())
        if n and len(s) >= n and is_iban(s[:n]) : no("iban left over", m.group())
    for m in re.finditer(r"\d+(?:[ \u00a0-]\d+)*", rest):
        parts = [(x.start() + m.start(), x.group()) for x in re.finditer(r"\d+", m.group())]
        for i in range(len(parts)):
            for j in range(i + 1, min(len(parts), i + 6) + 1):
                g = [p[1] for p in parts[i:j]]
                ln, s = [len(x) for x in g], "".join(g)
                b = parts[i][0]; e = parts[j - 1][0] + len(parts[j - 1][1])
                a, z = rest[b - 1:b] if b else "", rest[e:e + 1]
                if len(g) == 1 and a == "." and rest[b - 2:b - 1].isdigit(): continue
                if letterish(a) or letterish(z): continue
                if ln in ([14], [15], [16], [4, 4, 4, 4], [4, 6, 5], [4, 6, 4]) and is_card(s): no("card left over", s)
                if len(s) in (13, 19) and len(g) == 1 and luhn(s) and s[0] in "456" and "epoch" not in excuse: no("card of 13 or 19", s)
                if ln == [4, 4, 4] and is_aad(s): no("aadhaar left over", s)
                if ln == [12] and is_aad(s) and near("aadhaar", text, b, 44): no("aadhaar left over", s)
                if ln == [3, 2, 4] and is_ssn(*g) and (rest[b:e].count("-") == 2 and "part" not in excuse or near("ssn", text, b, 44)): no("ssn left over", g)
                if ln == [9] and near("ssn", text, b, 44): no("ssn left over", s)
                if len(g) in (1, 3, 4) and 9 <= len(s) <= 13 and near("phone", text, b, 44) and "date" not in excuse: no("phone left over", text)
    for m in re.finditer(r"\+\d[\d ().-]{6,}\d", rest):
        if len(re.sub(r"\D", "", m.group())) >= 8: no("phone left over", m.group())
    for m in re.finditer(r"(?<![\d.-])(?:\([2-9]\d\d\) ?[2-9]\d\d-\d{4}|[2-9]\d\d([-.])[2-9]\d\d\1\d{4}|0[1-9](?: \d\d){4}|0\d{2,4} \d{3,4} \d{3,4}|0\d{4} \d{6})(?!\d)", rest):
        no("phone left over", m.group())


def letterish(c):
    return bool(c) and (c.isalnum() or c == "_") and not CJK.match(c)


def selftest():
    ok = lambda *a: check(*a) or True
    good = [("Call me at 020 7946 0123.", [[11, 24, "phone"]]), ("Zoë: 512-34-5678.", [[6, 17, "ssn"]]),
            ("4111111111111111", [[0, 16, "card"]]), ("DE89 3704 0044 0532 0130 00", [[0, 27, "iban"]]),
            ("x GB82WEST12345698765432", [[2, 24, "iban"]]), ("a@b.example", [[0, 11, "email"]]), ("ABCPE1234F", [[0, 10, "pan_in"]]),
            ("SSN 123456789", [[4, 13, "ssn"]]), ("Aadhaar 999941057058", [[8, 20, "aadhaar"]]), ("phone 4155550123", [[6, 16, "phone"]])]
    for g in good:
        ok(*g)
    bad = [("4111111111111112", [[0, 16, "card"]]), ("Zoë: 512-34-5678.", [[7, 17, "ssn"]]), ("Zoë: 512-34-5678.", [[2, 17, "ssn"]]), ("666-12-3456", [[0, 11, "ssn"]]),
           ("123456789", [[0, 9, "ssn"]]), ("hotel 4155550123", [[6, 16, "phone"]]), ("999941057059", [[0, 12, "aadhaar"]]), ("999941057058", [[0, 12, "aadhaar"]]),
           ("ABCDE1234F", [[0, 10, "pan_in"]]), ("ABCPE1234F", []), ("write a@b.example", []), ("4111 1111 1111 1111", []), ("DE89370400440532013000", []),
           ("DE88370400440532013000", [[0, 22, "iban"]]), ("9999 4105 7058", []), ("(415) 555-0123", []), ("SSN 123 45 6789", []), ("a@b.example", [[0, 9, "email"]]),
           ("07700 900123", []), ("call 4155550123", [])]
    for t, s in bad:
        try:
            check(t, s)
        except ValueError:
            continue
        raise SystemExit("selftest: accepted %r %r" % (t, s))
