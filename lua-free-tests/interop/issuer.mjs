// An issuer made of jose.  A line is a request in JSON, and so is its answer:
//
//     {"make": "ES256"}                    {"jwk": {...}}
//     {"sign": "ES256", "claims": {...},   {"token": "..."}
//      "header": {...}}

import { createInterface } from "node:readline";

import jose from "./jose.mjs";

const keys = {};

async function make(alg) {
    if (alg.startsWith("HS")) {
        keys[alg] = await jose.generateSecret(alg, { extractable: true });

    } else {
        const pair = await jose.generateKeyPair(alg, { modulusLength: 2048 });
        keys[alg] = pair.privateKey;
        return { ...await jose.exportJWK(pair.publicKey), alg, kid: alg };
    }

    return { ...await jose.exportJWK(keys[alg]), alg, kid: alg };
}

function sign({ sign: alg, claims, header }) {
    return new jose.SignJWT(claims)
        .setProtectedHeader({ alg, kid: alg, typ: "JWT", ...header })
        .sign(keys[alg]);
}

for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const answer = request.make ? { jwk: await make(request.make) }
        : { token: await sign(request) };

    console.log(JSON.stringify(answer));
}
