{% if consul %}
[[ range service (printf "%s-fabric|any" (env "NOMAD_META_cluster")) ]][[ if .Tags | contains "metadata-server" ]]{{ scheme }}://[[ .Address ]]:[[ .Port ]]
{% else %}
[[ range nomadService (printf "%s-fabric" (env "NOMAD_META_cluster")) ]][[ if .Tags | contains "metadata-server" ]]{{ scheme }}://[[ .Address ]]:[[ .Port ]]
{% endif %}
[[ end ]][[ end ]]
