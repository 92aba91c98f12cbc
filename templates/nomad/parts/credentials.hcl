
      template {
        destination = "secrets/store.env"
        data        = local.credentials
        env         = true
        change_mode = "noop"

        left_delimiter  = "[["
        right_delimiter = "]]"
      }
