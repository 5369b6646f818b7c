/*
 * The certificate that a client has shown to nginx (RFC 8705, section 3).
 */

#include "ngx_http_partner_jwt.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>


/*
 * nginx has verified the certificate, or was told not to: which of the two is
 * its configuration's to say (RFC 8705, section 2.2, allows self-signed ones).
 * Here only the same certificate counts, so the digest is of all of it, in
 * DER.
 */
ngx_int_t
ngx_http_partner_jwt_certificate(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call, u_char *digest)
{
    BIO                       *bio;
    X509                      *certificate;
    unsigned                   len;
    ngx_int_t                  rc;
    ngx_http_variable_value_t *pem;

    pem = ngx_http_get_indexed_variable(
        r, (ngx_uint_t) call->pmcf->jwt->certificate);

    if (pem == NULL || pem->not_found || pem->len == 0) {
        return NGX_DECLINED;
    }

    bio = BIO_new_mem_buf(pem->data, (int) pem->len);

    if (bio == NULL) {
        return NGX_DECLINED;
    }

    certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    rc = (certificate != NULL
          && X509_digest(certificate, EVP_sha256(), digest, &len) == 1)
             ? NGX_OK
             : NGX_DECLINED;

    X509_free(certificate);
    BIO_free(bio);
    /* what OpenSSL noted would be another connection's error */
    ERR_clear_error();

    return rc;
}
