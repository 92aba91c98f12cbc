# version_of_image: the version of the image on standard input: that of its tag, where it is one, or that of these files.
version_of_image() {
  sed 's/@.*//; s/.*://' | awk '/^[0-9]+\.[0-9]+\.[0-9]/ { found = $1 } END { print found ? found : "{{ version }}" }'
}
# why_not NODE FROM TO: why a server of version TO does not take over the data of one of version FROM; nothing if it does.
# The files say what was generated last, which may be more than one version ahead of what runs.
why_not() {
  printf '%s %s %s\n' "$1" "$2" "$3" | awk -v downgrade="$downgrade" '
    split($2, from, ".") > 2 && split($3, to, ".") > 2 && from[1] == to[1] {
      minor = to[2] - from[2]
      patch = to[3] - from[3]
      runs = $1 " runs " $2
      if (minor > 1)
        print runs ", and " $3 " skips a minor: no node would start on the data. Set version in the cluster file to the newest of " from[1] "." from[2] + 1 ", generate with --allow RG727, and run this again; then upgrade again"
      else if (minor < -1)
        print runs ", and " $3 " is too old to read its data. Set version in the cluster file to " $2 " and generate again"
      else if ((minor < 0 || minor == 0 && patch < 0) && !downgrade)
        print runs ", and the files are for " $3 ", which may not read its data. Set version in the cluster file to " $2 " and generate again; or, if no feature that came after " $3 " was used, pass --downgrade"
    }'
}
