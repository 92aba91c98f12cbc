# mounted SERVICE PATH: what the files mount there, `volume` and docker's name for it, or `bind` and a folder of the
# host.
mounted() {
  files | awk -v service="$1" -v target="$2" '
    function key(text) { gsub(/["\047:]/, "", text); return text }
    function value(text) { sub(/^ *(- )?[^ ]+: /, "", text); gsub(/^["\047]|["\047]$/, "", text); return text }
    /^[^ ]/ { section = key($1) }
    /^  [^ ]/ { item = key($1) }
    /^    [^ ]/ { part = key($1) }
    section == "services" && item == service && part == "volumes" {
      if ($1 == "-") type = value($0)
      if ($1 == "source:") source = value($0)
      if ($1 == "target:" && value($0) == target) { found = type; from = source }
    }
    section == "volumes" && part == "name" { names[item] = value($0) }
    END { if (found) print found, found == "volume" ? names[from] : from }'
}
