// jose, the library that many partners sign and verify tokens with, as Debian
// packages it.

import { createRequire } from "node:module";

export default createRequire(import.meta.url)("jose");

export const algorithms = {
    public: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
        "ES384", "ES512", "EdDSA"],
    secret: ["HS256", "HS384", "HS512"]
};
