#!/bin/sh
# Bring the cases that others wrote into a cache folder: JSON Forms' examples from npm, and the
# JSON-Schema-Test-Suite, which lies in jsonschema's source distribution.
#   fetch.sh PYTHON FOLDER
set -eu

python=$1
folder=$2
here=$(cd "$(dirname "$0")" && pwd)
examples=3.7.0
schema=$(sed -n 's/^jsonschema==//p' "$here/../constraints.txt")

"$here/../system-libraries.sh" "$python" conformance
mkdir -p "$folder"
log=$folder/fetch.log

if [ ! -f "$folder/examples-$examples.jsonl" ]; then
    echo "Fetching @jsonforms/examples $examples"
    if ! npm install --prefix "$folder" --no-save --no-audit --no-fund --ignore-scripts \
        --loglevel error "@jsonforms/examples@$examples" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        echo "conformance: npm could not fetch @jsonforms/examples $examples; is a registry within reach?" >&2
        exit 1
    fi
    NODE_PATH="$folder/node_modules" node "$here/examples.cjs" >"$folder/part"
    mv "$folder/part" "$folder/examples-$examples.jsonl"
fi

if [ ! -f "$folder/jsonschema-$schema.tar.gz" ]; then
    echo "Fetching the source of jsonschema $schema"
    if ! "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --no-binary jsonschema --dest "$folder" "jsonschema==$schema" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        echo "conformance: pip could not fetch the source of jsonschema $schema; is an index within reach?" >&2
        exit 1
    fi
fi
