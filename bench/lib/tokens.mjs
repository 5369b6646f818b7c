// Signs N tokens, each with an id of its own, and prints one a line:
//
//     node tokens.mjs ALG FILE N
//
// FILE is a private key in PEM, or the secret itself where ALG is HS256.

import { createHmac, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const [alg, file, n] = process.argv.slice(2);
const bytes = readFileSync(file);
const key = alg.startsWith("HS") ? bytes : createPrivateKey(bytes);

const signers = {
    HS256: input => createHmac("sha256", key).update(input).digest(),
    RS256: input => sign("sha256", input, key),
    ES256: input => sign("sha256", input, { key, dsaEncoding: "ieee-p1363" }),
    EdDSA: input => sign(null, input, key)
};

const encode = value =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const header = encode({ alg, typ: "JWT", kid: `bench-${alg}` });

for (let i = 0; i < Number(n); i++) {
    const input = header + "." + encode({
        iss: alg.startsWith("HS") ? "https://secret.example"
            : "https://issuer.example",
        aud: "gateway", sub: "user", client_id: "client_1", partner: "p1",
        exp: now + 86400, iat: now, jti: `id_${i}`, scope: "read:rides"
    });
    const signature = signers[alg](Buffer.from(input)).toString("base64url");

    process.stdout.write(`${input}.${signature}\n`);
}
