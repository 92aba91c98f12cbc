    network {
      mode = {{ network_mode }}
{% for port in group.ports %}

      port {{ port.label }} {
        static = {{ port.number }}
{% if bridge %}
        to     = {{ port.target }}
{% endif %}
      }
{% endfor %}
    }
