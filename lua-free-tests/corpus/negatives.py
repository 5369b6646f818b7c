"""Values that look like personal data and are none.

`SHAPES` holds what a pattern can say (formats.shape), `MAKERS` what needs
arithmetic: checksums that hold where no class wants them, or fail where one
does.
"""

import base64
import uuid

from formats import (IBANS, PAN_KINDS, aadhaar_plain, bban, capitals,
                     card_number, digits, grouped, iban_complete, iban_plain,
                     luhn_complete, pan_in, shape, ssn_area,
                     verhoeff_complete)

TIME = "2026-11-2^T1#:4#:5#"

SHAPES = {
    "order": ["ORD-#######", "A-#####", "SO/2026/#####", "RE######-##",
              "112-#######-#######", "PO #### ####", "#######", "########",
              "104-221-####", "210-045-####", "7##-12#-####-#"],
    "timestamp": [TIME + "Z", TIME + ".###Z", TIME + "+05:30",
                  "2026-11-2# 1#:4#:5#.######", "2026112#T1#4#5#Z",
                  TIME + "+00:00", "2026-11-2# 1#:4#:5# +0530",
                  "21/Nov/2026:1#:4#:5# +0000", "2026112#1#4#5#"],
    "epoch": ["1795######", "1795#########", "1795############",
              "1795######.######", "1795###### +0200"],
    "date": ["2026-11-2#", "2#.11.2026", "11/2#/2026", "2026/11/2#",
             "2#-11-2026", "202611##", "2026-W4#-^", "2026-3##",
             "19#^-0^-1#", "1#-0^-19##"],
    "range": ["2026-11-01/2026-11-2#", "10##-20##", "1^##-2###-3###",
              "1#.11.-2#.11.2026", "200-3##", "pp. 1##-2##", "19##–20##",
              "08:00-1#:30", "1^0 - 2^0 - 3^0"],
    "coordinates": ["4#.######, -7#.######", "-33.#####,151.#####",
                    "5^.####### 13.#######", "4#°4#'1^.#\"N 7^°0#'2#.#\"W",
                    "+4#.####-07#.####/", "geo:5^.####,13.####",
                    "POINT(13.###### 52.######)", "8FVC9G8F+6^",
                    "[77.######,28.######]"],
    "ip": ["192.168.1##.2##", "10.^#.^#.^#", "203.0.113.^#:8443",
           "198.51.100.^#/24", "2001:db8::!!!!:!!!!", "::ffff:192.0.2.^#",
           "2001:0db8:00!!:!!!!:0000:0000:!!!!:!!!!", "[2001:db8::^]:443"],
    "mac": ["!!:!!:!!:!!:!!:!!", "!!-!!-!!-!!-!!-!!", "!!!!.!!!!.!!!!"],
    "hash": ["!" * 32, "!" * 40, "!" * 64, "sha256:" + "!" * 64, "!" * 16,
             "W/\"!!!!!!!!-!!!!!\"", "0x!!!!!!!!!!!!!!!!"],
    "git": ["!!!!!!!", "!" * 40, "!!!!!!!..!!!!!!!", "v1.4.^-1#-g!!!!!!!"],
    "version": ["^.#.##", "v#.^#.#-rc.^", "1.2.3.4567", "2026.11.2#",
                "10.0.19045.####", "1.18.0-2+deb12u^", "^.^.0+build.####",
                "nginx/1.2#.#", "Chrome/1##.0.####.1##"],
    "price": ["EUR 1,2##.##", "1.2##,## €", "$^#.##", "₹ 1,2#,###.00",
              "USD ^,###,###", "-^##.## GBP", "£^##", "^#.## per km",
              "+^#.##", "CHF 1'2##.##", "¥^#,###", "+1,2## EUR"],
    "tracking": ["1Z999AA1##########", "JD01#################",
                 "94001118992#############", "RR#########DE", "00340434#####"
                 "#######", "TBA############", "DHL ^#########"],
    "book": ["ISSN ####-####", "ISSN 2049-###X", "doi:10.1000/^##.####",
             "arXiv:26^1.0####", "PMID ########"],
    "vehicle": ["WVWZZZ1JZ3W######", "1HGCM82633A######", "KA 0^ AB ####",
                "B-TX ^###", "AB^# CDE", "MH12DE####"],
    "invoice": ["INV-2026-######", "2026/11/####", "RE-2026-####-##",
                "INV######", "F2026########", "No. 000#####",
                "GSC-2026-11-####"],
    "registry": ["12-^######", "77^2-18-5", "50-00-^", "DE1########",
                 "HRB ######", "ATU########", "94103-####", "SW1A ^AA",
                 "110 0##", "0-9#-#######", "US##########", "ABN 5# 004"],
    "bank_code": ["HDFC0######", "DEUTDEFF500", "SBIN00#####", "COBADEFFXXX",
                  "20-00-0#", "BLZ 100 500 00", "021000021",
                  "RTGS HDFCR52026112#########"],
    "product": ["SKU-4415-55##", "B0#?????#?", "XR-####-??-##", "P/N 8^#-##4",
                "LM317T-^###", "ABX-^##-QZ", "MODEL ???-####-?", "T^#-4##-9A",
                "???#####?#"],
    "file": ["IMG_2026112#_1#4#5#.jpg", "scan-000##.pdf", "report (^).docx",
             "backup-2026-11-2#-0^00.tar.gz", "DSC0####.ARW", "a.out.^###",
             "/var/log/nginx/access.log.^#.gz", "C:\\Users\\x\\f^##.txt",
             "PXL_2026112#_1#4#5####.mp4", "core.1####"],
    "retina": ["icon@2x.png", "logo-^#@3x.png", "pin_^@2x.webp"],
    "handle": ["@kestrel_app", "@rider^#", "@team-leads", "@dev_^##",
               "@Override", "@media", "@app.route('/v^')", "@user.name",
               "@daily", "@here", "@scope/ride-^"],
    "prompt": ["root@web-0^:~", "deploy@build-^:~", "me@laptop ~",
               "postgres@db^", "ubuntu@ip-10-0-^-1##:/srv", "user@host"],
    "scp": ["deploy@10.0.^.^#:/srv/app", "git@forge:team/app-^.git",
            "backup@nas^:/vol/^#", "ssh://git@forge-^/app", "me@10.0.^.^#:~",
            "rsync://pull@mirror^/pool", "sftp://drop@files^:2222/in"],
    "package": ["@rides/client@^.^#.#", "lodash@4.17.^#", "left-pad@1.^.0",
                "actions/checkout@v^", "openssl@3", "vue@next",
                "image@sha256:" + "!" * 64, "react@18.^.0-rc.^"],
    "decimal": ["3.14159265#####", "0.##############", "1.^###e+^#",
                "6.02214076e23", "99.9^ %", "1,234,56^", "12 345 6^8",
                "-0.00####", "1/^###", "^.#e-^#", "18446744073709551615"],
    "score": ["^:#", "3-^", "6-4, ^-6, 7-5", "1#1-1##", "2^–17", "21-1^ 21-1#",
              "+^ ahead", "4x100 m in 4#.##", "147-^#-3"],
    "travel": ["LH 4##", "UA^##", "6E-2##^", "AI-^#^", "gate B^#", "seat ^#F",
               "ICE ^##", "PNR ??#?#?", "bus 1#^", "flight BA2^# on 2# Nov"],
    "room": ["room 4^#", "Room 12-3##", "Floor ^, desk 1##", "apt. ^#b",
             "No. ^#-#", "Block C/^##", "locker ###", "bay ^#, row ##"],
    "sql": ["LIMIT 1000 OFFSET ^#####", "id IN (1####, 2####, 3####)",
            "WHERE n BETWEEN 1000000 AND ^######", "VALUES (^, ##, ###)",
            "SET @n := ^##", "CAST('^###' AS int)", "-- ^#### rows"],
    "log": ["worker process 1#### exited with code ^",
            "[notice] 1#####1####: *2#### done",
            "upstream 10.0.0.^:80## 0.0##",
            "GC pause ^#.#ms 5##M->1##M(2048M)", "bytes=0-10##### of 2######",
            "pid=1#### fd=^# rss=2#####K", "HTTP/1.1\" 200 1### 0.0##",
            "retry ^ of 5 after 2000 ms", "seq=1##### ack=2####### win=64240"],
    "measure": ["1#.^ km in ^# min", "^## kWh", "+2# °C", "1013.^ hPa",
                "4 x ^# mm", "1920x10^0", "5^ kg @ 4.50", "120/8^ mmHg",
                "2 400 mAh", "50/60 Hz", "+5:30 h", "+^ points", "+^#%"],
    "colour": ["!!!!!!", "!!!", "!!!!!!!!"],
    "ticket": ["JIRA-^####", "RIDE-^###", "GH-^###", "CVE-2026-^####",
               "RFC ^###", "section ^.#.^#", "T1059.00^", "bug 10#####",
               "CWE-^##"],
    "media": ["4K 59.94 fps", "h264@^###k", "S0^E1#", "00:1#:2#,### --> 00:1"
              "#:3#,###", "1^#-bit 44.1 kHz", "f/1.^ 1/2#0 s ISO ^00"],
    "cron": ["*/^ * * * *", "0 ^ * * 1-5", "30 0^ 1,15 * *",
             "@hourly run-^#", "RRULE:FREQ=DAILY;COUNT=^#"],
    "tax_in": ["????#####?", "TAN DELM1####L", "HSN 9964##",
               "CIN U72200KA20##PTC1#####", "DIN 0#######"],
    "iban_short": ["DE89 3704", "GB29 NWBK 6016", "DE** **** **** 30##",
                   "FR76…0189", "IBAN ends in 30##", "CH93 0076 XXXX XXXX"],
    "masked": ["**** **** **** 42##", "XXXX-XXXX-XXXX-1###", "4111 11** ****",
               "***-**-6###", "XXX-XX-4###", "(***) ***-01##", "+1 *** *** 01",
               "XXXX XXXX 90##", "a***@***.com", "ABCPX****X", "…42##"],
}


def other_last_digit(rnd, plain):
    """Luhn and Verhoeff find each change of one digit."""
    return plain[:-1] + str((int(plain[-1]) + rnd.randint(1, 9)) % 10)


def uuid4(rnd):
    value = str(uuid.UUID(int=rnd.getrandbits(128), version=4))
    return rnd.choice([value, value.upper(), "{%s}" % value, "urn:uuid:"
                       + value, value.replace("-", "")])


def ean13(rnd):
    body = rnd.choice(["400", "871", "301", "890", "501"]) + digits(rnd, 9)
    total = sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(body))
    return body + str(-total % 10)


def isbn(rnd):
    plain = "978" + digits(rnd, 9)
    total = sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(plain))
    plain += str(-total % 10)
    return rnd.choice([plain, grouped(plain, (3, 1, 3, 5, 1), "-"),
                       grouped(plain, (3, 2, 6, 1, 1), "-"),
                       grouped(plain, (3, 1, 2, 6, 1), " ")])


def upca(rnd):
    body = digits(rnd, 11)
    total = sum(int(c) * (3, 1)[i % 2] for i, c in enumerate(body))
    return body + str(-total % 10)


def imei(rnd):
    """Fifteen digits, Luhn valid; type allocation codes begin with 35, 86
    or 01, where no card of that length does."""
    value = luhn_complete(rnd.choice(["35", "86", "01"]) + digits(rnd, 12))
    return rnd.choice([value, grouped(value, (2, 6, 6, 1), "-"),
                       grouped(value, (2, 6, 6, 1), " ")])


def luhn_no_network(rnd):
    """Luhn valid with the length of a card and the prefix of none."""
    first = rnd.choice("0179")
    value = luhn_complete(first + digits(rnd, 14))
    return rnd.choice([value, grouped(value, (4, 4, 4, 4), " "),
                       grouped(value, (4, 4, 4, 4), "-")])


def luhn_wrong_length(rnd):
    """Luhn valid with the prefix of a network and the length of no card."""
    length = rnd.choice((11, 12, 15, 17, 18, 21))
    prefix = rnd.choice(["4", "51"])
    return luhn_complete(prefix + digits(rnd, length - len(prefix) - 1))


def iccid(rnd):
    return luhn_complete("89" + digits(rnd, rnd.choice((16, 17))))


def npi(rnd):
    return luhn_complete("80840" + "1" + digits(rnd, 8))


def card_wrong_luhn(rnd):
    number, sizes = card_number(rnd)
    return grouped(other_last_digit(rnd, number), sizes,
                   rnd.choice([" ", "-", ""]))


def card_in_hash(rnd):
    """A valid card number amid hexadecimal letters."""
    return shape(rnd, "!!!a") + card_number(rnd)[0] + shape(rnd, "f!!!!")


def card_in_number(rnd):
    """A valid card number amid more digits."""
    return shape(rnd, "^#") + card_number(rnd)[0] + digits(rnd, 6)


def fours(text):
    return " ".join(text[i:i + 4] for i in range(0, len(text), 4))


def iban_wrong_checksum(rnd):
    plain = iban_plain(rnd)
    check = "%02d" % ((int(plain[2:4]) + rnd.randint(1, 90)) % 97 + 2)
    if check == plain[2:4]:
        return iban_wrong_checksum(rnd)
    plain = plain[:2] + check + plain[4:]
    return rnd.choice([plain, fours(plain)])


def iban_wrong_length(rnd):
    """The checksum holds, but the country has IBANs of another length."""
    country = rnd.choice(["DE", "FR", "GB", "ES", "NL", "AT"])
    body = bban(rnd, IBANS[country])[:-rnd.choice((1, 2, 3))]
    plain = iban_complete(country, body)
    return rnd.choice([plain, fours(plain)])


def iban_no_country(rnd):
    """The checksum holds, but no country with IBANs is called so; RF opens
    the creditor reference of ISO 11649."""
    country = rnd.choice(["RF", "US", "ZZ", "XX", "IN"])
    plain = iban_complete(country, digits(rnd, rnd.choice((16, 18, 20))))
    return rnd.choice([plain, fours(plain)])


def lei(rnd):
    """ISO 17442: twenty characters under the checksum of IBANs."""
    body = "5299" + "00" + "".join(rnd.choice("0123456789ABCDEFGHKLMNPRSTUVX")
                                   for _ in range(12))
    value = int("".join(str(int(c, 36)) for c in body + "00"))
    return body + "%02d" % (98 - value % 97)


def ssn_invalid(rnd):
    area = "%03d" % ssn_area(rnd)
    never = rnd.choice(["000", "666", "9" + digits(rnd, 2)])
    return rnd.choice([
        never + shape(rnd, "-4^-####"), never + shape(rnd, " 4^ 1###"),
        area + shape(rnd, "-00-1###"), area + "-" + shape(rnd, "4^-0000"),
        area + shape(rnd, "-4^-1####"), "1" + area + shape(rnd, "-4^-1###")])


def aadhaar_wrong(rnd):
    plain = other_last_digit(rnd, aadhaar_plain(rnd))
    return grouped(plain, (4, 4, 4), rnd.choice([" ", "-"]))


def aadhaar_first(rnd):
    """The checksum holds, but no Aadhaar begins with 0 or 1."""
    plain = verhoeff_complete(rnd.choice("01") + digits(rnd, 10))
    return grouped(plain, (4, 4, 4), rnd.choice([" ", "-"]))


def twelve(rnd):
    """Twelve bare digits; Verhoeff holds for half of them."""
    return rnd.choice([aadhaar_plain(rnd), rnd.choice("23456789")
                       + digits(rnd, 11)])


def pan_wrong_kind(rnd):
    kinds = [c for c in "DEIKMNOQRSUVWXYZ" if c not in PAN_KINDS]
    return pan_in(rnd, kinds)[0]


def pan_in_longer(rnd):
    value = pan_in(rnd)[0]
    return rnd.choice([value + digits(rnd, 1), capitals(rnd, 1) + value,
                       value[:5] + digits(rnd, 1) + value[5:],
                       value[:-1], value + capitals(rnd, 2)])


def base64_text(rnd):
    raw = bytes(rnd.getrandbits(8) for _ in range(rnd.choice((24, 33, 48))))
    value = base64.b64encode(raw).decode()
    return rnd.choice([value, base64.urlsafe_b64encode(raw).decode(),
                       "data:;base64," + value])


MAKERS = {
    "uuid": uuid4, "ean": ean13, "isbn": isbn, "upc": upca, "imei": imei,
    "luhn_no_network": luhn_no_network, "luhn_wrong_length": luhn_wrong_length,
    "iccid": iccid, "npi": npi, "card_wrong_luhn": card_wrong_luhn,
    "card_in_hash": card_in_hash, "card_in_number": card_in_number,
    "iban_wrong_checksum": iban_wrong_checksum, "lei": lei,
    "iban_wrong_length": iban_wrong_length, "iban_no_country": iban_no_country,
    "ssn_invalid": ssn_invalid, "aadhaar_wrong": aadhaar_wrong,
    "aadhaar_first": aadhaar_first, "twelve": twelve,
    "pan_wrong_kind": pan_wrong_kind, "pan_in_longer": pan_in_longer,
    "base64": base64_text,
}

MAKERS.update({kind: (lambda patterns: lambda rnd: shape(
    rnd, rnd.choice(patterns)))(patterns)
    for kind, patterns in SHAPES.items()})
