job {{ job }} {
  datacenters = {{ datacenters }}
  namespace   = {{ namespace }}
{% if node_pool %}
  node_pool   = {{ node_pool }}
{% endif %}
  type        = {{ job_type }}

  meta {
    cluster = {{ cluster }}
  }
