"""Proves a line of the corpus. Shares no code or table with the maker."""
import re
# ---- arithmetic -----------------------------------------------------------
def luhn_ok(s):
    odd = sum(int(c) for c in s[-1::-2]); even = sum(sum(divmod(2 * int(c), 10)) for c in s[-2::-2])
    return (odd + even) % 10 == 0
D = ['0123456789', '1234067895', '2340178956', '3401289567', '4012395678', '5987604321', '6598710432', '7659821043', '8765932104', '9876543210']
P = ['0123456789', '1576283094', '5803796142', '8916043527', '9453126870', '4286573901', '2793806415', '7046913258']
def verhoeff_ok(s):
    c = 0
    for i, x in enumerate(s[::-1]): c = int(D[c][int(P[i % 8][int(x)])])
    return c == 0
LEN = {k: int(v) for k, v in (x.split(':') for x in
       'AT:20 BE:16 BG:22 CH:21 CY:28 CZ:24 DE:22 DK:18 EE:20 ES:24 FI:18 FR:27 GB:22 GR:27 HR:21 HU:28 IE:22 IT:27 LT:20 LU:20 LV:21 MT:31 NL:18 NO:15 PL:28 PT:25 RO:24 SE:24 SI:19 SK:24'.split())}
def iban_ok(s):
    s = s.upper()
    if LEN.get(s[:2]) != len(s): return False
    r = 0
    for c in s[4:] + s[:4]:
        for q in (c if c.isdigit() else str(ord(c) - 55)): r = (r * 10 + int(q)) % 97
    return r == 1
def card_ok(s):
    n = len(s)
    net = (n == 16 and (s[0] == '4' or 51 <= int(s[:2]) <= 55 or 2221 <= int(s[:4]) <= 2720 or s[:4] == '6011' or 644 <= int(s[:3]) <= 649
           or s[:2] in ('65', '62') or 3528 <= int(s[:4]) <= 3589)) or (n == 15 and s[:2] in ('34', '37')) or (
           n == 14 and (300 <= int(s[:3]) <= 305 or s[:2] in ('36', '38', '39')))
    return bool(net) and luhn_ok(s)
def aad_ok(s): return len(s) == 12 and s[0] > '1' and verhoeff_ok(s)
def ssn_ok(a, b, c): return a not in ('000', '666') and a[0] != '9' and b != '00' and c != '0000'
B = '[ \u00a0]'
# ---- form -----------------------------------------------------------------
def digits(s): return re.sub(r'\D', '', s)
NOCUE = [r'\+\d[\d ()-]{6,22}\d', r'(1[ -])?\([2-9]\d\d\) ?[2-9]\d\d-\d{4}', r'(1-)?[2-9]\d\d-[2-9]\d\d-\d{4}', r'[2-9]\d\d\.[2-9]\d\d\.\d{4}',
         r'0(20|2[3489]) \d{4} \d{4}', r'0(1\d1|11\d|808) \d{3} \d{4}', r'0(7\d{3}|1\d{3}|3069) \d{6}', r'0[1-9]([ .\u00a0]\d\d){4}']
PHONE_CUES = 'phone tel mobile mob cell call sms whatsapp contact fax telefon handy téléphone portable appelez teléfono móvil celular llame cellulare телефон'.split()
BARE_CUES = ['मोबाइल', 'फ़ोन', 'फ़ोन', '電話', '电话', '手机']
SSN_RX = r'ssn|s\.s\.n\.?|social[ _]?security|soc[ _]?sec|ss#|my[ _]social'
AAD_RX = r'aadhaar|aadhar|adhaar|uidai'
def whole(text, rx, upto, bare=()):
    """ends a whole cue within the 30 bytes before `upto` (characters)?"""
    low = upto
    while low and len(text[low - 1:upto].encode()) <= 30: low -= 1
    if any(b in text[low:upto] for b in bare): return True
    for m in re.finditer(r'(?i)(?:%s)' % rx, text[:upto]):
        if m.start() < low: continue
        a = text[m.start() - 1] if m.start() else ' '
        z = text[m.end()] if m.end() < len(text) else ' '
        okl = not a.isalpha() or (a.islower() and text[m.start()].isupper()) or cjk(a) and not m.group().isascii()
        okr = not z.isalpha() or (z.isupper() and text[m.end() - 1].islower())
        if okl and okr: return True
    return False
PH_RX = '|'.join(sorted((re.escape(c) for c in PHONE_CUES), key=len, reverse=True))
def near(text, rx, upto, n=44):
    low = upto
    while low and len(text[low - 1:upto].encode()) <= n: low -= 1
    return re.search('(?i)' + rx, text[low:upto])
PH_EYE = PH_RX + '|' + '|'.join(BARE_CUES)
def cjk(c):
    o = ord(c)
    return 0x3040 <= o <= 0x30ff or 0x3400 <= o <= 0x9fff or 0x0e00 <= o <= 0x0e7f or 0x3000 <= o <= 0x303f or 0xff00 <= o <= 0xff0f or 0xff1a <= o <= 0xff20
def value(cls, v, text, at, loose):
    """why a value is none, or None"""
    if cls == 'email':
        if not re.fullmatch(r'("[^"\\@]+"|[A-Za-z0-9](?:[A-Za-z0-9._+&\'-]*[A-Za-z0-9_])?)@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,}|xn--[a-z0-9]+)', v): return 'form'
        if '"' not in v and '..' in v: return 'dots'
    elif cls == 'phone':
        n = len(digits(v.replace('(0)', '')))
        if not 8 <= n <= 15: return 'length'
        if not any(re.fullmatch(r, v) for r in NOCUE):
            if not re.fullmatch(r'[\d(][\d ()/.-]+\d', v): return 'form'
            if not whole(text, PH_RX, at, BARE_CUES): return 'cue'
            if v.isdigit() and n < 10: return 'bare short'
            if v.isdigit() and n == 12 and (aad_ok(v) or near(text, AAD_RX, at)): return 'two readings'
            if v.isdigit() and card_ok(v): return 'card too'
        d = digits(v)
        if re.match(r'\+?1?[2-9]\d\d', v) and len(d) == 10 and d[0] in '01': return 'area'
    elif cls == 'card':
        d = digits(v)
        if not card_ok(d): return 'checksum'
        cut = {16: r'\d{4}(X\d{4}){3}', 15: r'\d{4}X\d{6}X\d{5}', 14: r'\d{4}X\d{6}X\d{4}'}[len(d)]
        if not (v.isdigit() or any(re.fullmatch(cut.replace('X', s), v) for s in (' ', '-', '\u00a0'))): return 'groups'
        if v.isdigit() and len(v) < 16 and near(text, PH_EYE, at): return 'two cues'
    elif cls == 'iban':
        if not iban_ok(re.sub(B, '', v)): return 'checksum'
        if not (v.isalnum() or re.fullmatch(r'[A-Za-z0-9]{4}(%s[A-Za-z0-9]{4})*(%s[A-Za-z0-9]{1,4})?' % (B, B), v)): return 'groups'
        if v != v.upper() and v != v.lower(): return 'case'
    elif cls == 'ssn':
        m = re.fullmatch(r'(\d{3})([- ]?)(\d\d)\2(\d{4})', v)
        if not m or not ssn_ok(m[1], m[3], m[4]): return 'form'
        if m[2] != '-' and not whole(text, SSN_RX, at): return 'cue'
        if m[2] != '-' and near(text, PH_EYE, at): return 'two cues'
    elif cls == 'aadhaar':
        if not aad_ok(digits(v)): return 'checksum'
        if not (v.isdigit() or any(re.fullmatch(r'\d{4}%s\d{4}%s\d{4}' % (s, s), v) for s in (' ', '-', '\u00a0'))): return 'groups'
        if v.isdigit() and not whole(text, AAD_RX, at, ['आधार']): return 'cue'
        if v.isdigit() and near(text, PH_EYE, at): return 'two cues'
    elif cls == 'pan_in':
        if not re.fullmatch(r'[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]', v): return 'form'
    else: return 'class'
def border(text, a, z, loose, cls=''):
    loose = loose or cls in ('email', 'pan_in')
    if a:
        c = text[a - 1]
        esc = a > 1 and text[a - 2] == '\\' and c in 'nrt'
        if (c.isalnum() and not cjk(c) and not esc) or c in '_-–@': return 'left'
        if c == '.' and a > 1 and not text[a - 2].isalpha(): return 'left dot'
        if not loose and c in ' \u00a0-./(' and a > 1 and text[a - 2].isdigit() and c != '/': return 'digits left'
    if z < len(text):
        c = text[z]
        if (c.isalnum() and not cjk(c)) or c in '_-–@': return 'right'
        if not loose and c in ' \u00a0.' and z + 1 < len(text) and text[z + 1].isdigit(): return 'digits right'
        if c == '.' and z + 1 < len(text) and text[z + 1].isalnum(): return 'right dot'
# ---- what is left over -----------------------------------------------------
def eye(t, kind):
    nk = kind[4:] if kind.startswith('neg:') else ''
    if nk != 'file':
        m = re.search(r'[^\s@<>()\[\],;:"]+@(?:[A-Za-z0-9-]+\.)+([A-Za-z]{2,}|xn--[a-z0-9-]+)', t)
        if m: return 'mail ' + m.group()
    m = re.search(r'(?<![A-Za-z0-9])[A-Z]{3}[ABCEFGHJKLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])', t)
    if m: return 'pan ' + m.group()
    for m in re.finditer(r'(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}', t):
        s, i = '', m.start()
        want = LEN.get(m.group()[:2].upper())
        while want and i < len(t) and len(s) < want:
            c = t[i]
            if c.isascii() and c.isalnum(): s += c
            elif c not in ' \u00a0-' : break
            i += 1
        if want and len(s) == want and iban_ok(s) and not (i < len(t) and t[i].isascii() and t[i].isalnum()): return 'iban ' + s
    for m in re.finditer(r'[0-9]+(?:[ \u00a0.-][0-9]+)*', t):
        g = [(x.group(), m.start() + x.start(), m.start() + x.end()) for x in re.finditer('[0-9]+', m.group())]
        for i in range(len(g)):
            for j in range(i, min(i + 6, len(g))):
                d = ''.join(x[0] for x in g[i:j + 1]); a, z = g[i][1], g[j][2]
                if len(d) > 16: break
                l = t[a - 1] if a else ' '; r = t[z] if z < len(t) else ' '
                if (l.isascii() and (l.isalpha() or l == '.' and a > 1 and t[a - 2].isdigit())) or (r.isascii() and r.isalpha()): continue
                raw = t[a:z]
                if len(d) >= 14 and '.' not in raw and card_ok(d): return 'card ' + raw
                if j - i == 2 and '.' not in raw and [len(x[0]) for x in g[i:j + 1]] == [4, 4, 4] and aad_ok(d): return 'aadhaar ' + raw
                if j - i == 2 and re.fullmatch(r'\d{3}-\d\d-\d{4}', raw) and ssn_ok(*[x[0] for x in g[i:j + 1]]) and nk != 'ssnbad': return 'ssn ' + raw
    for r in NOCUE[1:]:
        m = re.search(r'(?<![0-9A-Za-z])(?<![0-9][-. ])(?:%s)(?![0-9A-Za-z])(?![-. ][0-9])' % r, t)
        if m: return 'phone ' + m.group()
    m = re.search(r'\+[ (]?\d(?:[ ().-]?\d){7,}', t)
    if m: return 'phone ' + m.group()
    for m in re.finditer(r'[0-9][0-9 ()/-]*[0-9]', t):
        run = m.group(); n = len(digits(run)); a = m.start()
        strict = nk == 'cueless'
        hit = (lambda rx, bare=(): whole(t, rx, a, bare)) if strict else (lambda rx, bare=(): near(t, rx + ''.join('|' + b for b in bare), a))
        if n >= 9 and nk != 'ssnbad' and hit(PH_RX, BARE_CUES): return 'cue, phone ' + run
        if re.fullmatch(r'\d{9}|\d{3} \d\d \d{4}', run) and hit(SSN_RX): return 'cue, ssn ' + run
        if re.fullmatch(r'\d{12}', run) and aad_ok(run) and hit(AAD_RX, ['आधार']): return 'cue, aadhaar ' + run
def prove(text, spans, kind, loose=False):
    raw = text.encode(); last = -1; masked = ''; at = 0
    for a, z, cls in spans:
        if not last <= a < z <= len(raw): return 'order'
        last = z
        try: pre, v = raw[:a].decode(), raw[a:z].decode(); raw[z:].decode()
        except UnicodeDecodeError: return 'border of a character'
        ca, cz = len(pre), len(pre) + len(v)
        why = value(cls, v, text, ca, loose) or border(text, ca, cz, loose, cls)
        if why: return f'{cls} {why}: {v}'
        masked += text[at:ca] + '\x01' * len(v.encode()); at = cz
    return eye(masked + text[at:], kind)
def reread(o):
    assert set(o) == {'text', 'spans'}
    for a, z, cls in o['spans']:
        raw = o['text'].encode(); raw[a:z].decode(); raw[:a].decode()
        assert value(cls, raw[a:z].decode(), o['text'], len(raw[:a].decode()), True) is None
def self_test():
    assert luhn_ok('4111111111111111') and not luhn_ok('4111111111111112') and verhoeff_ok('2363') and not verhoeff_ok('2364')
    assert iban_ok('GB82WEST12345698765432') and iban_ok('DE89370400440532013000') and not iban_ok('DE88370400440532013000')
    good = [('a@b.example', 0, 11, 'email'), ('x (212) 555-0101 y', 2, 16, 'phone'), ('SSN 123456789', 4, 13, 'ssn'), ('4111-1111-1111-1111.', 0, 19, 'card'),
            ('DE89 3704 0044 0532 0130 00 EUR', 0, 27, 'iban'), ('(AAAPL1234C)', 1, 11, 'pan_in'), ('«212-55-0101»', 2, 13, 'ssn')]
    for t, a, z, c in good: assert prove(t, [[a, z, c]], 'x') is None, (t, prove(t, [[a, z, c]], 'x'))
    badl = [('a@b.example', 0, 10, 'email'), ('a@bexample', 0, 10, 'email'), ('hotel 2125550101', 6, 16, 'phone'), ('x 4111111111111112', 2, 18, 'card'), ('id 123456789', 3, 12, 'ssn'),
            ('666-55-0101', 0, 11, 'ssn'), ('DE88 3704 0044 0532 0130 00', 0, 27, 'iban'), ('AAAZL1234C', 0, 10, 'pan_in'), ('é4111111111111111', 2, 18, 'card'), ('é212-55-0101', 1, 13, 'ssn'), ('234567890123', 0, 12, 'aadhaar')]
    for t, a, z, c in badl: assert prove(t, [[a, z, c]], 'x') is not None, t
    for t in ['k@b.example', 'a 4111 1111 1111 1111', 'AAAPL1234C', '212-55-0101', '+44 20 7946 0123', '(212) 555-0101', 'phone 2125550101', 'SSN 123456789', 'DE89370400440532013000', '06 39 98 12 34', '020 7946 0123', 'call 2125550101']:
        assert eye(t, 'neg:x') is not None, t
