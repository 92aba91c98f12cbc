runs() {
  versions=$1
  shift
  for node in "$@"; do
    for _ in 1 2 3; do
      version=$(server_version "$node" | awk '{ print $2 }')
      [ -z "$version" ] || break
      sleep 2
    done
    case " $versions " in
      *" ${version:-none} "*) ;;
      *)
        echo "$node runs version ${version:-unknown}, expected $versions"
        return 1
        ;;
    esac
  done
}
