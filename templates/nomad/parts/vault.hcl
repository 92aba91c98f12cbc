{% if vault %}

      vault {
        change_mode = "noop"
{% if vault.role %}
        role        = {{ vault.role }}
{% endif %}
      }
{% endif %}
