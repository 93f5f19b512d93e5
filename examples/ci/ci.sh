#!/bin/sh
# A CI job: starts a sandbox from the command line, then runs the smoke check, the ping test and the game's own
# end-to-end check against it. Exits with 0 when everything works. With a KIIP_APP_KEY that is not the sandbox's, the
# smoke check fails and the job exits with 1.
set -eu

cli=${KIIP_CLI:-npx kiip-s2s}
game=${GAME:-npx tsx game.ts}
host=${SANDBOX_HOST:-sandbox.localhost}
port=${SANDBOX_PORT:-8301}
export GAME_PORT="${GAME_PORT:-3000}"

key=key-of-this-job
export KIIP_APP_KEY="${KIIP_APP_KEY:-$key}"
export KIIP_APP_SECRET=secret-of-this-job
export KIIP_MOMENT_ID=level_up
export KIIP_BASE_URL="http://$host:$port"
export KAMINARI_KEY=kaminari-key-of-this-job
export KAMINARI_BASE_URL="$KIIP_BASE_URL"

log=$(mktemp)
$cli sandbox --host 0.0.0.0 --port "$port" --allowed-host "$host" --app-key "$key" --app-secret "$KIIP_APP_SECRET" \
  --callback-url "http://localhost:$GAME_PORT/kiip/callback" > "$log" &
sandbox=$!
trap 'kill "$sandbox" 2> /dev/null || true; rm -f "$log"' EXIT

tries=0
until grep -q '^Inspector: ' "$log"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$sandbox" 2> /dev/null; then
    echo 'The sandbox did not start:' >&2
    cat "$log" >&2
    exit 1
  fi
  sleep 0.1
done

$cli smoke --allow-insecure
$cli pingtest --allow-insecure
$game
