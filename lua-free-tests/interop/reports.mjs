// Verifies signed reports as a partner would, with jose.  A line is a request,
// {"jws": "...", "jwks": {...}}, and so is its answer: {"header", "payload"}, or
// {"error"}.

import { createInterface } from "node:readline";

import jose from "./jose.mjs";

async function verify({ jws, jwks }) {
    const { payload, protectedHeader } = await jose.compactVerify(jws,
        jose.createLocalJWKSet(jwks));
    return { header: protectedHeader,
        payload: new TextDecoder().decode(payload) };
}

for await (const line of createInterface({ input: process.stdin })) {
    const answer = await verify(JSON.parse(line))
        .catch(e => ({ error: e.code ?? String(e) }));

    console.log(JSON.stringify(answer));
}
