      type   = {{ volume_type }}
      source = {{ group.volume }}
{% if made_volumes %}

{% if dynamic_volumes %}
      sticky          = true
{% endif %}
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
{% endif %}
