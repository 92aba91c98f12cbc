    network {
      mode = {{ network_mode }}
{% for port in group.ports %}

      port {{ port.label }} {
{% if port.host_network %}
        static       = {{ port.number }}
{% if bridge %}
        to           = {{ port.target }}
{% endif %}
        host_network = {{ port.host_network }}
{% else %}
        static = {{ port.number }}
{% if bridge %}
        to     = {{ port.target }}
{% endif %}
{% endif %}
      }
{% endfor %}
    }
