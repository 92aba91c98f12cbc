# The new files wait in `files` of this folder until a step applies them, so that the folder of the generated files can
# be applied as a whole at any time. No file is ever half written, and the record follows last.

hash_of() { { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1; }

# The files that restate-gen.lock has, each with its hash.
recorded() { sed -n "/^files:/,\$ s/^  '\{0,1\}\([^':]*\)'\{0,1\}: \([0-9a-f]\{64\}\)\$/\2 \1/p" restate-gen.lock 2>/dev/null || :; }

is_as_generated() {
  [ -f "$1" ] && [ -f restate-gen.lock ] || return 0
  recorded | grep -qxF "$(hash_of "$1") $1"
}

# place FILE PLACE, with the mode of the file that it replaces, and through a link.
place() {
  cmp -s "$1" "$2" || {
    if [ -L "$2" ]; then set -- "$1" "$(readlink -f "$2")"; fi
    { [ ! -e "$2" ] || cp -p "$2" "$2.new"; } && cat "$1" >"$2.new" && mv "$2.new" "$2"
  }
}

# put_files_in_place FOLDER
put_files_in_place() {
  is_of_plan "$here" || {
    echo 'restate-gen.lock is not the one that this plan was made for, so its files are not put in place' >&2
    return 1
  }
{% if cluster_file %}
  cluster_file={{ cluster_file }}
  cmp -s "$cluster_file" "$here/after.yaml" || cmp -s "$cluster_file" "$here/before.yaml" || {
    echo "$cluster_file was edited after the plan was written, so nothing is put in place. Undo that; make your change after this plan" >&2
    return 1
  }
{% endif %}
  for file in "$here/$1"/* "$here/$1"/.[!.]*; do
    name=${file##*/}
    if [ ! -f "$file" ] || [ "$name" = restate-gen.lock ] || cmp -s "$file" "$name"; then continue; fi
    is_as_generated "$name" || {
      echo "$name was edited after restate-gen wrote it, so it is not replaced. Undo that, or copy $file over it" >&2
      return 1
    }
    place "$file" "$name" || return 1
  done
  recorded | while read -r _ name; do
    if [ -e "$here/$1/$name" ] || [ ! -e "$name" ]; then continue; fi
    if is_as_generated "$name"; then rm -f "$name"; else echo "$name is no longer generated; it was edited, so it stays"; fi
  done
{% if cluster_file %}
  [ "$1" != files ] || place "$here/after.yaml" "$cluster_file" || return 1
{% endif %}
  [ ! -f "$here/$1/restate-gen.lock" ] || place "$here/$1/restate-gen.lock" restate-gen.lock
}
