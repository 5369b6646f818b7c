// Documents and profiles to try a redactor with, all from one seed: names that
// rules are for in every spelling, duplicates, numbers that no double holds,
// all of Unicode, white space, deep and wide nesting, and what is no JSON.

// xorshift, so that a seed gives the same cases everywhere

let state = 1n;

export function seed(n) {
    state = BigInt(n) * 2n + 1n;
    for (let i = 0; i < 20; i++) random(1);
}

export function random(n) {
    state ^= state >> 12n;
    state = (state ^ state << 25n) & 0xffffffffffffffffn;
    state ^= state >> 27n;
    return Number((state * 2685821657736338717n & 0xffffffffffffffffn)
        >> 33n) % n;
}

const one = list => list[random(list.length)];
const times = (n, make) => Array.from({ length: n }, make);
const often = percent => random(100) < percent;


// Names, and each in another spelling

const names = ["email", "phone", "name", "id", "a", "list", "rider", "Card-No",
    "é", "𝄞", "x".repeat(64), "e", "emails", "mail", "0", "odd.name"];
const strangers = ["", "emai", "x".repeat(63), "x".repeat(65), "x".repeat(300),
    "\uFFFD", "data", "€".repeat(22)];

const unicode = c => "\\u" + (often(50) ? c.toString(16) : c.toString(16)
    .toUpperCase()).padStart(4, "0");

// Between quotes: some characters as \u, and what has to be escaped escaped.
function spelled(text, percent) {
    let out = "";

    for (let i = 0; i < text.length; i++) {
        const c = text.charCodeAt(i);
        const pair = (c & 0xf800) === 0xd800;
        const short = '"\\/\b\f\n\r\t'.indexOf(text[i]);

        if (c < 32 || c === 34 || c === 92 || often(percent)) {
            out += short >= 0 && often(50) ? "\\" + '"\\/bfnrt'[short]
                : unicode(c) + (pair ? unicode(text.charCodeAt(++i)) : "");
        } else {
            out += pair ? text[i] + text[++i] : text[i];
        }
    }

    return `"${out}"`;
}

function name() {
    let text = often(1) ? "n".repeat(1000 + random(50))
        : often(80) ? one(names) : one(strangers);
    if (often(10)) text = text.toUpperCase();
    return often(2) ? `"${text}\\ud800"` : spelled(text, often(15) ? 40 : 0);
}


// Values

const characters = () => String.fromCodePoint(one([random(0x20),
    0x20 + random(0x60), 0x20 + random(0x60), 0x20 + random(0x60), 0x7f,
    0x80 + random(0x780), 0x800 + random(0xd000), 0xe000 + random(0x2000),
    0x10000 + random(0x100000), 34, 92, 47]));

function string() {
    const text = one([() => "", () => "a@example.org", () => "+49 30 1234567",
        () => times(random(20), characters).join(""),
        () => times(random(20), characters).join(""),
        () => one(names), () => '"e:k1:x', () => "}],:{[",
        () => one(["x", "ü", '"'])
            .repeat(often(20) ? 4000 + random(200) : random(99))])();

    return often(5) ? `"${one(["\\ud800", "\\udc00", "\\ud800\\ud83d\\ude00",
        "\\udfff𝄞", "a\\uDBFF\\u0041"])}"` : spelled(text, one([0, 0, 10, 90]));
}

const digits = n => times(n, () => random(10)).join("");

function number() {
    return (often(30) ? "-" : "") + one([
        () => String(random(1000)), () => "0", () => "9223372036854775808",
        () => "10.00", () => "1E400", () => "1e-400", () => "0.1e+05",
        () => 1 + digits(random(40)), () => `${random(99)}.${digits(1
            + random(30))}`, () => 1 + digits(often(5) ? 1000 + random(40) : 3)
    ])();
}

const blanks = () => times(often(1) ? random(1400) : random(4),
    () => one([" ", " ", "\n", "\t", "\r"])).join("");

function value(size, gap) {
    if (size < 2 || often(10)) {
        return one([string, string, number, number, () => "true",
            () => "false", () => "null", () => "[]", () => "{}",
            () => `[${gap()}]`])();
    }

    const n = 1 + random(Math.min(size, often(10) ? 60 : 6));
    const each = Math.floor(size / n);
    const object = often(60);
    const parts = times(n, () => gap() + (object ? name() + gap() + ":" + gap()
        : "") + value(each, gap) + gap());

    return object ? `{${parts}}` : `[${parts}]`;
}

function deep(n) {
    const pairs = times(n, () => one([["[", "]"], [`{"a":`, "}"]]));
    return pairs.map(pair => pair[0]).join("") + string()
        + pairs.reverse().map(pair => pair[1]).join("");
}

// A byte lost, changed or put in: mostly no JSON any more, or no UTF-8.
function spoil(text) {
    const at = random(text.length + 1);
    const odd = Buffer.from(one([[0], [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80],
        [0xef, 0xbb, 0xbf], [0x80], [0xf4, 0x90, 0x80, 0x80], [0x1f], [34],
        [44], [48], [45], [92], [93], [125], [46], [101], [58], [32]]));

    return Buffer.concat([text.subarray(0, at), often(70) ? odd : Buffer.of(),
        text.subarray(at + random(2))]);
}

export function document() {
    const gap = often(50) ? () => "" : blanks;
    const size = one([1, 4, 4, 10, 10, 30, 30, 300]);
    const text = Buffer.from(gap() + (often(2) ? deep(one([10, 511, 512, 513]))
        : value(size, gap)) + gap());

    return often(15) ? spoil(text) : text;
}


// Profiles

const actions = ["mask", "mask(2,2)", "mask(0,4)", "mask(16,0)", "null", "drop",
    "drop", "hash", "encrypt"];

function step(first) {
    return one([() => "." + one(["email", "phone", "a", "list", "rider", "é"]),
        () => ".*", () => "[*]", () => `[${random(4)}]`, () => "['odd.name']",
        () => ".." + one(["email", "a", "name", "*"]), () => "..[1]"])();
}

export function profile() {
    const exact = often(25);
    const plain = [...names].sort(() => random(3) - 1)
        .slice(0, random(6)).map(target => ({ target }));
    const paths = times(often(50) ? 0 : 1 + random(4), () => ({
        target: "$" + times(1 + random(4), step).join("") }));

    return { exact, rules: [...plain, ...paths].map(rule => ({ ...rule,
        action: one(actions) })) };
}
