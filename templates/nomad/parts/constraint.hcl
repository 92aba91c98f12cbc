  constraint {
    attribute = {{ constraint.attribute }}
{% if constraint.operator %}
    operator  = {{ constraint.operator }}
{% endif %}
{% if constraint.value %}
    value     = {{ constraint.value }}
{% endif %}
  }
