// Tokens, good ones and spoiled ones, judged by libpartner and by jose:
//
//     node differential.mjs JUDGE DIRECTORY COUNT SEED
//
// What libpartner accepts jose has to accept, always.  The other way round it
// may be stricter only in the cases that say so.  Everything but the keys and
// the signatures follows from the seed.

import { spawn } from "node:child_process";
import * as crypto from "node:crypto";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import jose, { algorithms } from "./jose.mjs";

const [program, directory, count, seed] = process.argv.slice(2);

const now = 1_800_000_000;
const leeway = 10;
const issuer = "https://issuer.example";
const audience = "gateway";


// xorshift, so that a seed gives the same cases everywhere

let state = BigInt(seed) | 1n;

function random(n) {
    state ^= state >> 12n;
    state = (state ^ state << 25n) & 0xffffffffffffffffn;
    state ^= state >> 27n;
    return Number((state * 2685821657736338717n >> 33n) % BigInt(n));
}

const one = list => list[random(list.length)];
const encode = bytes => Buffer.from(bytes).toString("base64url");


// Keys

const keys = {};

for (const alg of algorithms.public) {
    const pair = await jose.generateKeyPair(alg, { modulusLength: 2048 });
    keys[alg] = { private: pair.privateKey, public: pair.publicKey,
        jwk: { ...await jose.exportJWK(pair.publicKey), alg, kid: alg } };
}

for (const alg of algorithms.secret) {
    const secret = crypto.randomBytes(64);
    keys[alg] = { private: secret, public: secret,
        jwk: { kty: "oct", k: encode(secret), alg, kid: alg } };
}

const pss = alg => alg.startsWith("PS") ? {
    padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
    saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST
} : {};

function signature(alg, input, key = keys[alg].private, more = {}) {
    const hash = "sha" + alg.slice(2);

    if (alg.startsWith("HS")) {
        return crypto.createHmac(hash, key).update(input).digest();
    }

    return crypto.sign(alg === "EdDSA" ? null : hash, Buffer.from(input),
        { key, dsaEncoding: "ieee-p1363", ...pss(alg), ...more });
}

// The parts may be text that JSON.stringify would not write.
function token(alg, header, claims, ...key) {
    const input = [header, claims].map(part => encode(
        typeof part === "string" || Buffer.isBuffer(part) ? part
            : JSON.stringify(part))).join(".");
    return `${input}.${encode(signature(alg, input, ...key))}`;
}


// Cases: each gives a token, and may say that libpartner is stricter

const header = alg => ({ alg, typ: "JWT", kid: alg });

const claims = () => ({
    iss: issuer, aud: audience, sub: "user", client_id: "client",
    exp: now + 600, iat: now - 10, jti: "id" + random(1e6),
    scope: "read:rides"
});

const odd = () => one([null, true, false, 0, -1, 1.5, 1e300, "", "x", [], {},
    [null], { a: 1 }, "\u0000", "\ud83d\ude00", now, now - 100, now + 100,
    String(now), issuer, [issuer], audience, [audience], ["x", audience]]);

// jose looks at the type of few claims and asks for none
const typed = ["sub", "client_id", "azp", "jti", "cnf", "iat", "nbf", "exp",
    "iss", "aud"];

const cases = [
    alg => ({ token: token(alg, header(alg), claims()) }),

    alg => ({ token: token(alg, header(alg), { ...claims(),
        aud: one([[audience], ["x", audience], ["x"], "x", [], audience]) }) }),

    alg => ({ token: token(alg, header(alg), { ...claims(),
        iss: one([issuer, issuer + "/", "", "https://else.example"]) }),
    strict: true }),

    alg => ({ token: token(alg, header(alg), { ...claims(),
        exp: now + random(40) - 20 }) }),

    alg => ({ token: token(alg, header(alg), { ...claims(),
        nbf: now + random(40) - 20 }) }),

    // jose does not ask when a token was issued
    alg => ({ token: token(alg, header(alg), { ...claims(),
        iat: now + random(40) - 20 }), strict: true }),

    alg => ({ token: token(alg, header(alg), { ...claims(),
        [one(typed)]: odd() }), strict: true }),

    alg => {
        const some = claims();
        delete some[one(Object.keys(some))];
        return { token: token(alg, header(alg), some) };
    },

    alg => ({ token: token(alg, { ...header(alg), typ: one(["JWT", "jwt",
        "at+jwt", "application/at+jwt", "application/JWT", "JOSE", "x"]) },
    claims()), strict: true }),

    alg => ({ token: token(alg, { ...header(alg), [one(["kid", "typ", "cty",
        "crit", "b64", "zip", "enc", "jku", "x5u", "x5c", "jwk", "x"])]:
        odd() }, claims()), strict: true }),

    alg => ({ token: token(alg, { ...header(alg), kid: one([alg, "x",
        ...Object.keys(keys)]) }, claims()) }),

    alg => ({ token: token(alg, { alg, typ: "JWT" }, claims()) }),

    // another algorithm than that of the signature and of the key
    alg => ({ token: token(alg, { ...header(alg), alg: one(["none", "None",
        "HS256", "RS256", "rs256", "ES256", "PS256", "ES256K", "RS1", ""]) },
    claims()) }),

    // the public key as a secret
    alg => {
        const pem = alg.startsWith("HS") ? "x"
            : keys[alg].public.export({ type: "spki", format: "pem" });
        return { token: token("HS256", { ...header(alg), alg: "HS256" },
            claims(), pem) };
    },

    // another key of the kind, named as ours
    alg => {
        const other = one(Object.keys(keys).filter(name =>
            name.slice(0, 1) === alg.slice(0, 1)));
        return { token: token(alg, header(other), claims()), strict: true };
    },

    // a salt of another length, numbers in DER
    alg => {
        const more = alg.startsWith("PS") ? { saltLength: random(33) }
            : alg.startsWith("ES") ? { dsaEncoding: "der" } : {};
        return { token: token(alg, header(alg), claims(),
            keys[alg].private, more) };
    },

    // signatures of zeros, ones and odd lengths
    alg => {
        const text = token(alg, header(alg), claims());
        const input = text.slice(0, text.lastIndexOf("."));
        const size = Buffer.from(text.slice(input.length + 1), "base64url")
            .length + one([0, 0, 0, -1, 1, -8]);
        return { token: input + "." + encode(Buffer.alloc(size,
            one([0, 1, 255]))) };
    },

    // JSON that can be read in more than one way
    alg => {
        const text = JSON.stringify(claims());
        return { token: token(alg, header(alg), one([
            text.replace("{", `{"aud":"x",`),
            text.replace("}", `,"iss":"x"}`),
            text.replace(`"iss"`, `"\\u0069ss"`),
            text.replace(`"iss"`, `"\\u0069ss":"x","iss"`),
            text.replace(":", " :\t").replace("{", "{\r\n "),
            text + " ", text + "x", text + "\u0000", " " + text, `[${text}]`,
            text.slice(0, -1), "", "null", "1", `"x"`, "\ufeff" + text,
            text.replace(String(now + 600), "18e8"),
            text.replace(String(now + 600), "01800000600"),
            text.replace(String(now + 600), "1800000600.5"),
            text.replace(String(now + 600), "1e400"),
            text.replace("user", "us\\u0000er"),
            text.replace("user", "us\\ud800er"),
            text.replace("user", "us\ter"),
            Buffer.from(text.replace("user", "us\xffer"), "latin1"),
            text.replace("}", `,"x":${"[".repeat(20)}${"]".repeat(20)}}`)
        ])), strict: true };
    },

    // jose's decoder passes over what is no base64url
    alg => {
        const text = token(alg, header(alg), claims());
        const at = random(text.length);
        const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            + "0123456789-_+/=.: \t\u00e4";
        return { strict: true, token: one([
            text.slice(0, at) + one(digits) + text.slice(at + 1),
            text.slice(0, at) + text.slice(at + 1),
            text.slice(0, at) + one(digits) + text.slice(at),
            text.slice(0, at), text + one(digits), text + "=", text + ".",
            text.split(".").reverse().join("."),
            text.split(".").slice(0, 2).join(".") + "."
        ]) };
    },

    // the parts of two tokens
    alg => {
        const a = token(alg, header(alg), claims()).split(".");
        const b = token(alg, header(alg), claims()).split(".");
        return { token: [0, 1, 2].map(i => one([a, b])[i]).join(".") };
    }
];


// The two judges

function libpartner(kind) {
    const file = `${directory}/${kind}.json`;
    writeFileSync(file, JSON.stringify({
        keys: algorithms[kind].map(alg => keys[alg].jwk) }), { mode: 0o600 });

    const child = spawn(program, [file, issuer, audience, now, leeway,
        algorithms[kind].join()], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[
        Symbol.asyncIterator]();

    return {
        async judge(text) {
            child.stdin.write(text + "\n");
            const { value, done } = await lines.next();
            if (done) throw new Error("judge has ended");
            return value;
        },
        end: () => child.stdin.end()
    };
}

function keyFor(kind, { alg, kid }) {
    const fit = algorithms[kind].filter(name => name === alg
        && (typeof kid !== "string" || kid === name));
    if (fit.length !== 1) throw new Error("no key");
    return keys[fit[0]].public;
}

async function other(kind, text) {
    try {
        const { payload } = await jose.jwtVerify(text,
            head => keyFor(kind, head), { issuer, audience,
                algorithms: algorithms[kind], clockTolerance: leeway,
                currentDate: new Date(now * 1000) });

        // exp is for jose to check where it is there, for us it has to be
        return payload.exp === undefined ? "exp" : "good";

    } catch (error) {
        return error.code ?? error.message;
    }
}


const judges = { public: libpartner("public"), secret: libpartner("secret") };
const tally = { both: 0, neither: 0, strict: 0 };
let wrong = 0;

for (let i = 0; i < Number(count); i++) {
    const kind = random(4) === 0 ? "secret" : "public";
    const alg = one(algorithms[kind]);
    const number = random(cases.length);
    const made = cases[number](alg);
    const [ours, theirs] = await Promise.all([judges[kind].judge(made.token),
        other(kind, made.token)]);

    if ((ours === "good") === (theirs === "good")) {
        tally[ours === "good" ? "both" : "neither"]++;

    } else if (theirs === "good" && made.strict) {
        tally.strict++;

    } else if (wrong++ < 10) {
        console.error(`case ${number}, ${alg}: libpartner says ${ours}, jose `
            + `${theirs}: ${made.token}`);
    }
}

Object.values(judges).forEach(judge => judge.end());
console.log(`${count} tokens: ${tally.both} accepted by both, `
    + `${tally.neither} by neither, ${tally.strict} by jose alone, `
    + `${wrong} judged otherwise`);
process.exitCode = wrong || !tally.both || !tally.neither ? 1 : 0;
