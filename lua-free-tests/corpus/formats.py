"""Values of each class of personal data: drawn at random, checksums valid.

A maker takes a random.Random and returns (value, needs_cue): whether the form
is personal data only beside a word that says so (README.md, Cues).
"""

import string

# Public test numbers of the card networks.
TEST_CARDS = """4111111111111111 4012888888881881 4242424242424242
5555555555554444 5105105105105100 2223003122003222 378282246310005
371449635398431 6011111111111117 6011000990139424 30569309025904
3530111333300000 3566002020360505 6200000000000005""".split()

# Network: prefixes (low, high), length, groups.
CARDS = [
    ("visa", [(4, 4)], 16, (4, 4, 4, 4), 30),
    ("mastercard", [(51, 55), (2221, 2720)], 16, (4, 4, 4, 4), 25),
    ("amex", [(34, 34), (37, 37)], 15, (4, 6, 5), 18),
    ("discover", [(6011, 6011), (644, 649), (65, 65)], 16, (4, 4, 4, 4), 9),
    ("diners", [(300, 305), (36, 36), (38, 38)], 14, (4, 6, 4), 6),
    ("jcb", [(3528, 3589)], 16, (4, 4, 4, 4), 6),
    ("unionpay", [(62, 62)], 16, (4, 4, 4, 4), 6),
]

# BBAN of the registry: n digits, a capitals, c either.  Check digits that a
# country keeps inside its BBAN are random, so that hardly one is an account.
IBANS = {
    "AE": "n19", "AT": "n16", "BE": "n12", "CH": "n5c12", "CY": "n8c16",
    "CZ": "n20", "DE": "n18", "DK": "n14", "EE": "n16", "ES": "n20",
    "FI": "n14", "FR": "n10c11n2", "GB": "a4n14", "GR": "n7c16",
    "HU": "n24", "IE": "a4n14", "IT": "a1n10c12", "LT": "n16",
    "LU": "n3c13", "MT": "a4n5c18", "NL": "a4n10", "NO": "n11", "PL": "n24",
    "PT": "n21", "RO": "a4c16", "SA": "n2c18", "SE": "n20", "SI": "n15",
    "SK": "n20", "TR": "n6c16",
}
IBAN_OFTEN = "DE FR GB ES IT NL BE CH AT PL PT IE".split()

# Fourth letter of an Indian PAN: the kind of holder.
PAN_KINDS = "ABCFGHJLPT"

VERHOEFF_D = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6], [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
VERHOEFF_P = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2], [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0], [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5], [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
]

LOCALS = """anna.berg j.doe support.desk m_ryan li.wei priya.nair o.hansen
carlos.m giulia rider driver77 t.mueller karin_s noor.k zoe yuki.t ivan.p
maria-jose accounts billing.team hello a.b.c x fleet_ops claims.eu r2d2
first.last dispatch nina.o.dell j.smith1984 pat.o'neil n0reply""".split()
TAGS = "rides news 2026 claims+urgent app-test ios".split()
RESERVED = """example.com example.org example.net mail.example.com
eu.mail.example.org post.firma.example kanzlei.example taxi-union.example
a.b.c.example.net users.lab.test ride-share.test""".split()
PUNYCODE = """xn--mller-kva.example xn--bcher-kva.example.com
example.xn--80akhbyknj4f example.xn--zckzah mail.xn--caf-dma.example.org
xn--fsq.xn--zckzah""".split()
COMPANY = "kestrel hovercraft bluepine mosshill tarnwerk quillon".split()
TLDS = "com com de co.uk in co.in fr io nl com.br travel photography".split()

US_AREAS = """201 202 206 212 213 214 303 305 310 312 404 408 412 415 503 512
602 617 619 646 702 713 718 773 808 816 832 904 916 949 971""".split()
UK_AREAS = "113 114 115 116 117 118 121 131 141 151 161".split()
FR_RANGES = "0199 0261 0353 0465 0536 0639".split()
FR_BLOCKS = dict(zip(FR_RANGES, "00 91 01 71 49 98".split()))
DE_CITIES = [("30", "23125"), ("69", "90009"), ("40", "66969"),
             ("221", "4710"), ("89", "99998")]
AU_MOBILES = """491570006 491570156 491570157 491570158 491570159 491570110
491571266 491571491 491572549 491573770 491574118 491575254""".split()


def digits(rnd, count):
    return "".join(rnd.choice(string.digits) for _ in range(count))


def capitals(rnd, count):
    return "".join(rnd.choice(string.ascii_uppercase) for _ in range(count))


def shape(rnd, pattern):
    """# is a digit, ^ one but 0, ? a capital letter, ! a hexadecimal digit;
    all else stands for itself."""
    alphabets = {"#": string.digits, "^": "123456789",
                 "?": string.ascii_uppercase, "!": "0123456789abcdef"}
    return "".join(rnd.choice(alphabets[c]) if c in alphabets else c
                   for c in pattern)


def grouped(text, sizes, separator):
    parts = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return separator.join(parts)


def weighted(rnd, choices):
    """Of (weight, value) pairs, one value."""
    return rnd.choices([c[1] for c in choices], [c[0] for c in choices])[0]


def luhn_valid(number):
    total = 0
    for i, c in enumerate(reversed(number)):
        d = int(c) * (1 + i % 2)
        total += d - 9 if d > 9 else d
    return total % 10 == 0


def luhn_complete(body):
    return next(body + c for c in string.digits if luhn_valid(body + c))


def verhoeff_valid(number):
    check = 0
    for i, c in enumerate(reversed(number)):
        check = VERHOEFF_D[check][VERHOEFF_P[i % 8][int(c)]]
    return check == 0


def verhoeff_complete(body):
    return next(body + c for c in string.digits if verhoeff_valid(body + c))


def iban_remainder(iban):
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97


def iban_complete(country, bban):
    return country + "%02d" % (98 - iban_remainder(country + "00" + bban)) \
        + bban


def card_number(rnd):
    if rnd.random() < 0.08:
        number = rnd.choice(TEST_CARDS)
        sizes = {14: (4, 6, 4), 15: (4, 6, 5)}.get(len(number), (4,) * 4)
        return number, sizes
    _, prefixes, length, sizes, _ = rnd.choices(
        CARDS, [c[4] for c in CARDS])[0]
    prefix = str(rnd.randint(*rnd.choice(prefixes)))
    return luhn_complete(prefix + digits(rnd, length - len(prefix) - 1)), sizes


def card(rnd):
    number, sizes = card_number(rnd)
    separator = weighted(rnd, [(40, " "), (35, ""), (23, "-"), (1, "\u00a0")])
    return grouped(number, sizes, separator), False


def bban(rnd, structure):
    out = ""
    while structure:
        kind, count = structure[0], ""
        structure = structure[1:]
        while structure and structure[0].isdigit():
            count += structure[0]
            structure = structure[1:]
        out += capitals(rnd, int(count)) if kind == "a" else \
            digits(rnd, int(count))
        if kind == "c" and rnd.random() < 0.4:
            out = out[:-1] + capitals(rnd, 1)
    return out


def iban_plain(rnd):
    country = rnd.choice(IBAN_OFTEN if rnd.random() < 0.5 else sorted(IBANS))
    return iban_complete(country, bban(rnd, IBANS[country]))


def iban(rnd):
    plain = iban_plain(rnd)
    sizes = [4] * (len(plain) // 4) + [len(plain) % 4] * (len(plain) % 4 > 0)
    separator = weighted(rnd, [(52, " "), (47, ""), (1, "\u00a0")])
    text = grouped(plain, sizes, separator)
    return (text.lower() if rnd.random() < 0.12 else text), False


def ssn_area(rnd):
    return rnd.choice([n for n in range(1, 900) if n != 666])


def ssn(rnd):
    parts = "%03d" % ssn_area(rnd), "%02d" % rnd.randint(1, 99), \
        "%04d" % rnd.randint(1, 9999)
    separator = weighted(rnd, [(66, "-"), (17, " "), (17, "")])
    return separator.join(parts), separator != "-"


def aadhaar_plain(rnd):
    first = "9999" if rnd.random() < 0.2 else rnd.choice("23456789")
    return verhoeff_complete(first + digits(rnd, 11 - len(first)))


def aadhaar(rnd):
    separator = weighted(rnd, [(68, " "), (10, "-"), (22, "")])
    return grouped(aadhaar_plain(rnd), (4, 4, 4), separator), separator == ""


def pan_in(rnd, kinds=PAN_KINDS):
    kind = "P" if kinds == PAN_KINDS and rnd.random() < 0.6 \
        else rnd.choice(kinds)
    return capitals(rnd, 3) + kind + capitals(rnd, 1) \
        + "%04d" % rnd.randint(1, 9999) + capitals(rnd, 1), False


def email_domain(rnd):
    made_up = "%s-%s%s.%s" % (rnd.choice(COMPANY), rnd.choice(COMPANY),
                              digits(rnd, 2), rnd.choice(TLDS))
    domain = weighted(rnd, [(60, rnd.choice(RESERVED)), (32, made_up),
                            (8, rnd.choice(PUNYCODE))])
    return domain.upper() if rnd.random() < 0.03 else domain


def email(rnd):
    local = rnd.choice(LOCALS)
    extra = rnd.random()
    if extra < 0.15:
        local += "+" + rnd.choice(TAGS)
    elif extra < 0.35:
        local += digits(rnd, rnd.randint(1, 4))
    elif extra < 0.40:
        local = local.upper()
    elif extra < 0.403:
        local = '"%s"' % local
    return local + "@" + email_domain(rnd), False


# Phones by country: of each form its weight, the number, and whether it needs
# a cue.  Subscribers are those kept for fiction, where a country has some.

def phone_us(rnd):
    area, line = rnd.choice(US_AREAS), "01" + digits(rnd, 2)
    form, cue = weighted(rnd, [
        (6, ("(%s) %s-%s", False)), (2, ("(%s)%s-%s", False)),
        (7, ("%s-%s-%s", False)), (4, ("%s.%s.%s", False)),
        (3, ("%s %s %s", True)), (2, ("1-%s-%s-%s", False)),
        (2, ("1 (%s) %s-%s", False)), (3, ("+1 %s %s %s", False)),
        (3, ("+1-%s-%s-%s", False)), (3, ("+1 (%s) %s-%s", False)),
        (5, ("+1%s%s%s", False)), (1, ("+1.%s.%s.%s", False)),
        (4, ("%s%s%s", True))])
    return form % (area, "555", line), cue


def phone_uk(rnd):
    n = digits(rnd, 3)
    city = rnd.choice(UK_AREAS)
    return weighted(rnd, [
        (3, ("020 7946 0" + n, False)), (1, ("(020) 7946 0" + n, False)),
        (1, ("0207 946 0" + n, False)), (2, ("01632 960" + n, False)),
        (1, ("01632 960 " + n, False)), (4, ("07700 900" + n, False)),
        (3, ("07700 900 " + n, False)),
        (2, ("0%s 496 0%s" % (city, n), False)),
        (2, ("+44 20 7946 0" + n, False)), (3, ("+44 7700 900" + n, False)),
        (1, ("+44 (0)20 7946 0" + n, False)), (3, ("+447700900" + n, False)),
        (1, ("0044 7700 900" + n, True)), (3, ("07700900" + n, True)),
        (1, ("029 2018 0" + n, False))])


def phone_de(rnd):
    area, stem = rnd.choice(DE_CITIES)
    n, m = digits(rnd, 3), digits(rnd, 2)
    return weighted(rnd, [
        (3, ("0%s %s%s" % (area, stem, n), True)),
        (3, ("0%s/%s%s" % (area, stem, n), True)),
        (2, ("(0%s) %s-%s" % (area, stem, n), True)),
        (2, ("0%s-%s%s" % (area, stem, n), True)),
        (3, ("0171 39200" + m, True)), (1, ("0171/39200" + m, True)),
        (2, ("0176 040690" + m, True)),
        (3, ("+49 %s %s%s" % (area, stem, n), False)),
        (1, ("+49 (0)%s %s-%s" % (area, stem, n), False)),
        (2, ("+49 171 39200" + m, False)), (2, ("+4917139200" + m, False))])


def phone_fr(rnd):
    head = rnd.choice(FR_RANGES)
    pairs = [head[:2], head[2:], FR_BLOCKS[head], digits(rnd, 2),
             digits(rnd, 2)]
    tail = pairs[1:]
    return weighted(rnd, [
        (5, (" ".join(pairs), False)), (3, (".".join(pairs), False)),
        (1, ("-".join(pairs), False)), (1, ("\u00a0".join(pairs), False)),
        (3, ("+33 %s %s" % (pairs[0][1], " ".join(tail)), False)),
        (2, ("+33%s%s" % (pairs[0][1], "".join(tail)), False)),
        (1, ("+33 (0)%s %s" % (pairs[0][1], " ".join(tail)), False)),
        (2, ("".join(pairs), True))])


def phone_in(rnd):
    a, b = rnd.choice("6789") + digits(rnd, 4), digits(rnd, 5)
    return weighted(rnd, [
        (4, ("%s %s" % (a, b), True)), (2, ("0%s-%s" % (a, b), True)),
        (1, ("0%s %s" % (a, b), True)), (4, (a + b, True)),
        (4, ("+91 %s %s" % (a, b), False)), (2, ("+91-%s-%s" % (a, b), False)),
        (3, ("+91-%s%s" % (a, b), False)), (3, ("+91%s%s" % (a, b), False)),
        (1, (shape(rnd, "022-2### ####"), True)),
        (1, (shape(rnd, "080-2#######"), True))])


def phone_elsewhere(rnd):
    mobile = rnd.choice(AU_MOBILES)
    return weighted(rnd, [
        (2, ("0" + grouped(mobile, (3, 3, 3), " "), True)),
        (2, ("+61 " + grouped(mobile, (3, 3, 3), " "), False)),
        (1, (shape(rnd, "(02) 5550 ####"), True)),
        (2, (shape(rnd, "070-174 06 ") + "%02d" % rnd.randint(5, 99), True)),
        (2, (shape(rnd, "+46 70 174 06 ") + "%02d" % rnd.randint(5, 99),
             False)),
        (2, (shape(rnd, "090-####-####"), True)),
        (2, (shape(rnd, "+81 90 #### ####"), False)),
        (2, (shape(rnd, "(11) 9####-####"), True)),
        (2, (shape(rnd, "+55 11 9####-####"), False)),
        (1, (shape(rnd, "6## ### ###"), True)),
        (2, (shape(rnd, "+34 6## ### ###"), False)),
        (1, (shape(rnd, "+346########"), False)),
        (1, (shape(rnd, "347 ### ####"), True)),
        (2, (shape(rnd, "+39 347 #######"), False)),
        (1, (shape(rnd, "06-1#######"), True)),
        (2, (shape(rnd, "+31 6 1#######"), False)),
        (1, (shape(rnd, "+52 55 #### ####"), False)),
        (1, (shape(rnd, "+65 8### ####"), False)),
        (1, (shape(rnd, "+971 50 ### ####"), False)),
        (1, (shape(rnd, "+27 82 ### ####"), False)),
        (1, (shape(rnd, "+48 512 ### ###"), False)),
        (1, (shape(rnd, "020 91# ####"), True)),
        (1, (shape(rnd, "138 #### ####"), True)),
        (1, (shape(rnd, "+86 138 #### ####"), False))])


def phone(rnd):
    country = weighted(rnd, [(34, phone_us), (18, phone_uk), (11, phone_de),
                             (11, phone_fr), (14, phone_in),
                             (12, phone_elsewhere)])
    return country(rnd)


MAKERS = {"email": email, "phone": phone, "card": card, "iban": iban,
          "ssn": ssn, "aadhaar": aadhaar, "pan_in": pan_in}
