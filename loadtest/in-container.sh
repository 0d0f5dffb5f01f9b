# What the service `loadtest` of docker-compose.yml runs: a token for a day from the keys of the deployment, then the gate with the flags given.
set -eu
node=/waymark/node_modules/.bin/node
"$node" --conditions=waymark-source tools/keys/main.ts token /keys --subject load-test --days 1 > /tmp/token
exec "$node" --conditions=waymark-source --disable-warning=ExperimentalWarning loadtest/gate/main.ts \
  --target http://command:3000 --token-file /tmp/token --out /report "$@"
