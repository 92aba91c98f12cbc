        # It asks by an address that need not be in the certificate.
        protocol        = "https"
        tls_skip_verify = true
