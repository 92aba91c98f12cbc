{% if host_network %}
        network_mode    = "host"
{% endif %}
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges:true"]

        mount {
          type   = "tmpfs"
          target = "/tmp"
        }
