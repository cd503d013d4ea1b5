# A private PostgreSQL cluster in a temporary folder, for the scripts beside this file, which source it.
#
# create_cluster, start_cluster and remove_cluster share $folder, $data, $port and $binaries. The cluster trusts
# everybody on this machine and has two more roles: cartotek_owner owns the tables, cartotek_app is what the service
# runs as.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

find_binaries() {
    local found
    if found=$(command -v pg_ctl) && [ -x "$(dirname "$(readlink -f "$found")")/initdb" ]; then
        dirname "$(readlink -f "$found")"
    else
        found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
        [ -n "$found" ] && [ -x "$found/initdb" ] && echo "$found"
    fi
}

# PostgreSQL refuses to run as root.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    account=nobody
    if id postgres >/dev/null 2>&1; then account=postgres; fi
    as_user=(runuser -u "$account" --)
fi

# The memory of this machine as a folder, where there is enough of it.
memory() {
    local free
    free=$(df --output=avail --block-size=1M /dev/shm 2>/dev/null | tail -n 1) || return 1
    [ -w /dev/shm ] && [ "$free" -ge 4096 ] && echo /dev/shm
}

# Makes $folder, in the given one, with a cluster that does not run yet. The caller sets a trap on remove_cluster first.
create_cluster() {
    folder=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/cartotek-postgres.XXXXXX")
    data="$folder/data"
    if [ "$(id -u)" -eq 0 ]; then chown "$account" "$folder"; fi
    in_folder "${as_user[@]}" "$binaries/initdb" --auth=trust --username=postgres --no-locale --encoding=UTF8 \
        --data-checksums --no-sync --pgdata="$data" >"$folder/initdb.log" 2>&1 || {
        cat "$folder/initdb.log" >&2
        fail "initdb failed"
    }
    cat >>"$data/postgresql.conf" <<CONFIGURATION
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 200
shared_buffers = 64MB
min_wal_size = 32MB
max_wal_size = 256MB
deadlock_timeout = 50ms
CONFIGURATION
}

# Starts the cluster for the first time, on a port that it chooses.
start_cluster() {
    local attempt
    # Another process may take a port between its choice and the start.
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 30000))
        if start_on_port; then
            run_sql postgres 'CREATE ROLE cartotek_owner LOGIN' 'CREATE ROLE cartotek_app LOGIN'
            return
        fi
    done
    show_log_and_fail
}

start_on_port() {
    in_folder "${as_user[@]}" "$binaries/pg_ctl" start --silent --wait --pgdata="$data" --log="$folder/server.log" \
        --options="-p $port" >/dev/null 2>&1
}

show_log_and_fail() {
    cat "$folder/server.log" >&2
    fail "the cluster did not start"
}

# Runs statements as a superuser of the database that is the first argument.
run_sql() {
    local database=$1 statement
    shift
    for statement in "$@"; do
        "$binaries/psql" --quiet --no-psqlrc --host=127.0.0.1 --port="$port" --username=postgres \
            --dbname="$database" --set=ON_ERROR_STOP=1 --command="$statement"
    done
}

remove_cluster() {
    [ -n "${folder:-}" ] || return 0
    in_folder "${as_user[@]}" "$binaries/pg_ctl" stop --silent --mode=immediate --pgdata="$data" >/dev/null 2>&1 || true
    rm -rf "$folder"
}

# The other account may not be able to stand in the caller's folder.
in_folder() {
    (cd "$folder" && "$@")
}
