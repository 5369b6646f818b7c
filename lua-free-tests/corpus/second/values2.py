"""Values of the seven classes, from ranges kept for fiction if known."""

import random
import string

import checks2 as ck

R = random.Random()
NBSP = "\u00a0"


def dig(n, first="0123456789"):
    return R.choice(first) + "".join(R.choice(string.digits)
                                     for _ in range(n - 1))


# -- cards -----------------------------------------------------------------

TEST_CARDS = {
    "visa": ("4111111111111111", "4242424242424242", "4012888888881881"),
    "mc": ("5555555555554444", "5105105105105100", "2223003122003222"),
    "amex": ("378282246310005", "371449635398431"),
    "diners": ("30569309025904", "38520000023237", "36227206271667"),
    "disc": ("6011111111111117", "6011000990139424"),
    "jcb": ("3530111333300000", "3566002020360505"),
    "up": ("6200000000000005",),
}


def card_digits(net=None):
    net = net or R.choices(
        ("visa", "mc", "amex", "diners", "disc", "jcb", "up"),
        (30, 25, 15, 8, 9, 7, 6))[0]
    if R.random() < .12:
        return R.choice(TEST_CARDS[net])
    head = {
        "visa": lambda: "4",
        "mc": lambda: str(R.choice((R.randint(51, 55),
                                    R.randint(2221, 2720)))),
        "amex": lambda: R.choice(("34", "37")),
        "diners": lambda: R.choice(("300", "302", "305", "36", "38", "39")),
        "disc": lambda: R.choice(("6011", "644", "649", "65")),
        "jcb": lambda: str(R.randint(3528, 3589)),
        "up": lambda: R.choice(("6200", "6212", "6225", "6240", "6282")),
    }[net]()
    size = {"amex": 15, "diners": 14}.get(net, 16)
    body = head + "".join(R.choice(string.digits)
                          for _ in range(size - 1 - len(head)))
    return body + ck.luhn_digit(body)


def group_card(s, sep):
    cuts = {15: (4, 6, 5), 14: (4, 6, 4), 16: (4, 4, 4, 4)}.get(len(s))
    if not sep or not cuts:
        return s
    out, at = [], 0
    for n in cuts:
        out.append(s[at:at + n])
        at += n
    return sep.join(out)


def card(net=None):
    sep = R.choices(("", " ", "-", NBSP), (32, 45, 22, 1))[0]
    return group_card(card_digits(net), sep)


def card_aadhaar():
    """A card whose first or last twelve digits are an Aadhaar's, too."""
    while True:
        s = card_digits(R.choice(("visa", "mc", "disc", "jcb", "up")))
        for t in s[:12], s[4:]:
            if t[0] > "1" and ck.verhoeff_digit(t[:-1]) == t[-1]:
                return group_card(s, R.choice(" -"))


# -- IBAN ------------------------------------------------------------------

# n: digits, a: capitals, c: either; the registry's own patterns.
IBANS = {
    "AT": "n16", "BE": "n12", "BG": "a4n6c8", "CH": "n5c12", "CY": "n8c16",
    "CZ": "n20", "DE": "n18", "DK": "n14", "EE": "n16", "ES": "n20",
    "FI": "n14", "FR": "n10c11n2", "GB": "a4n14", "GR": "n7c16", "HR": "n17",
    "HU": "n24", "IE": "a4n14", "IT": "a1n10c12", "LT": "n16", "LU": "n3c13",
    "LV": "a4c13", "MT": "a4n5c18", "NL": "a4n10", "NO": "n11", "PL": "n24",
    "PT": "n21", "RO": "a4c16", "SE": "n20", "SI": "n15", "SK": "n20",
}


def with_check(land, bban):
    return land + "%02d" % (98 - ck.mod97(bban + land + "00")) + bban


def iban_plain():
    land = R.choice(list(IBANS) + ["DE", "FR", "GB", "NL", "ES", "IT"] * 2)
    bban, pattern = "", IBANS[land]
    while pattern:
        kind, pattern = pattern[0], pattern[1:]
        n = ""
        while pattern and pattern[0].isdigit():
            n, pattern = n + pattern[0], pattern[1:]
        pool = {"n": string.digits, "a": string.ascii_uppercase,
                "c": string.digits * 6 + string.ascii_uppercase}[kind]
        bban += "".join(R.choice(pool) for _ in range(int(n)))
    return with_check(land, bban)


def iban_grouped():
    s = iban_plain()
    sep = NBSP if R.random() < .01 else " "
    return sep.join(s[i:i + 4] for i in range(0, len(s), 4))


def iban_card():
    """Four groups of it would be a card."""
    s = with_check("DE", card_digits("visa") + dig(2))
    return " ".join(s[i:i + 4] for i in range(0, len(s), 4))


def iban_aadhaar():
    """Three groups of it would be an Aadhaar number."""
    s = with_check("DE", aadhaar_digits() + dig(6)) if R.random() < .5 \
        else with_check("PL", dig(4) + aadhaar_digits() + dig(8))
    return " ".join(s[i:i + 4] for i in range(0, len(s), 4))


def iban():
    return R.choices((iban_plain, iban_grouped, iban_lower), (45, 45, 10))[0]()


def iban_lower():
    return R.choice((iban_plain, iban_grouped))().lower()


# -- numbers of the USA and of India ---------------------------------------

def ssn_parts():
    while True:
        area = R.randint(1, 899)
        if area != 666:
            break
    parts = ("%03d" % area, "%02d" % R.randint(1, 99),
             "%04d" % R.randint(1, 9999))
    if "".join(parts) in ("078051120", "219099999", "123456789"):
        return ssn_parts()
    return parts


def ssn_dashed():
    return "-".join(ssn_parts())


def ssn_any():
    return R.choices(("-", " ", ""), (45, 25, 30))[0].join(ssn_parts())


def aadhaar_digits():
    body = dig(11, "23456789")
    return body + ck.verhoeff_digit(body)


def aadhaar_grouped():
    s = aadhaar_digits()
    return R.choices((" ", "-"), (75, 25))[0].join((s[:4], s[4:8], s[8:]))


def aadhaar_any():
    return aadhaar_digits() if R.random() < .45 else aadhaar_grouped()


def pan():
    caps = string.ascii_uppercase
    return "".join(R.choice(caps) for _ in range(3)) + R.choices(
        "ABCFGHJLPT", (1, 1, 4, 2, 1, 2, 1, 1, 12, 1))[0] + R.choice(caps) \
        + "%04d" % R.randint(1, 9999) + R.choice(caps)


# -- mail ------------------------------------------------------------------

GIVEN = ("anna jan maria li wei rahul priya tom eva noor omar ines kofi yuki "
         "sven lucia pavel dina hugo mia arjun chidi leila ravi zoe").split()
FAMILY = ("klein dupont garcia rossi novak sharma tanaka kim okafor jensen "
          "silva costa petrov haddad obrien weber moreau lopez patel").split()
RESERVED = ("example.com", "example.org", "example.net", "mail.example.com",
            "eu-west.mx.example.net", "firma.example", "taxi.test",
            "a.b.c.example.org", "acme.invalid", "EXAMPLE.COM",
            "x.example", "sub-domain.example.org", "3.example.com",
            "2go.example")
IDN = ("xn--r8jz45g.xn--zckzah", "xn--e1afmkfd.xn--80akhbyknj4f",
       "xn--fsqu00a.xn--0zwm56d", "mail.xn--mgbh0fb.xn--kgbechtv",
       "xn--bcher-kva.example", "xn--mller-brandt-0ib.example")
ENDS = ("de", "fr", "co.uk", "in", "co.in", "io", "taxi", "museum", "com.br",
        "photography", "es", "nl", "pl", "travel", "jp", "gov.in", "me")


def domain():
    x = R.random()
    if x < .62:
        return R.choice(RESERVED)
    if x < .70:
        return R.choice(IDN)
    return "%s%s%d.%s" % (R.choice(("cab", "nordwind", "ridekin", "flotte",
                                    "my-taxi", "velo")), R.choice(("-", "")),
                          R.randint(1000, 9999), R.choice(ENDS))


def email(plain=False):
    g, f = R.choice(GIVEN), R.choice(FAMILY)
    y = R.randint(1, 99)
    forms = ["%s.%s" % (g, f), "%s%s" % (g[0], f), "%s_%s" % (g, f), g,
             "%s-%s%d" % (g, f, y), "%s%d" % (g, y), "%s.%s+ride" % (g, f),
             "%s+%d" % (g, y), "%s+cab.%d" % (f, y), g.upper() + "." +
             f.upper(), g.title() + f.title(), g[0], "%d%s" % (y, g),
             "%s.%s.%s" % (g, f[0], f), "_%s" % g, "%s__%s" % (g, f),
             "no-reply", "info", "%s+a-b_c" % g, "%s.%d.%d" % (g, y,
                                                               y + 1900)]
    if not plain:
        forms += ["%s.o'%s" % (g, "brien"), "%s%%desk" % g,
                  "%s&%s" % (g, R.choice(GIVEN))]
    return R.choice(forms) + "@" + domain()


def email_quoted():
    g, f = R.choice(GIVEN), R.choice(FAMILY)
    return R.choice(('"%s %s"' % (g, f), '"%s..%s"' % (g, f), '"%s@%s"' % (
        g, f), '"%s,%s"' % (f, g), '" "', '"%s(%s)"' % (g, f))) \
        + "@" + R.choice(RESERVED)


def email_number():
    """A local part of digits, as gateways of text messages have it."""
    return us_bare() + "@" + R.choice(("sms.example.net", "txt.example.org",
                                       "mms.nordwind-%s.me" % dig(4)))


def email_long():
    words = "-".join(R.choice(GIVEN) for _ in range(9))
    return (words + "." + R.choice(FAMILY))[:64].rstrip(".-") + "@" + ".".join(
        R.choice(("mx", "eu", "desk", "rides", "a1", "x-y"))
        for _ in range(R.randint(3, 7))) + "." + R.choice(RESERVED)


# -- telephones ------------------------------------------------------------

AREAS = "212 415 305 312 206 617 702 303 512 404 646 213 503 808 907".split()


def us_parts():
    return R.choice(AREAS), "555", "01" + dig(2)


def us():
    a, b, c = us_parts()
    return R.choices(("(%s) %s-%s", "%s-%s-%s", "%s.%s.%s", "(%s)%s-%s",
                      "1-%s-%s-%s", "1 (%s) %s-%s", "(%s) %s.%s"),
                     (30, 35, 14, 8, 5, 4, 4))[0] % (a, b, c)


def us_blanks():
    return " ".join(us_parts())


def us_bare():
    return "".join(us_parts())


def uk():
    x = dig(3)
    return R.choice((
        "020 7946 0" + x, "020 7946 0" + x, "07700 900" + x,
        "07700 900" + x, "07700 900 " + x, "0161 496 0" + x,
        "0121 496 0" + x, "0131 496 0" + x, "0191 498 0" + x,
        "01632 960" + x, "01632 960 " + x, "0808 157 0" + x,
        "(020) 7946 0" + x, "(01632) 960" + x, "029 2018 0" + x,
        "028 9649 6" + x))


FR = (("01", "99", "00"), ("02", "61", "91"), ("03", "53", "01"),
      ("04", "65", "71"), ("05", "36", "49"), ("06", "39", "98"))


def fr(seps=(" ", " ", " ", " ", " ", " ", ".", NBSP)):
    sep = R.choice(seps)
    if sep == NBSP and R.random() < .8:
        sep = " "
    return sep.join(R.choice(FR) + (dig(2), dig(2)))


def fr_cue():
    return fr((" ", " ", ".", "", "-"))


def de():
    n = R.choice((("030", "23125" + dig(3)), ("040", "66969" + dig(3)),
                  ("069", "90009" + dig(3)), ("089", "99998" + dig(3)),
                  ("0221", "4710" + dig(3)), ("0171", "39200" + dig(2)),
                  ("0176", "040690" + dig(2)), ("0152", "28817386")))
    a, b = n
    return R.choice((a + "/" + b, a + " " + b, a + "-" + b, a + " / " + b,
                     "(" + a + ") " + b, a + b, a + " " + b[:3] + " " + b[3:],
                     a + "/" + b[:2] + " " + b[2:4] + " " + b[4:]))


def india():
    n = dig(10, "6789")
    return R.choice((n[:5] + " " + n[5:], n, "0" + n[:5] + "-" + n[5:],
                     "0" + n, n[:5] + "-" + n[5:], n[:4] + " " + n[4:7] + " "
                     + n[7:], "0" + n[:5] + " " + n[5:], "022-2" + dig(7),
                     "080 2" + dig(3) + " " + dig(4), "011-2" + dig(7)))


def india_bare():
    return dig(10, "6789")


def es():
    n = R.choice("67") + dig(8)
    return R.choice((n[:3] + " " + n[3:5] + " " + n[5:7] + " " + n[7:],
                     n[:3] + " " + n[3:6] + " " + n[6:],
                     n[:3] + "-" + n[3:6] + "-" + n[6:]))


def it():
    n = "3" + dig(9, "2349")
    return R.choice((n[:3] + " " + n[3:6] + " " + n[6:], n,
                     n[:3] + " " + n[3:], n[:3] + "-" + n[3:]))


def br():
    a, b, c = R.choice(("11", "21", "31", "85")), "9" + dig(4), dig(4)
    return R.choice(("(%s) %s-%s", "(%s)%s-%s", "%s %s-%s", "%s%s%s")) % (
        a, b, c)


def ru():
    a, b, c, d = "9" + dig(2), dig(3), dig(2), dig(2)
    return R.choice(("8 (%s) %s-%s-%s", "8-%s-%s-%s-%s", "8 %s %s-%s-%s",
                     "8%s%s%s%s", "8(%s)%s-%s-%s")) % (a, b, c, d)


def jp():
    return R.choice(("090-%s-%s", "080-%s-%s", "03-%s-%s", "070%s%s")) % (
        dig(4), dig(4))


def cn():
    n = "13" + dig(9)
    return R.choice((n, n[:3] + " " + n[3:7] + " " + n[7:],
                     n[:3] + "-" + n[3:7] + "-" + n[7:]))


def au():
    return R.choice(("0491 570 006", "0491 570 156", "0491 570 157",
                     "0491 570 158", "0491 570 110", "0491570159",
                     "(02) 5550 " + dig(4), "(03) 7010 " + dig(4),
                     "02 7010 " + dig(4)))


def se():
    return R.choice(("08-465 004 " + dig(2),
                     "070-174 06 " + dig(2, "23456789"),
                     "070-17406" + dig(2, "23456789"), "040-628 04 " + dig(2),
                     "031-390 06 " + dig(2)))


def nl():
    n = dig(8, "1234")
    return R.choice(("06-" + n, "06 " + n, "06 " + " ".join(
        n[i:i + 2] for i in range(0, 8, 2)), "06" + n))


def zz():
    return R.choice((
        "0044 20 7946 0" + dig(3), "00447700900" + dig(3), "0049 30 23125"
        + dig(3), "004930 23125 " + dig(3), "0033 6 39 98 " + dig(2) + " "
        + dig(2), "0033639980" + dig(3), "0091 " + dig(5, "789") + " "
        + dig(5), "00919" + dig(9), "0046 8 465 004 " + dig(2),
        "0034 6" + dig(2) + " " + dig(3) + " " + dig(3),
        "00971 50 " + dig(3) + " " + dig(4)))


def e164():
    d = dig
    x = R.randrange(40)
    a, b, c = us_parts()
    i = dig(10, "6789")
    f = R.choice(FR)
    u = dig(3)
    table = (
        "+1%s%s%s" % (a, b, c), "+1 %s %s %s" % (a, b, c),
        "+1-%s-%s-%s" % (a, b, c), "+1 (%s) %s-%s" % (a, b, c),
        "+1 %s-%s-%s" % (a, b, c), "+1.%s.%s.%s" % (a, b, c),
        "+44 20 7946 0" + u, "+44 (0)20 7946 0" + u, "+447700900" + u,
        "+44 7700 900" + u, "+44 7700 900 " + u, "+44 (0) 161 496 0" + u,
        "+49 30 23125" + u, "+49 (0)30 23125" + u, "+49 40 66969-" + u,
        "+4917604069" + "0" + d(2), "+49 (171) 39200" + d(2),
        "+33 %s %s %s %s %s" % (f[0][1], f[1], f[2], d(2), d(2)),
        "+33%s%s%s%s" % (f[0][1], f[1], f[2], d(4)),
        "+33 (0)%s %s %s %s %s" % (f[0][1], f[1], f[2], d(2), d(2)),
        "+91 %s %s" % (i[:5], i[5:]), "+91-" + i, "+91" + i,
        "+91 " + i, "+91-%s-%s" % (i[:5], i[5:]), "+91 22 2%s %s" % (
            d(3), d(4)),
        "+61 491 570 " + R.choice(("006", "156", "157", "158", "110")),
        "+46 8 465 004 " + d(2), "+467017406" + d(2, "12345678"),
        "+34 6%s %s %s" % (d(2), d(3), d(3)), "+39 3%s %s %s" % (
            d(2, "2349"), d(3), d(4)), "+31 6 " + d(8, "1234"),
        "+48 5%s %s %s" % (d(2), d(3), d(3)), "+7 9%s %s-%s-%s" % (
            d(2), d(3), d(2), d(2)), "+7 (9%s) %s-%s-%s" % (
            d(2), d(3), d(2), d(2)), "+81 90-%s-%s" % (d(4), d(4)),
        "+86 13%s %s %s" % (d(1), d(4), d(4)), "+55 11 9%s-%s" % (
            d(4), d(4)), "+971 50 %s %s" % (d(3), d(4)),
        R.choice(("+65 8%s %s" % (d(3), d(4)), "+27 82 %s %s" % (d(3), d(4)),
                  "+254 7%s %s" % (d(2), d(6)), "+353 85 %s %s" % (
            d(3), d(4)), "+41 79 %s %s %s" % (d(3), d(2), d(2)),
            "+45 %s %s %s %s" % (d(2, "2345"), d(2), d(2), d(2)),
            "+47 4%s %s %s" % (d(1), d(2), d(3)), "+90 5%s %s %s %s" % (
            d(2), d(3), d(2), d(2)), "+82 10-%s-%s" % (d(4), d(4)),
            "+972 5%s-%s-%s" % (d(1), d(3), d(4)), "+84 9%s %s %s" % (
            d(2), d(3), d(3)), "+234 80%s %s %s" % (d(1), d(3), d(4)),
            "+351 91%s %s %s" % (d(1), d(3), d(3)), "+62 812-%s-%s" % (
            d(4), d(4)), "+358 40 %s %s" % (d(3), d(4)),
            "+380 67 %s %s %s" % (d(3), d(2), d(2)), "+52 55 %s %s" % (
            d(4), d(4)), "+43 664 " + d(7))))
    return table[x]


def tel():
    """Needs no cue."""
    return R.choices((e164, us, uk, fr), (42, 25, 20, 13))[0]()


def tel_cue():
    return R.choices((tel, us_blanks, us_bare, india, de, zz, uk_bare),
                     (30, 12, 16, 16, 12, 7, 7))[0]()


def uk_bare():
    return R.choice(("07700900" + dig(3), "02079460" + dig(3),
                     "01632960" + dig(3), "020-7946-0" + dig(3)))
