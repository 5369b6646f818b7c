/*
 * The certificate that a client has shown to nginx (RFC 8705, section 3).
 */

#include "ngx_http_partner_jwt.h"

#if (NGX_HTTP_SSL)
#include <openssl/ssl.h>
#include <openssl/x509.h>
#endif


/*
 * nginx has verified the certificate, or was told not to: which of the two is
 * its configuration's to say (RFC 8705, section 2.2, allows self-signed ones).
 * Here only the same certificate counts, so the digest is of all of it, in
 * DER.
 */
ngx_int_t
ngx_http_partner_jwt_certificate(const ngx_connection_t *c, u_char *digest)
{
#if (NGX_HTTP_SSL)
    X509    *certificate;
    unsigned len;

    certificate = (c->ssl != NULL)
                      ? SSL_get0_peer_certificate(c->ssl->connection)
                      : NULL;

    return (certificate != NULL
            && X509_digest(certificate, EVP_sha256(), digest, &len) == 1)
               ? NGX_OK
               : NGX_DECLINED;
#else
    (void) c;
    (void) digest;

    return NGX_DECLINED;
#endif
}
