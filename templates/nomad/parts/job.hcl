job {{ job }} {
  datacenters = {{ datacenters }}
  namespace   = {{ namespace }}
{% if node_pool %}
  node_pool   = {{ node_pool }}
{% endif %}
  type        = {{ job_type }}
{% if priority %}
  priority    = {{ priority }}
{% endif %}

  meta {
    cluster = {{ cluster }}
  }
{% for constraint in constraints %}

{% include "nomad/parts/constraint.hcl" %}
{% endfor %}
