        mount {
          type     = "bind"
          source   = {{ tls.written }}
          target   = {{ tls.folder }}
          readonly = true
        }
