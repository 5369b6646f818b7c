"""Check digits, as the makers of values use them; validate2 has its own."""


def luhn_digit(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return str(-total % 10)


def luhn(s):
    return luhn_digit(s[:-1]) == s[-1]


P = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870",
     "4286573901", "2793806415", "7046913258")
INV = "0432156789"


def dihedral(a, b):
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
    return (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5


def verhoeff_digit(body):
    c = 0
    for i, ch in enumerate(reversed(body)):
        c = dihedral(c, int(P[(i + 1) % 8][int(ch)]))
    return INV[c]


def mod97(s):
    r = 0
    for ch in s:
        v = int(ch, 36)
        r = (r * (100 if v > 9 else 10) + v) % 97
    return r
