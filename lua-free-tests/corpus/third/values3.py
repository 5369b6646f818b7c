"""Draws values and what resembles them.  Takes a random.Random; knows nothing of the proof."""
import datetime, string

D = string.digits
U = string.ascii_uppercase
L = string.ascii_lowercase


def luhn_digit(body):
    s = 0
    for i, c in enumerate(reversed(body)):
        d = int(c)
        if i % 2 == 0:
            d = d * 2 - 9 if d > 4 else d * 2
        s += d
    return str(-s % 10)


_d = [[(j if i < 1 else 0) for j in range(10)] for i in range(10)]
for _i in range(10):
    for _j in range(10):
        if _i < 5:
            _d[_i][_j] = (_i + _j) % 5 if _j < 5 else (_i + _j) % 5 + 5
        else:
            _d[_i][_j] = (_i - _j) % 5 + 5 if _j < 5 else (_i - _j) % 5
_p = [list(range(10))]
for _i in range(7):
    _p.append([_p[-1][k] for k in (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)])


def verhoeff_digit(body):
    c = 0
    for i, ch in enumerate(reversed(body)):
        c = _d[c][_p[(i + 1) % 8][int(ch)]]
    return str([k for k in range(10) if _d[c][k] == 0][0])


def mod97(s):
    return int("".join(str(int(c, 36)) for c in s)) % 97


IBAN = {"AT": "n16", "BE": "n12", "BG": "a4n6c8", "CH": "n5c12", "CY": "n8c16", "CZ": "n20", "DE": "n18",
        "DK": "n14", "EE": "n16", "ES": "n20", "FI": "n14", "FR": "n10c11n2", "GB": "a4n14", "GR": "n7c16",
        "HR": "n17", "HU": "n24", "IE": "a4n14", "IT": "a1n10c12", "LT": "n16", "LU": "n3c13", "LV": "a4c13",
        "MT": "a4n5c18", "NL": "a4n10", "NO": "n11", "PL": "n24", "PT": "n21", "RO": "a4c16", "SE": "n20",
        "SI": "n15", "SK": "n20"}

FIRST = """Anaïs Bram Ceyda Dragan Eilidh Farid Gintarė Hoa Ilse Joaquín Katka Lwazi Marek Noor Oona Priya Quirin
Rasmus Siobhán Tariq Ulla Viljo Wen Ximena Yusuf Zsófia Aoife Björk Ngozi Pål Meera Kwame Soo-ah Dimitra Ivo""".split()
LAST = """Baptiste Çelik Dvořák Eze Fonseca Grönlund Hakimi Iyer Jovanović Kaur Lindqvist Moreau Nkosi Ó.Briain Petrauskas
Quispe Rossi Szabó Tran Uzun Vermeer Wójcik Yilmaz Zhao Achterberg Brandão Doyle Fjeld Halonen""".split()
CITY = """Łódź Malmö Graz Pune Cork Porto Gdynia Leeds Lyon Essen Basel Tartu Brno Kochi Tampa Recife Lagos Bergen
Utrecht Bilbao Debrecen Split Patras Ghent""".split()
FN = """anais bram ceyda dragan eilidh farid hoa ilse joaquin katka lwazi marek noor oona priya quirin rasmus tariq ulla
wen yusuf zsofia aoife ngozi meera kwame dimitra ivo""".split()
LN = """baptiste celik dvorak eze fonseca hakimi iyer jovanovic kaur moreau nkosi quispe rossi szabo tran uzun vermeer
zhao brandao doyle fjeld halonen""".split()
NOUN = "depot gate fares claims fleet shuttle tram ferry toll kiosk bikes rewards payouts dispatch lostfound night".split()
TESTTLD = """xn--kgbechtv xn--hgbk6aj7f53bba xn--0zwm56d xn--g6w251d xn--80akhbyknj4f xn--11b5bs3a9aj6g xn--jxalpdlp
xn--9t4b11yi5a xn--deba0ad xn--zckzah xn--hlcj6aya9esc7a""".split()
IDN = "bücher münchen-bus straße-9 köln7 tåg öv-tarif çarşı řeka мост автобус 电车 バス便 टिकट حافلة παραλία".split()
AREAS = [a for a in range(201, 990) if str(a)[1] != "9" and str(a)[1:] != "11"]
AUM = """570006 570156 570157 570158 570159 570110 570313 570737 571266 571491 571804 572549 572665 572983 573770
573087 574118 574632 575254 575789 576398 576801 577426 577644 578957 578148 578888 578212 579760 579455""".split()
HOSTS = "gate-07 buildbox db1 farebox validator3 jump nas01 kiosk-12 pi edge2".split()
USERS = "marek deploy ops noor svc_fares root k.lee tariq admin wen ci-bot gate".split()


class Maker:
    def __init__(self, rng):
        self.r = rng

    def n(self, k, first="123456789"):
        return self.r.choice(first) + "".join(self.r.choice(D) for _ in range(k - 1)) if k else ""

    def dn(self, k):
        return "".join(self.r.choice(D) for _ in range(k))

    def pick(self, *a):
        return self.r.choice(a)

    # ---- e-mail
    def email(self, plain=True):
        r = self.r
        f, l, n = r.choice(FN), r.choice(LN), r.choice(NOUN)
        forms = [lambda: f + "." + l, lambda: f[0] + l, lambda: f + "_" + l, lambda: f + "-" + l, lambda: f + self.n(2),
                 lambda: f + "." + l + "+" + n, lambda: f + "+" + self.n(4), lambda: n, lambda: n + "." + self.n(3),
                 lambda: f[0], lambda: (f + "." + l).title(), lambda: (f + l).upper(), lambda: l + "." + f[0] + "." + n,
                 lambda: f + "+" + n + "-" + self.n(2) + ".x", lambda: "x" + self.n(5), lambda: self.n(6),
                 lambda: "_" + n, lambda: f + "__" + l, lambda: f + "--" + l, lambda: f + "." + l + "." + n + ".team-" + self.n(3),
                 lambda: n + "-no-reply", lambda: "4" + self.dn(2) + "55501" + self.dn(2), lambda: f + "_",
                 lambda: self.n(2) + f, lambda: l + "." + self.n(4), lambda: f + n.title()]
        if not plain:
            forms += [lambda: "o'" + l, lambda: f + "&" + l, lambda: '"%s %s"' % (f, l), lambda: "d'" + l + "." + f]
        loc = r.choice(forms)()
        k = r.random()
        if k < .34:
            dom = r.choice(["example.com", "example.org", "example.net"])
        elif k < .48:
            dom = r.choice([n, "mx" + self.n(1), "eu-west", "a", "3rd", "post"]) + "." + r.choice(["example.com", "example.org", "example.net"])
        elif k < .60:
            dom = n + r.choice([".example", ".test", ".invalid", "-" + self.n(2) + ".example", ".city.test"])
        elif k < .68:
            dom = r.choice(["mail.", "x.y.", "in.fra.", "a1.b2.c3."]) + n + "." + r.choice(["example.com", "example", "test"])
        elif k < .78:
            w = r.choice(IDN)
            dom = w.encode("idna").decode() + "." + r.choice(["example", "test", "example.org"])
        elif k < .84:
            dom = r.choice(IDN).encode("idna").decode() + "." + r.choice(TESTTLD)
        else:
            dom = n + r.choice(["", "-"]) + self.n(5) + "." + r.choice(
                "de co.uk com fr in io com.br museum photography travel insurance app nl co.in gov.in eu se pt org.pl".split())
        if r.random() < .05:
            dom = dom.title() if "xn--" not in dom else dom
        if r.random() < .03:
            dom = dom.upper()
        return loc + "@" + dom

    # ---- telephones
    def us3(self):
        return str(self.r.choice(AREAS)), "555", "01" + self.dn(2)

    def us(self):
        a, b, c = self.us3()
        return self.pick("(%s) %s-%s", "(%s)%s-%s", "%s-%s-%s", "%s.%s.%s", "%s-%s-%s", "1-%s-%s-%s", "1 (%s) %s-%s", "1.%s.%s.%s") % (a, b, c)

    def usq(self):
        return self.us() if self.r.random() < .4 else self.pick("%s %s %s", "%s%s%s", "1 %s %s %s", "1%s%s%s") % self.us3()

    def uk3(self):
        k = self.r.randrange(6)
        if k == 0: return "020", "7946", "0" + self.dn(3)
        if k == 1: return "07700", "900" + self.dn(3)
        if k == 2: return self.pick("0113", "0115", "0117", "0118", "0121", "0131", "0141", "0151", "0161"), "496", "0" + self.dn(3)
        if k == 3: return "01632", "960" + self.dn(3)
        if k == 4: return "029", "2018", "0" + self.dn(3)
        return "0191", "498", "0" + self.dn(3)

    def uk(self):
        return " ".join(self.uk3())

    def ukq(self):
        return self.uk() if self.r.random() < .4 else self.pick("", "-").join(self.uk3())

    def fr5(self):
        a = self.pick("0199 00", "0261 91", "0353 01", "0465 71", "0536 49", "0639 98").replace(" ", "") + self.dn(4)
        return [a[i:i + 2] for i in range(0, 10, 2)]

    def fr(self):
        return (" " if self.r.random() > .01 else "\u00a0").join(self.fr5())

    def frq(self):
        return self.pick(" ", ".", "-", "").join(self.fr5())

    def de2(self):
        a, b, k = self.r.choice([("030", "23125", 3), ("069", "90009", 3), ("040", "66969", 3), ("0221", "4710", 3),
                                 ("089", "99998", 3), ("0171", "39200", 2), ("0176", "04069", 3)])
        return a, b, self.dn(k)

    def de(self):
        a, b, c = self.de2()
        return self.pick("%s/%s%s", "%s %s%s", "%s-%s%s", "(%s) %s%s", "%s %s %s", "%s / %s%s", "%s/%s-%s", "%s%s%s") % (a, b, c)

    def ind(self):
        a = self.n(5, "6789"), self.dn(5)
        return self.pick("%s %s", "0%s-%s", "%s-%s", "%s%s", "0%s%s", "0%s %s", "%s %s") % a

    def nat(self, c):
        r, n, dn = self.r, self.n, self.dn
        if c == "es":
            a = n(3, "6"), dn(2), dn(2), dn(2)
            return self.pick("%s %s %s %s", "%s-%s-%s-%s", "%s.%s.%s.%s") % a if r.random() < .6 else n(3, "67") + " " + dn(3) + " " + dn(3)
        if c == "it":
            return "3" + dn(2) + self.pick(" ", "-", "", "/") + n(7)
        if c == "br":
            return self.pick("(%s) 9%s-%s", "%s 9%s-%s", "(%s) 9 %s-%s", "%s9%s%s") % (self.pick("11", "21", "31", "41", "81"), n(4), dn(4))
        if c == "ru":
            return self.pick("8 (9%s) %s-%s-%s", "8 9%s %s-%s-%s", "8-9%s-%s-%s-%s", "89%s%s%s%s", "8(9%s)%s-%s-%s") % (dn(2), n(3), dn(2), dn(2))
        if c == "jp":
            return self.pick("090-%s-%s", "080-%s-%s", "070-%s-%s", "03-%s-%s", "090%s%s", "06-%s-%s") % (n(4), dn(4))
        if c == "cn":
            return "1" + self.pick("38", "59", "86", "77") + self.pick(" %s %s", "-%s-%s", "%s%s") % (n(4), dn(4))
        if c == "au":
            m = r.choice(AUM)
            return self.pick("0491 %s %s", "0491%s%s", "0491-%s-%s") % (m[:3], m[3:]) if r.random() < .5 else \
                self.pick("(02) %s %s", "02 %s %s", "(08) %s %s") % (self.pick("5550", "7010"), dn(4))
        if c == "se":
            return self.pick("070-174 06 %s", "070-17406%s", "08-465 004 %s", "031-390 06 %s") % self.n(2, "6789")
        if c == "nl":
            return self.pick("06 %s", "06-%s", "06%s") % n(8)
        raise KeyError(c)

    def e164(self, form="any"):
        n, dn = self.n, self.dn
        if form == "ru":
            return self.pick("+7 9%s %s-%s-%s", "+7 (9%s) %s-%s-%s", "+79%s%s%s%s", "+7-9%s-%s-%s-%s") % (dn(2), n(3), dn(2), dn(2))
        k = self.r.randrange(22)
        if k < 3:
            a = ("1",) + self.us3()
        elif k < 5:
            u = self.uk3(); a = ("44", u[0][1:]) + u[1:]
        elif k < 7:
            u = self.de2(); a = ("49", u[0][1:]) + u[1:]
        elif k == 7:
            u = self.fr5(); a = ("33", u[0][1:]) + tuple(u[1:])
        elif k < 10:
            a = ("91", n(5, "6789"), dn(5))
        else:
            a = [("34", n(3, "6"), dn(3), dn(3)), ("39", "3" + dn(2), n(7)), ("55", "11", "9" + dn(4), dn(4)), ("81", "90", n(4), dn(4)),
                 ("86", "138", n(4), dn(4)), ("31", "6", n(8)), ("48", n(3, "567"), dn(3), dn(3)), ("90", "5" + dn(2), n(3), dn(2), dn(2)),
                 ("971", "50", n(3), dn(4)), ("972", "5" + self.pick("2", "4"), n(3), dn(4)), ("234", "80" + n(1), n(3), dn(4)),
                 ("254", "7" + dn(2), dn(6)), ("62", "812", n(4), dn(4)), ("351", "91" + n(1), dn(3), dn(3)),
                 ("353", "85", n(3), dn(4)), ("358", "40", n(3), dn(4)), ("380", "67", n(3), dn(2), dn(2)),
                 ("420", n(3, "67"), dn(3), dn(3)), ("61", "491", self.r.choice(AUM)), ("46", "70", "17406" + n(2, "6789")),
                 ("852", n(4, "569"), dn(4)), ("977", "98" + dn(2), dn(6))][self.r.randrange(22)]
        if form == "plain":
            return "+" + "".join(a)
        k = self.r.random()
        if k < .34: return "+" + " ".join(a)
        if k < .50: return "+" + "".join(a)
        if k < .66: return "+" + "-".join(a)
        if k < .72: return "+" + ".".join(a)
        if k < .84: return "+%s (%s) %s" % (a[0], a[1], self.pick(" ", "-").join(a[2:]))
        if k < .90 and a[0] in ("44", "49", "33", "31", "46", "61"): return "+%s (0)%s %s" % (a[0], a[1], " ".join(a[2:]))
        return "+%s %s" % (a[0], "".join(a[1:]))

    def phone(self):
        k = self.r.random()
        return self.e164() if k < .55 else self.us() if k < .75 else self.uk() if k < .88 else self.fr()

    def bare(self):
        return self.pick(lambda: "".join(self.us3()), lambda: "1" + "".join(self.us3()), lambda: self.n(10, "6789"),
                         lambda: "0" + self.n(10, "6789"), lambda: "".join(self.uk3()), lambda: "".join(self.fr5()),
                         lambda: "".join(self.de2()), lambda: "91" + self.n(10, "6789"), lambda: "49" + "".join(self.de2())[1:],
                         lambda: "9715" + self.pick("0", "2", "5") + self.n(7))()

    def zz(self):
        while True:
            p = self.e164(self.pick("any", "plain"))
            if "(" not in p and "." not in p:
                return "00" + p[1:]

    # ---- cards
    def card(self, net=None, form=None):
        r = self.r
        net = net or r.choice(["v"] * 5 + ["m"] * 3 + ["2", "2", "d", "j", "u", "u", "a", "a", "a", "c", "c"])
        pre = {"v": "4", "m": str(r.randint(51, 55)), "2": str(r.randint(2221, 2720)), "j": str(r.randint(3528, 3589)), "u": "62",
               "d": r.choice(["6011", "65", str(r.randint(644, 649))]), "a": r.choice(["34", "37"]),
               "c": r.choice(["36", "38", "39", str(r.randint(300, 305))])}[net]
        ln = {"a": 15, "c": 14}.get(net, 16)
        if r.random() < .06 and net in "v":
            s = r.choice(["4111111111111111", "4242424242424242", "4000056655665556", "4012888888881881"])
        else:
            s = pre + self.dn(ln - len(pre) - 1)
            s += luhn_digit(s)
        form = form or r.choice(["p", "g", "g", "d"])
        return self.cgroup(s, form)

    def cgroup(self, s, form):
        if form == "p":
            return s
        g = {15: (4, 6, 5), 14: (4, 6, 4)}.get(len(s), (4, 4, 4, 4))
        sep = "-" if form == "d" else "\u00a0" if self.r.random() < .02 else " "
        out, i = [], 0
        for k in g:
            out.append(s[i:i + k]); i += k
        return sep.join(out)

    # ---- IBAN
    def ibanraw(self, cc=None):
        import re
        cc = cc or self.r.choice(sorted(IBAN))
        b = ""
        for t, k in re.findall(r"([nac])(\d+)", IBAN[cc]):
            for _ in range(int(k)):
                b += self.r.choice(D if t == "n" else U if t == "a" else D + D + U)
        return cc + "%02d" % (98 - mod97(b + cc + "00")) + b

    def igroup(self, s, form):
        if form == "p":
            return s
        sep = "\u00a0" if self.r.random() < .02 else " "
        return sep.join(s[i:i + 4] for i in range(0, len(s), 4))

    def iban(self, cc=None, form=None, lower=None):
        s = self.igroup(self.ibanraw(cc), form or self.pick("g", "p"))
        if lower is None:
            lower = self.r.random() < .10
        return s.lower() if lower else s

    # ---- the three registers
    def ssn3(self):
        while True:
            a, g, s = self.r.randint(1, 899), self.r.randint(1, 99), self.r.randint(1, 9999)
            if a != 666 and (a, g, s) not in ((78, 5, 1120), (219, 9, 9999)):
                return "%03d" % a, "%02d" % g, "%04d" % s

    def ssn(self):
        return "-".join(self.ssn3())

    def ssnq(self):
        return self.pick("-", " ", "", "").join(self.ssn3())

    def aadraw(self):
        s = self.n(11, "23456789")
        return s + verhoeff_digit(s)

    def aad(self, sep=None):
        s = self.aadraw()
        return (sep or self.pick(" ", " ", "-")).join((s[:4], s[4:8], s[8:]))

    def aadq(self):
        return self.aadraw() if self.r.random() < .7 else self.aad()

    def pan(self, fourth="PPPPPPCHFATBLJG"):
        return "".join(self.r.choice(U) for _ in range(3)) + self.r.choice(fourth) + self.r.choice(U) + "%04d" % self.r.randint(1, 9999) + self.r.choice(U)

    # ---- fillers
    def date(self):
        return (datetime.date(2026, 1, 1) + datetime.timedelta(self.r.randrange(330))).isoformat()

    def clock(self):
        return "%02d:%02d" % (self.r.randrange(24), self.r.randrange(60))

    def iso(self):
        s = self.date() + self.pick("T", "T", " ") + self.clock() + ":%02d" % self.r.randrange(60)
        return s + self.pick("Z", ".%03dZ" % self.r.randrange(1000), "+02:00", "+05:30", ".%06d" % self.r.randrange(10**6), "")

    def money(self):
        return self.pick("%d.%02d" % (self.r.randint(1, 900), self.r.randrange(100)), "%d,%02d €" % (self.r.randint(1, 900), self.r.randrange(100)),
                         "EUR %d" % self.r.randint(5, 400), "$%d.%02d" % (self.r.randint(1, 99), self.r.randrange(100)), "₹%d" % self.r.randint(20, 900))

    def hexs(self, k):
        return "".join(self.r.choice("0123456789abcdef") for _ in range(k))

    def alnum(self, k, a=D + U):
        return "".join(self.r.choice(a) for _ in range(k))

    def luhn(self, pre, ln):
        s = pre + self.dn(ln - len(pre) - 1)
        return s + luhn_digit(s)

    def wrong(self, s):
        return s[:-1] + str((int(s[-1]) + self.r.randint(1, 9)) % 10)

    def badiban(self):
        s = self.ibanraw()
        k = "%02d" % ((int(s[2:4]) - 2 + self.r.randint(1, 90)) % 97 + 2)
        return s[:2] + k + s[4:]

    def four(self, s, sep=" "):
        return sep.join(s[i:i + 4] for i in range(0, len(s), 4))

    def neg(self, k):
        r, n, dn = self.r, self.n, self.dn
        if k[0] == "n" and k[1:].isdigit(): return n(int(k[1:]))
        if k[0] == "x" and k[1:].isdigit(): return self.hexs(int(k[1:]))
        if k[0] == "k" and k[1:].isdigit(): return self.alnum(int(k[1:]))
        x7 = "179808"
        f = {
            "k1l": lambda: r.choice(U),
            "iso": self.iso, "epoch": lambda: "17" + dn(8), "epochms": lambda: "17" + dn(11), "epochus": lambda: "17" + dn(14),
            "ll": lambda: "%.6f, %.6f" % (r.uniform(-60, 70), r.uniform(-170, 170)),
            "lat7": lambda: "%.7f" % r.uniform(-60, 70), "lon7": lambda: "%.7f" % r.uniform(-170, 170),
            "ip": lambda: self.pick("203.0.113.%d", "198.51.100.%d", "10.20.7.%d", "192.168.1.%d") % r.randrange(256),
            "ip6": lambda: "2001:db8:%s::%s" % (self.hexs(4), self.hexs(3)),
            "mac": lambda: ":".join(self.hexs(2) for _ in range(6)), "macd": lambda: "-".join(self.hexs(2).upper() for _ in range(6)),
            "uuid": lambda: "-".join(self.hexs(i) for i in (8, 4, 4, 4, 12)), "UUID": lambda: "-".join(self.hexs(i) for i in (8, 4, 4, 4, 12)).upper(),
            "b64": lambda: self.alnum(r.randint(30, 70), U + L + D + "+/"), "b64u": lambda: self.alnum(43, U + L + D + "-_"),
            "ver": lambda: "%d.%d.%d" % (r.randrange(20), r.randrange(99), r.randrange(5000)), "semver": lambda: "%d.%d.%d" % (r.randrange(20), r.randrange(30), r.randrange(30)),
            "lakh": lambda: "%d,%02d,%03d" % (r.randint(1, 90), r.randrange(100), r.randrange(1000)),
            "ups": lambda: "1Z" + self.alnum(6) + dn(10), "upu": lambda: r.choice(U) + r.choice(U) + n(9) + r.choice(["DE", "SE", "IN", "GB", "CN"]),
            "isbn13": lambda: self.ean("978" + dn(9)), "isbn13d": lambda: (lambda s: "-".join((s[:3], s[3], s[4:8], s[8:12], s[12])))(self.ean("978" + dn(9))),
            "isbn10": lambda: self.isbn10(), "issn": lambda: self.issn(), "ean": lambda: self.ean(r.choice(["40", "50", "76", "87"]) + dn(10)),
            "gtin14": lambda: self.ean("1" + dn(12)),
            "imei": lambda: self.luhn(r.choice(["35", "86", "01", "99"]), 15),
            "imeid": lambda: (lambda s: "-".join((s[:2], s[2:8], s[8:14], s[14])))(self.luhn(r.choice(["35", "86", "01"]), 15)),
            "iccid": lambda: self.luhn("8949", 19), "npi": lambda: (lambda s: s + luhn_digit("80840" + s))(r.choice("12") + dn(8)),
            "luhnx": lambda: self.luhn(r.choice(["1", "7", "8", "9", "0", "20", "21", "28", "31", "33"]), 16),
            "luhnxg": lambda: self.four(self.luhn(r.choice(["1", "7", "8", "9", "0", "21", "29", "32"]), 16)),
            "luhnxd": lambda: self.four(self.luhn(r.choice(["1", "7", "8", "9", "0"]), 16), "-"),
            "luhn11": lambda: self.luhn("1", 11), "luhn12": lambda: self.luhn("7", 12), "luhn9s": lambda: (lambda s: " ".join((s[:3], s[3:6], s[6:])))(self.luhn("4", 9)),
            "luhnlen": lambda: self.luhn(r.choice(["4", "52", "6011"]), r.choice([14, 15, 17])),
            "vin": lambda: "W" + self.alnum(2, "ABCDEFGHJKLMNPRSTUVWXYZ") + self.alnum(8, D + "ABCDEFGHJKLMNPRSTUVWXYZ") + n(6),
            "plate": lambda: self.pick("B-%s %s" % (self.alnum(2, U), n(4)), "%s%s %s" % (self.alnum(2, U), dn(2), self.alnum(3, U)), "%s-%s-%s" % (dn(2), self.alnum(3, U), r.choice(D))),
            "plin": lambda: self.pick("MH 12 %s %s", "KA05%s%s") % (self.alnum(2, U), dn(4)),
            "rf": lambda: self.rf(), "rfg": lambda: self.four(self.rf()),
            "bib": self.badiban, "bibg": lambda: self.four(self.badiban()), "bibl": lambda: self.badiban().lower(),
            "bibshort": lambda: self.ibanraw(r.choice(["DE", "NL", "FR", "ES", "PL"]))[:-r.randint(1, 3)],
            "bibcc": lambda: (lambda cc, b: cc + "%02d" % (98 - mod97(b + cc + "00")) + b)(r.choice(["ZZ", "XQ", "US", "IN", "AQ"]), dn(18)),
            "bca": lambda: self.wrong(self.card(r.choice("vm2dju"), "p")), "bcg": lambda: self.wrong(self.card(r.choice("vm2dju"), "g")),
            "bcd": lambda: self.wrong(self.card(r.choice("vm2du"), "d")), "bcshort": lambda: self.card(r.choice("vm"), "p")[:-1],
            "bax": lambda: self.wrong(self.card("a", "p")), "baxg": lambda: self.wrong(self.card("a", "g")),
            "bs0": lambda: "000-%s-%s" % self.ssn3()[1:], "bs6": lambda: "666-%s-%s" % self.ssn3()[1:], "bs9": lambda: "9%s-%s-%s" % ((dn(2),) + self.ssn3()[1:]),
            "bsg": lambda: "%s-00-%s" % (self.ssn3()[0], dn(4)), "bss": lambda: "%s-%s-0000" % self.ssn3()[:2], "ssn8": lambda: n(8),
            "partlong": lambda: "%s-%s-%s-%s" % (self.ssn3() + (dn(2),)), "p323": lambda: "%s-%s-%s" % (n(3), n(2), n(3)), "p234": lambda: "%s-%s-%s" % (n(2), n(3), n(4)),
            "ba": lambda: self.wrong(self.aadraw()), "bag": lambda: self.four(self.wrong(self.aadraw())), "bagd": lambda: self.four(self.wrong(self.aadraw()), "-"),
            "ba01": lambda: (lambda s: s + verhoeff_digit(s))(n(11, "01")), "ba01g": lambda: self.four((lambda s: s + verhoeff_digit(s))(n(11, "01"))),
            "aad11": lambda: self.aadraw()[:11], "vid": lambda: self.four(n(16, "9")),
            "bp4": lambda: self.pan("DIMNOQRSUVWXYZ"), "tan": lambda: self.alnum(4, U) + dn(5) + r.choice(U), "pansh": lambda: self.pan()[:-1], "panln": lambda: self.pan() + r.choice(D + U),
            "ifsc": lambda: self.alnum(4, U) + "0" + dn(6), "epic": lambda: self.alnum(3, U) + dn(7), "panmix": lambda: self.alnum(5, U) + dn(5),
            "user": lambda: r.choice(USERS), "host": lambda: r.choice(HOSTS), "pnr": lambda: self.alnum(6, U), "dd": lambda: "%d" % r.randint(10, 28),
            "nhs": lambda: dn(3) + "-" + dn(3) + "-" + dn(3), "nhsg": lambda: " ".join((n(3, "4679"), dn(3), dn(4))),
            "cpf": lambda: "%s.%s.%s-%s" % (dn(3), dn(3), dn(3), dn(2)), "cnpj": lambda: "%s.%s.%s/0001-%s" % (dn(2), dn(3), dn(3), dn(2)),
            "pnr2": lambda: "%d%02d%02d-%s" % (r.randint(50, 99), r.randint(1, 12), r.randint(10, 28), dn(4)), "sin": lambda: " ".join((n(3), dn(3), dn(3))),
            "snils": lambda: "%s-%s-%s %s" % (dn(3), dn(3), dn(3), dn(2)), "lei": lambda: (lambda b: b + "%02d" % (98 - mod97(b + "00")))(dn(4) + "00" + self.alnum(12)),
            "curp": lambda: self.alnum(4, U) + "%02d0%d%d" % (r.randint(50, 99), r.randint(1, 9), r.randint(10, 28)) + r.choice("HM") + self.alnum(5, U) + dn(2),
            "cf": lambda: self.alnum(6, U) + dn(2) + r.choice("ABCDEHLMPRST") + dn(2) + r.choice(U) + dn(3) + r.choice(U), "cnid": lambda: "1101" + n(2) + "19" + n(2, "6789") + "0" + n(1) + "1" + dn(4) + "X"[:r.randrange(2)] + "X",
            "nino": lambda: "QQ %s %s %s C" % (dn(2), dn(2), dn(2)), "ein": lambda: n(2) + "-" + n(7), "aba9": lambda: n(9, "012"),
            "p334": lambda: "%s-%s-%s" % (n(3, "01"), n(3), n(4)), "p334d": lambda: "%s-%s-%s" % (n(3), n(3, "01"), n(4)), "p343": lambda: "%s-%s-%s" % (n(3), n(4), n(3)),
            "p55": lambda: self.pick("%s-%s is a tyre code", "lot %s/%s") % (n(5), n(5)),
            "cardp": lambda: self.card(r.choice("vm2"), "p"), "ssnp": self.ssn, "pan": self.pan, "aadp": self.aadraw, "ibanp": self.ibanraw,
        }
        return f[k]()

    def ean(self, b):
        s = sum(int(c) * (3 if i % 2 == 0 else 1) for i, c in enumerate(reversed(b)))
        return b + str(-s % 10)

    def isbn10(self):
        b = self.dn(9)
        return b + "0123456789X"[-sum(int(c) * (10 - i) for i, c in enumerate(b)) % 11]

    def issn(self):
        b = self.dn(7)
        k = "0123456789X"[-sum(int(c) * (8 - i) for i, c in enumerate(b)) % 11]
        return b[:4] + "-" + b[4:] + k

    def rf(self):
        b = self.alnum(self.r.randint(9, 18))
        return "RF%02d" % (98 - mod97(b + "RF00")) + b
