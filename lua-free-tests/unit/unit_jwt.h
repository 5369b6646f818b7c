/*
 * Keys and tokens that the RFCs print.
 */

#ifndef UNIT_JWT_H
#define UNIT_JWT_H


/* RFC 7515, appendix A.1 */
#define UNIT_HS256_JWK                                                        \
    "{\"kty\":\"oct\",\"kid\":\"hs\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVM"  \
    "koqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}"
#define UNIT_CLAIMS                                                           \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"  \
    "NvbS9pc19yb290Ijp0cnVlfQ"
#define UNIT_HS256                                                            \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." UNIT_CLAIMS                   \
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* RFC 7515, appendix A.2 */
#define UNIT_RSA_N                                                            \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4"  \
    "qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2j"  \
    "Z47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7W"  \
    "TBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK"  \
    "-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define UNIT_RSA_JWK                                                          \
    "{\"kty\":\"RSA\",\"kid\":\"rs\",\"e\":\"AQAB\",\"n\":\"" UNIT_RSA_N "\"" \
    "}"
#define UNIT_RS256                                                            \
    "eyJhbGciOiJSUzI1NiJ9." UNIT_CLAIMS                                       \
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHI"  \
    "m4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB-"  \
    "-f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383L"  \
    "cOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEU"  \
    "ipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

/* RFC 7515, appendix A.3 */
#define UNIT_EC_JWK                                                           \
    "{\"kty\":\"EC\",\"kid\":\"es\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8" \
    "vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCy"  \
    "StikYjKIWI5a0\"}"
#define UNIT_ES256                                                            \
    "eyJhbGciOiJFUzI1NiJ9." UNIT_CLAIMS                                       \
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQx"  \
    "fKTUJqPP3-Kg6NU1Q"

/* RFC 8037, appendix A.4; its payload is no JSON */
#define UNIT_OKP_JWK                                                          \
    "{\"kty\":\"OKP\",\"kid\":\"ed\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCr"  \
    "fVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define UNIT_EDDSA_INPUT                                                      \
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define UNIT_EDDSA_SIGNATURE                                                  \
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9"  \
    "g7sVvpAr_MuM0KAg"

#define UNIT_JWKS                                                             \
    "{\"keys\":[" UNIT_HS256_JWK "," UNIT_RSA_JWK "," UNIT_EC_JWK             \
    "," UNIT_OKP_JWK "]}"

#define UNIT_ALL_ALGORITHMS (LP_ALG_BIT(LP_ALGS) - 1)


#endif
