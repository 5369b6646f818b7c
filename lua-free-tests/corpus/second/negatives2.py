"""What only looks like personal data: a kind, how it is drawn, sentences."""

import base64
import random
import string
import uuid

import checks2 as ck
import values2 as vals

R = random.Random()
HEX = "0123456789abcdef"


def dig(n, first="0123456789"):
    return R.choice(first) + "".join(R.choice(string.digits)
                                     for _ in range(n - 1))


def hexs(n):
    return "".join(R.choice(HEX) for _ in range(n))


def upper(n):
    return "".join(R.choice(string.ascii_uppercase) for _ in range(n))


def alnum(n):
    return "".join(R.choice(string.ascii_uppercase + string.digits)
                   for _ in range(n))


def day():
    return "%04d-%02d-%02d" % (R.randint(1950, 2031), R.randint(1, 12),
                               R.randint(1, 28))


def clock():
    return "%02d:%02d:%02d" % (R.randint(0, 23), R.randint(0, 59),
                               R.randint(0, 59))


def luhn_end(body):
    return body + ck.luhn_digit(body)


def wrong(digits):
    """The same digits with another last one."""
    return digits[:-1] + str((int(digits[-1]) + R.randint(1, 9)) % 10)


def fours(s, sep=" "):
    return sep.join(s[i:i + 4] for i in range(0, len(s), 4))


def bad_card():
    number = wrong(vals.card_digits(R.choice(
        ("visa", "mc", "amex", "diners", "disc", "jcb", "up"))))
    return vals.group_card(number, R.choice(("", " ", "-")))


def luhn_no_network():
    head = R.choice(("0", "1", "7", "83", "84", "87", "90", "91", "94", "95"))
    return vals.group_card(luhn_end(head + dig(15 - len(head))),
                           R.choice(("", " ", "-")))


def odd_length():
    n = R.choice((12, 17, 18))
    head = R.choice(("4", "51", "34", "62"))
    s = luhn_end(head + dig(n - 1 - len(head)))
    return s if R.random() < .5 else fours(s) if n == 18 else s


def bad_iban():
    s = vals.iban_plain()
    how = R.random()
    if how < .5:
        i = R.randrange(len(s) - 3, len(s))
        s = s[:i] + (str((int(s[i]) + R.randint(1, 9)) % 10)
                     if s[i].isdigit() else ("X" if s[i] != "X" else "Q")) \
            + s[i + 1:]
    elif how < .75:
        s = s[:2] + "%02d" % ((int(s[2:4]) + R.randint(1, 90)) % 97) + s[4:]
    else:
        s = s[:4] + s[5] + s[4] + s[6:]
    return fours(s) if R.random() < .5 else s


def no_country_iban():
    """The checksum is right, the country has no IBAN."""
    land = R.choice(("ZZ", "XX", "US", "JP", "KN", "QQ", "AQ"))
    s = vals.with_check(land, dig(R.choice((16, 18, 20))))
    return fours(s) if R.random() < .4 else s


def lei():
    body = dig(4) + "00" + alnum(12)
    return body + "%02d" % (98 - ck.mod97(body + "00"))


def creditor():
    s = vals.with_check("RF", dig(R.choice((8, 12, 17))))
    return fours(s) if R.random() < .5 else s


def bad_ssn():
    area, group, serial = dig(3, "12345"), dig(2, "123456789"), dig(4, "1357")
    how = R.randrange(5)
    if how == 0:
        area = "000"
    elif how == 1:
        area = "666"
    elif how == 2:
        area = dig(3, "9")
    elif how == 3:
        group = "00"
    else:
        serial = "0000"
    return R.choice(("-", "-", "-", " ")).join((area, group, serial))


def bad_aadhaar(sep=None):
    if R.random() < .3:
        s = R.choice("01") + dig(10)
        s += ck.verhoeff_digit(s)
    else:
        s = wrong(vals.aadhaar_digits())
    sep = R.choice((" ", " ", "-", "")) if sep is None else sep
    return fours(s, sep)


def vid():
    while True:
        s = R.choice("23456789") + dig(14)
        s += ck.verhoeff_digit(s)
        if not ck.luhn(s):
            return fours(s)


def bad_pan():
    how = R.randrange(6)
    if how < 3:
        return upper(3) + R.choice("DIMNOQRSUVWXYZ") + upper(1) + dig(4) \
            + upper(1)
    if how == 3:
        return upper(4) + dig(5) + upper(1)
    if how == 4:
        return upper(3) + "P" + upper(1) + dig(5)
    return upper(3) + "P" + upper(1) + dig(3) + upper(2)


def amid_pan():
    p = vals.pan()
    return R.choice((upper(1) + p, p + upper(2), p + dig(1), dig(1) + p))


def amid_digits():
    return R.choice((
        upper(1) + vals.card_digits("visa") + upper(1),
        vals.card_digits("mc") + upper(3),
        upper(3) + vals.ssn_dashed() + upper(1),
        "1" + vals.ssn_dashed(), vals.ssn_dashed() + "7",
        upper(2) + vals.aadhaar_digits() + upper(1),
        dig(3) + vals.aadhaar_digits() + dig(6),
        dig(4) + vals.card_digits("visa") + dig(4)))


def numeric_uuid():
    """A UUID of digits whose middle would be an Aadhaar number."""
    mid = ""
    while not (len(mid) == 12 and mid[4] == "4" and mid[8] in "89"):
        mid = vals.aadhaar_digits()
    return "-".join((dig(8), mid[:4], mid[4:8], mid[8:],
                     vals.aadhaar_digits()))


def isbn13():
    body = "978" + dig(9)
    check = (10 - sum(int(c) * (3 if i % 2 else 1)
                      for i, c in enumerate(body))) % 10
    s = body + str(check)
    return s if R.random() < .5 else "-".join((s[:3], s[3], s[4:7], s[7:12],
                                               s[12]))


def isbn10():
    body = dig(9, "03")
    c = -sum((10 - i) * int(d) for i, d in enumerate(body)) % 11
    return "-".join((body[0], body[1:4], body[4:], "X" if c == 10 else str(c)))


def issn():
    body = dig(7)
    c = -sum((8 - i) * int(d) for i, d in enumerate(body)) % 11
    return body[:4] + "-" + body[4:] + ("X" if c == 10 else str(c))


def imei():
    s = luhn_end(R.choice(("35", "86", "01", "99")) + dig(12))
    return s if R.random() < .6 else "-".join((s[:2], s[2:8], s[8:14], s[14]))


def vin():
    pool = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    return R.choice(("WVW", "1FT", "JTD", "VF1", "KNA", "MA3")) + "".join(
        R.choice(pool) for _ in range(8)) + dig(6)


def coords():
    lat, lon = R.uniform(-85, 85), R.uniform(-179, 179)
    return R.choice((
        "%.6f, %.6f" % (lat, lon), "%.4f,%.4f" % (lat, lon),
        "%+.6f %+.6f" % (lat, lon), "%.5f;%.5f" % (lat, lon),
        "%+08.4f%+09.4f/" % (lat, lon), "[%.7f, %.7f]" % (lon, lat),
        "%d°%02d'%02d\"N %d°%02d'%02d\"E" % (
            abs(lat), 12, 44, abs(lon), R.randint(0, 59), R.randint(0, 59)),
        "geo:%.6f,%.6f" % (lat, lon), "POINT(%.6f %.6f)" % (lon, lat)))


def stamp():
    d, c = day(), clock()
    return R.choice((
        d + "T" + c + "Z", d + "T" + c + "+05:30", d + " " + c + ".%03d" %
        R.randint(0, 999), d.replace("-", "") + "T" + c.replace(":", "") + "Z",
        d + "T" + c + ".%06d-0800" % R.randint(0, 999999),
        d.replace("-", "") + c.replace(":", ""), d[8:] + "/" + d[5:7] + "/" +
        d[:4] + " " + c, d[8:] + "." + d[5:7] + "." + d[:4] + ", " + c[:5]))


def dates():
    d = day()
    y, m, n = d.split("-")
    return R.choice((d, d.replace("-", " "), d.replace("-", "."),
                     n + "." + m + "." + y, n + "-" + m + "-" + y,
                     m + "/" + n + "/" + y, y + m + n, n + " " + m + " " + y,
                     d + " – " + day(), d + "/" + day(), y + "-W" + m))


def ipv4():
    q = ".".join(str(R.randint(1, 254)) for _ in range(4))
    return R.choice((q, q + ":%d" % R.randint(1024, 65535), q + "/24"))


def ipv6():
    return R.choice(("2001:db8::%s:%s" % (hexs(4), hexs(3)),
                     "2001:db8:" + ":".join(hexs(4) for _ in range(6)),
                     "fe80::%s:%sff:fe%s:%s%%eth0" % (hexs(4), hexs(2),
                                                      hexs(2), hexs(4)),
                     "::ffff:%d" % R.randint(1, 9) + ".%d.%d.%d" % (
                         R.randint(0, 9), R.randint(0, 99),
                         R.randint(0, 255))))


def mac():
    s = R.choice(":-").join(hexs(2) for _ in range(6))
    return R.choice((s, s.upper(), ".".join(hexs(4) for _ in range(3)),
                     "-".join(dig(2) for _ in range(6))))


def version():
    return R.choice((
        "%d.%d.%d" % (R.randint(0, 40), R.randint(0, 99), R.randint(0, 9999)),
        "10.0.%s.%s" % (dig(5, "12"), dig(4, "123")),
        "v%d.%d.%d-rc.%d" % (R.randint(0, 9), R.randint(0, 20),
                             R.randint(0, 20), R.randint(1, 9)),
        "%d:%d.%d.%d-%d+deb12u%d" % tuple(R.randint(1, 9) for _ in range(6)),
        "1.%d.0+build.%s" % (R.randint(1, 90), dig(10, "123")),
        "%s.%s.%s" % (dig(4, "12"), dig(2), dig(5))))


def tracking():
    return R.choice((
        "1Z" + alnum(6) + dig(10), fours(dig(12, "1")), dig(12),
        upper(2) + dig(9) + upper(2), fours("94" + dig(20)), dig(20),
        "JD" + dig(18), upper(2) + " " + dig(4) + " " + dig(3) + " " + dig(2)
        + " " + upper(2), "TBA" + dig(12)))


def shell():
    user = R.choice(("root", "deploy", "pi", "ubuntu", "git", "postgres",
                     "jenkins"))
    host = R.choice(("web-%d" % R.randint(1, 40), "localhost", "db0",
                     "raspberrypi", "build%02d" % R.randint(0, 60), "bastion"))
    at = user + "@" + host
    return R.choice((at + ":~$ ", at + ":/srv/app# ", "[" + at + " ~]$ ",
                     "ssh " + at + " ", at + " % ", "(venv) " + at + ":~ ")
                    ) + R.choice(("uptime", "ls -l", "df -h", "make", "exit"))


def remote():
    return R.choice((
        "scp %s root@10.%d.0.%d:/tmp/" % (R.choice(("a.tgz", "dump.sql")),
                                          R.randint(0, 254),
                                          R.randint(1, 254)),
        "rsync -a build/ deploy@web-%d:/var/www/" % R.randint(1, 99),
        "scp pi@raspberrypi:log.txt .", "git clone git@forge:team/app",
        "ssh admin@192.168.%d.%d -p 2222" % (R.randint(0, 9),
                                             R.randint(1, 254)),
        "sftp backup@nas%d:/vol/%s" % (R.randint(1, 9), dig(6)),
        "psql postgres@db%d/rides" % R.randint(1, 9),
        "sip:%d@10.0.0.%d" % (R.randint(100, 999), R.randint(1, 254))))


def package():
    v = "%d.%d.%d" % (R.randint(0, 30), R.randint(0, 30), R.randint(0, 30))
    return R.choice((
        "lodash@" + v, "@babel/core@" + v, "@types/node@" + v, "react@^" + v,
        "left-pad@~" + v, "pnpm@" + v, "vite@" + v + "-beta.%d" %
        R.randint(1, 20), "@acme/rides-sdk@" + v, "actions/checkout@v%d" %
        R.randint(1, 6), "nginx@sha256:" + hexs(64), "npm:left@*",
        "golang.org/x/net@v" + v, "gopkg.in/yaml@v3", "requests@latest",
        "zlib@" + v + "#" + hexs(7)))


def images():
    return R.choice(("icon", "logo", "pin-red", "splash", "btn_ok", "car")) \
        + "@" + R.choice(("2x.png", "3x.png", "2x.jpg", "1.5x.webp",
                          "4x.gif"))


def handles():
    return R.choice(("@", "@", "＠")) + R.choice((
        "kim_rides", "TheRealMo", "zed", "cab.driver", "ops-bot", "here",
        "channel", "maria.k", "x_%d" % R.randint(1, 99), "team/backend",
        "example", "user%d" % R.randint(1, 9999)))


def at_signs():
    return R.choice((
        "3 apples @ $%d.50" % R.randint(1, 9), "meet @ gate %d" %
        R.randint(1, 80), "CPU@%d.4GHz" % R.randint(1, 4),
        "1080p@%dfps" % R.choice((30, 60, 144)), "me at example dot com",
        "qty %d@%d.%02d" % (R.randint(1, 50), R.randint(1, 99),
                            R.randint(0, 99)),
        "@media (max-width: %dpx)" % R.randint(300, 900), "@Override",
        "@param rider_id", "@import url(x.css)", "foo@", "@example.com",
        "someone@", "a @ b . c", "INDEX@{%d}" % R.randint(1, 9),
        "HEAD@{%d}" % R.randint(1, 20), "stash@{%d}" % R.randint(0, 9),
        "kim@@example", "me@[10.0.0.%d]" % R.randint(1, 9),
        "user@host", "rider@localhost", "cron@%s" % hexs(12)))


def price():
    n = R.randint(1000, 99999999)
    return R.choice((
        "$%s" % format(n, ","), "%s,%02d €" % (format(n, ",").replace(
            ",", "."), n % 100), "₹ 12,34,56,%03d" % (n % 1000),
        "CHF %s.-" % format(n, ",").replace(",", "'"), "%d.%02d USD" % (
            n, n % 100), "%s Kč" % format(n, ",").replace(",", " "),
        "£%d.%02d–£%d" % (n % 900, n % 100, n % 900 + 40),
        "%s ₽" % format(n * 37, ",").replace(",", " "), "¥%d" % (n * 9)))


def log_line():
    return R.choice((
        '%s - - [21/Nov/2026:%s +0000] "GET /v1/rides/%s HTTP/1.1" 200 %d'
        % ("10.1.%d.9" % R.randint(0, 255), clock(), dig(8), R.randint(9,
           99999)),
        "Nov 21 %s web sshd[%d]: session closed" % (clock(), R.randint(
            100, 99999)),
        "[%s] pid=%d tid=%s dur=%dus" % (stamp(), R.randint(1, 99999), dig(15,
                                         "1"), R.randint(1, 999999)),
        "I%s %s.%s %d server.cc:%d] ok" % (dig(4, "01"), clock(), dig(6),
                                           R.randint(1, 99), R.randint(1,
                                                                       999)),
        "kernel: [%s.%s] usb 1-1: reset" % (dig(7, "123"), dig(6)),
        "gc: heap %dM->%dM(%dM) %d.%ds" % tuple(
            R.randint(1, 4096) for _ in range(5)),
        "trace_id=%s span_id=%s" % (hexs(32), hexs(16))))


def sql():
    return R.choice((
        "SELECT id FROM rides WHERE id BETWEEN %s AND %s;" % (dig(8, "1"),
                                                              dig(8, "2")),
        "UPDATE fares SET cents=%d WHERE ride=%s" % (R.randint(1, 99999),
                                                     dig(16, "1")),
        "INSERT INTO seq VALUES (%s,%s,%s);" % (dig(6), dig(9, "1"), dig(5)),
        "DELETE FROM t WHERE uid='%s'" % hexs(24), "LIMIT %d OFFSET %d" % (
            R.randint(1, 99), R.randint(1, 99999)),
        "WHERE ts >= %s AND ts < %s" % (dig(13, "1"), dig(13, "1")),
        "ALTER SEQUENCE s RESTART WITH %s" % dig(12, "1"),
        "COPY x FROM '/tmp/%s.csv'" % dig(8)))


def files():
    return R.choice((
        "IMG_%s_%s.jpg" % (day().replace("-", ""), dig(6)),
        "scan-%s.pdf" % dig(9), "/var/log/app/%s.log.%d.gz" % (
            day(), R.randint(1, 9)), "DSC0%s.ARW" % dig(4),
        "backup_%s.tar.zst" % dig(14, "2"), "C:\\tmp\\%s.dat" % dig(10, "1"),
        "invoice_%s_v%d.docx" % (dig(8), R.randint(1, 9)),
        "s3://bucket/%s/%s/part-%s.parquet" % (dig(4, "2"), dig(2, "0"),
                                               dig(5)),
        "WhatsApp Image %s at %s.jpeg" % (day(), clock().replace(":", "."))))


def masked():
    return R.choice((
        "**** **** **** " + dig(4), "XXXX-XXXX-XXXX-" + dig(4),
        "4***********" + dig(4), "•••• " + dig(4), "***-**-" + dig(4),
        "XXX-XX-" + dig(4), "XXXX XXXX " + dig(4), "XXXXXXXX" + dig(4),
        "DE** **** **** **** **** " + dig(2), "ABCP******",
        "(***) ***-" + dig(4), "ending in " + dig(4), "+** *** *** " + dig(2),
        "512345******" + dig(4), "4000 12XX XXXX " + dig(4),
        "GB00XXXXXXXXXXXXXX" + dig(4)))


def india_codes():
    return R.choice((
        upper(4) + "0" + dig(6), upper(3) + dig(7),
        "U%sMH20%sPTC%s" % (dig(5), dig(2, "012"), dig(6)),
        "KA %02d %s %s" % (R.randint(1, 60), upper(2), dig(4)),
        "MH%02d 20%s00%s" % (R.randint(1, 50), dig(2, "012"), dig(5)),
        upper(4) + dig(5) + upper(1), "UTR " + upper(4) + "N" + dig(17),
        "PIN %s %s" % (dig(3, "1234567"), dig(3)), "HSN 8703" + dig(4)))


def vat():
    return R.choice(("DE" + dig(9), "GB" + dig(9), "FR" + dig(11), "ATU" +
                     dig(8), "NL" + dig(9) + "B" + dig(2), "ESB" + dig(8),
                     "BE0" + dig(9), "CHE-" + dig(3) + "." + dig(3) + "." +
                     dig(3), "IT" + dig(11)))


def b64():
    raw = bytes(R.randrange(256) for _ in range(R.choice((12, 18, 24, 48))))
    s = base64.b64encode(raw).decode()
    return R.choice((s, "eyJhbGciOiJIUzI1NiJ9." + s.rstrip("=").replace(
        "+", "-").replace("/", "_") + "." + hexs(20),
        "data:image/png;base64," + s, "Basic " + s, "sha256-" + s))


def hashes():
    return R.choice((hexs(32), hexs(40), hexs(64), hexs(7), hexs(12),
                     hexs(40).upper(), "0x" + hexs(16), "#" + hexs(6),
                     "md5:" + hexs(32), "sha1=" + hexs(40),
                     hexs(8) + "…", "W/\"" + hexs(16) + "\""))


def uuids():
    u = str(uuid.UUID(int=R.getrandbits(128), version=4))
    return R.choice((u, u.upper(), "{" + u + "}", "urn:uuid:" + u,
                     u.replace("-", "")))


def bad_nanp():
    """Three, three, four: an area or an exchange no number has."""
    area, rest = (dig(3, "01"), dig(3, "23456789")) if R.random() < .5 else (
        dig(3, "23456789"), dig(3, "01"))
    return R.choice(("-", "-", ".")).join((area, rest, dig(4)))


def decimals():
    return R.choice((
        "%.9f" % R.uniform(-99, 99), "%s.%s" % (dig(1, "0"), dig(12)),
        "%s.%s" % (dig(7, "123"), dig(3)), "%.4e" % R.uniform(1, 1e12),
        "3.14159265358979", "-%s.%s" % (dig(4, "123"), dig(8)),
        "%s %s,%s" % (dig(1, "123"), dig(3), dig(2)), "1/%s" % dig(6, "123")))


def scores():
    return R.choice((
        "%d-%d, %d-%d, %d-%d" % tuple(R.randint(0, 7) for _ in range(6)),
        "%d:%d (%d:%d)" % tuple(R.randint(0, 5) for _ in range(4)),
        "%d–%d–%d" % tuple(R.randint(10, 119) for _ in range(3)),
        "%d/%d (%d.%d ov)" % tuple(R.randint(1, 190) for _ in range(4)),
        "6-4 3-6 7-6(%d)" % R.randint(0, 9), "21-%d 19-21 21-%d" % (
            R.randint(0, 19), R.randint(0, 19))))


def flights():
    return R.choice((
        "LH%d" % R.randint(100, 9999), "AI %d" % R.randint(100, 999),
        "%s%d %s-%s" % (upper(2), R.randint(10, 9999), upper(3), upper(3)),
        "%s-%s" % (dig(3, "012"), dig(10)), "PNR " + alnum(6),
        "PNR %s-%s" % (dig(3, "1"), dig(7)), "seat %d%s" % (R.randint(
            1, 60), R.choice("ABCDEF")), "gate B%d" % R.randint(1, 80)))


def orders():
    return R.choice((
        dig(3, "1") + "-" + dig(7) + "-" + dig(7), "ORD-" + dig(8),
        "#" + dig(6), "PO" + dig(10), "SO-%s-%s" % (dig(4, "2"), dig(5)),
        dig(10), dig(13, "1"), "R%s/%s" % (dig(2), dig(6)),
        upper(2) + "-" + dig(4) + "-" + dig(4), dig(9), dig(11, "5"),
        dig(16, "1")))


def epoch():
    n = R.randint(1_500_000_000, 1_799_999_999)
    return R.choice((str(n), str(n) + dig(3), str(n) + dig(6), str(n) + dig(
        9), str(n) + "." + dig(6), "-" + str(n)))


def ranges():
    a = R.randint(1000, 99999)
    return R.choice(("%d-%d" % (a, a + R.randint(1, 9000)), "%d–%d" % (
        a, a + 40), "%d..%d" % (a, a * 2), "bytes=%d-%d" % (a, a + 1023),
        "bytes %d-%d/%d" % (a, a + 4095, a * 7), "[%d, %d)" % (a, a + 9),
        "lines %d-%d" % (a, a + 7), "±%d" % a))


def plates():
    return R.choice(("B-%s %d" % (upper(2), R.randint(100, 9999)),
                     "%s-%d-%s" % (upper(2), R.randint(100, 999), upper(2)),
                     upper(2) + dig(2) + " " + upper(3), "7%s%s" % (
                         upper(3), dig(3)), "М%s ОР 77" % dig(3)))


def uint():
    return R.choice(("18446744073709551615", "9007199254740993",
                     "-2147483648", "4294967296", "9223372036854775807",
                     dig(19, "1"), dig(18, "1"), "0b" + "".join(R.choice(
                         "01") for _ in range(16)), "0" * 16, "1" * 12,
                     "0000 0000 0000 0000", "000000000000"))


def inner_cue():
    """A cue's letters inside another word; the digits are no telephone's."""
    return dig(10, "23456789")


def ean():
    body = R.choice(("40", "50", "76", "00")) + dig(10)
    check = (10 - sum(int(c) * (3 if i % 2 else 1)
                      for i, c in enumerate(body))) % 10
    return body + str(check)


def iccid():
    s = luhn_end("89" + dig(16 + R.randint(0, 1)))
    return s if R.random() < .7 else fours(s)


def lotto():
    return R.choice((
        " ".join("%02d" % n for n in sorted(R.sample(range(10, 50), 6))),
        ", ".join("%02d" % n for n in sorted(R.sample(range(1, 50), 6))),
        "-".join("%02d" % n for n in sorted(R.sample(range(10, 91), 5)))))


def account():
    """Bank numbers that are no IBAN."""
    return R.choice((
        "%s-%s-%s %s" % (dig(2), dig(2), dig(2), dig(8)),
        "BLZ %s Kto %s" % (dig(3, "12") + " " + dig(3) + " " + dig(2),
                           dig(7)), "routing 0" + dig(8),
        "BIC MARKDEFF" + alnum(3), "a/c " + dig(11, "0"), "sort code %s%s" % (
            dig(3), dig(3)), "BSB %s-%s" % (dig(3), dig(3)),
        "CLABE 0" + dig(17)))


def cas():
    """Registry numbers of chemistry, DOIs, ORCIDs, patents."""
    return R.choice((
        "%s-%s-%s" % (dig(R.randint(4, 7), "123456789"), dig(2), dig(1)),
        "10.%s/j.%s.%s" % (dig(4, "1"), upper(3).lower(), dig(6)),
        "0000-000%s-%s-%s" % (dig(1, "123"), dig(4), dig(4)),
        "US %s,%s,%s B2" % (dig(2, "1"), dig(3), dig(3)),
        "arXiv:%s.%s" % (dig(4, "2"), dig(5))))


def other_ids():
    """Registers of states that are none of the seven classes."""
    return R.choice((
        "CPF %s.%s.%s-%s" % (dig(3), dig(3), dig(3), dig(2)),
        "CNPJ %s.%s.%s/0001-%s" % (dig(2), dig(3), dig(3), dig(2)),
        "SIN %s %s %s" % (dig(3, "1"), dig(3), dig(3)),
        "NHS no. 999 %s %s" % (dig(3), dig(4)), "EIN %s-%s" % (dig(2, "1"),
                                                               dig(7)),
        "SIRET %s %s %s 000%s" % (dig(3, "4"), dig(3), dig(3), dig(2)),
        "AHV 756.%s.%s.%s" % (dig(4), dig(4), dig(2)),
        "CURP %s%s%s%s" % (upper(4), dig(6, "0"), upper(6), dig(2)),
        "ZIP %s-%s" % (dig(5), dig(4)), "NINO QQ %s %s %s C" % (
            dig(2), dig(2), dig(2)), "personnummer %s-%s" % (dig(6), dig(4)),
        "Steuer-ID %s %s %s %s" % (dig(2, "1"), dig(3), dig(3), dig(3))))


def sizes():
    a, b = R.randint(10, 9999), R.randint(10, 9999)
    return R.choice(("%dx%d" % (a, b), "%d x %d x %d mm" % (a, b, a // 2 + 1),
                     "%d kWh" % (a * b), "%d km" % a, "%d°C" % (a % 45),
                     "%d GB" % b, "%d/%d-R%d" % (a % 300, b % 99, 17),
                     "%d h %d min" % (a % 99, b % 60), "%d %%" % (a % 100),
                     "%d.%d psi" % (a, b)))


def hours():
    return R.choice(("08:00-17:30", "09.00–18.00 Uhr", "24/7", "7h30-19h",
                     "Mon-Fri 09:%02d-18:%02d" % (R.randint(0, 59),
                                                  R.randint(0, 59)),
                     "%02d:%02d:%02d,%s" % (R.randint(0, 9), R.randint(
                         0, 59), R.randint(0, 59), dig(3)), "T-00:%s:%s" % (
                             dig(2, "012345"), dig(2, "012345")),
                     "PT%dH%dM" % (R.randint(1, 9), R.randint(1, 59))))


def gtin():
    body = R.choice(("0", "1")) + dig(12)
    check = (10 - sum(int(c) * (1 if i % 2 else 3)
                      for i, c in enumerate(body))) % 10
    return body + str(check)


def zero_plus():
    """No country code begins with a nought."""
    return R.choice(("+0 %s %s" % (dig(4), dig(4)), "+0%s" % dig(9),
                     "+/- %s" % dig(4), "+%s" % dig(3, "123"),
                     "+%s.%s" % (dig(1, "123"), dig(2)), "+%s%%" % dig(2),
                     "C++%s" % dig(2, "12"), "n+%s" % dig(2)))


def routes():
    return R.choice(("A%d, exit %d" % (R.randint(1, 99), R.randint(1, 99)),
                     "bus %d" % R.randint(1, 999), "N%d°%02d.%03d'" % (
                         R.randint(1, 80), R.randint(0, 59), R.randint(
                             0, 999)), "km %d+%03d" % (R.randint(1, 900),
                                                       R.randint(0, 999)),
                     "I-%d S mm %d" % (R.randint(5, 95), R.randint(1, 400)),
                     "plus code 8FW4V75V+%s%s" % (R.choice("89CFG"),
                                                  R.choice("2345")),
                     "room %d" % R.randint(100, 2999), "bay %d-%d" % (
                         R.randint(1, 9), R.randint(10, 99))))


def ledgers():
    return R.choice(("INV-%s-%s" % (dig(4, "2"), dig(6)), "RE%s" % dig(9),
                     "%s/%s/%s" % (dig(4), dig(3), dig(2, "2")), "CN " +
                     dig(5) + "-" + dig(2), "FAC" + dig(12), "%s.%s" % (
                         dig(3, "1"), dig(7)), "INV" + vals.ssn_dashed()
                     .replace("-", "/")))


def amid_dashes():
    """Longer part numbers, through which a value's form shows."""
    return R.choice((vals.ssn_dashed() + "-" + dig(2), dig(2) + "-" +
                     vals.ssn_dashed(), vals.ssn_dashed() + "-" + dig(4)))


def fraction():
    """Digits behind a decimal point, whatever their checksum says."""
    return R.choice("0123") + "." + R.choice((
        vals.card_digits("visa"), vals.card_digits("mc"),
        vals.card_digits("amex"), vals.aadhaar_digits()))


def short_code():
    return R.choice((dig(3, "19"), dig(5, "345678"), dig(4), dig(6)))


def wrong_count():
    return dig(R.choice((7, 8, 10, 11)), "2345678")


def wrong_count_twelve():
    return R.choice((dig(11, "23456789"), dig(13, "23456789"),
                     dig(4, "23456789") + " " + dig(4) + " " + dig(3)))


def urls():
    return R.choice((
        "https://rides.example/t/%s?x=%s" % (dig(10), dig(11, "2")),
        "https://cdn.example/@%s/v%s.js" % (dig(4), dig(2)),
        "https://medium.example/@kim.lee/%s" % hexs(12),
        "ftp://files.example/%s/%s.zip" % (dig(4, "2"), dig(16, "1")),
        "http://10.0.%s.4:8080/ok?n=%s" % (dig(2, "12"), dig(13, "1")),
        "https://maps.example/@%.5f,%.5f,17z" % (R.uniform(1, 80), R.uniform(
            1, 99)), "wss://live.example/s/" + hexs(20)))
