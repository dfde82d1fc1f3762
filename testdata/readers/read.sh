# Reads bare values as shells do, and says what it read: each followed by a NUL. TestReaders of pkg/cmd/pass compares.
# Arguments: read FILE, each line with read -r; or catch FILE..., each file with $(...).
mode=$1
shift
if [ "$mode" = read ]; then
  while read -r code; do printf '%s\0' "$code"; done <"$1"
else
  for f; do
    code=$(<"$f") # what $(cat FILE) is, without a process
    printf '%s\0' "$code"
  done
fi
