# Shared by the drills: a platform on a data folder of its own, a client, and a list of expectations. Sourced, not run.
# A drill sets nothing up by itself: it says what it does ("say"), what must be true ("expect"), and ends with "finish".
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
program=$root/artifacts/bin/Trireme/release/trireme
drill=$(mktemp -d -t trireme-drill-XXXXXX)
data=$drill/data
export TRIREME_HOME=$root TRIREME_DATA_DIR=$data
platform=
passed=0 failed=0

say() { printf '\n%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 2; }

# expect SENTENCE COMMAND...: counts whether the command succeeds.
expect() {
  local sentence=$1
  shift
  if "$@" >/dev/null 2>&1; then
    passed=$((passed + 1)); printf '  ok      %s\n' "$sentence"
  else
    failed=$((failed + 1)); printf '  FAILED  %s\n' "$sentence"
  fi
}

finish() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

stop() {
  [[ -n $platform ]] || return 0
  kill -TERM "$platform" 2>/dev/null || true
  wait "$platform" 2>/dev/null || true
  platform=
}

clean_up() {
  stop
  # Left to be looked at where something was wrong.
  if ((failed > 0)); then printf 'What the platform printed: %s; its folder: %s\n' "$drill/up.log" "$data" >&2; else rm -rf "$drill"; fi
}
trap clean_up EXIT

# start [OPTION...]: a platform with the sample service, on free ports; returns when it is ready.
start() { start_with up_here "$@"; }
up_here() { exec "$program" up --data-dir "$data" --port 0 --api-port 0 "$@"; }

# start_with FUNCTION [OPTION...]: the same, with a function that ends in "exec ... up", to set limits or a namespace before.
start_with() {
  # One that was killed leaves its addresses behind.
  rm -f "$data/endpoints.json"
  "$@" >"$drill/up.log" 2>&1 &
  platform=$!
  for ((i = 0; i < 600; i++)); do
    [[ -s $data/endpoints.json ]] && grep -q '^Trireme runs' "$drill/up.log" && return 0
    alive || break
    sleep 0.2
  done
  cat "$drill/up.log" >&2
  die "the platform did not become ready"
}

alive() { kill -0 "$platform" 2>/dev/null; }
address_of() { sed -n "s/^ *\"$1\": *\"\([^\"]*\)\".*/\1/p" "$data/endpoints.json"; }
# The dashboard's address may carry a path and a query.
port_of() { address_of "$1" | sed 's#^[a-z]*://[^:]*:\([0-9]*\).*#\1#'; }
key() { cat "$data/credentials/api-key"; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# The processes of this platform's engines, whoever their parent is.
engine_pids() { pgrep -f -- "--endpoint-file $data/" | sort | tr '\n' ' '; }

# complete [TOKENS]: one completion by $model, or the sample, through the gateway, or at $url; prints the status code.
complete() { timed_complete "$@" | cut -d ' ' -f 1; }

# timed_complete [TOKENS]: the same; prints the status code and the seconds.
timed_complete() {
  curl -sS -m 90 -o /dev/null -w '%{http_code} %{time_total}\n' "${url:-$(address_of gateway)}/completions" \
    -H "Authorization: Bearer $(key)" -H 'Content-Type: application/json' \
    -d "{\"model\":\"${model:-tiny}\",\"prompt\":\"Once\",\"max_tokens\":${1:-4}}" 2>/dev/null || true
}

# client_loop SECONDS: completions one after another, a fifth of a second apart; each status code on a line of client.txt.
client_loop() {
  local end=$((SECONDS + $1))
  : >"$drill/client.txt"
  while ((SECONDS < end)); do
    complete >>"$drill/client.txt"
    sleep 0.2
  done
}

report_client() { printf '  the client was answered: %s\n' "$(sort "$drill/client.txt" | uniq -c | awk '{ printf "%s x %s  ", $1, $2 }')"; }
client_all_ok() { [[ -s $drill/client.txt ]] && ! grep -qv '^200$' "$drill/client.txt"; }

ask_control_plane() { "$program" get modelservices >/dev/null 2>>"$drill/control.err" || echo no >>"$drill/control.txt"; }
control_all_ok() { [[ ! -s $drill/control.txt ]]; }

restarts() { "$program" get modelreplicas --output json | grep -o '"restarts": *[0-9]*' | grep -o '[0-9]*$' | awk '{ n += $1 } END { print n + 0 }'; }
release_verified() { "$program" get releases --output json | grep -q '"DigestsMatch"'; }
# telemetry PATH: what the query API or /metrics answers. The key goes by standard input: arguments are everyone's to read.
telemetry() {
  printf 'header = "Authorization: Bearer %s"\n' "$(<"$data/credentials/telemetry-key")" |
    curl -sS -m 10 -K - "http://127.0.0.1:$(port_of dashboard)$1"
}
metric() { telemetry /metrics | awk -v name="$1" 'index($1, name) == 1 { n += $2 } END { print n + 0 }'; }
at_least() { awk -v least="$1" -v is="$2" 'BEGIN { exit !(is >= least) }'; }
# refuses PATTERN FILE: true when no line of the file matches.
refuses() { [[ -s $2 ]] && ! grep -Eq "$1" "$2"; }
