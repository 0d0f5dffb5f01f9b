# syntax=docker/dockerfile:1
# Images of Waymark. `command` (the default) and `gateway` hold the same files and differ in what they start: either serves k8s/, which says itself
# what to start. `loadtest` is the SLA gate with its k6. docs/operations.md, section Containers; what is here is tried by tools/containers.

# What npm needs to know, apart from sources: a change of those installs nothing anew.
FROM node:24-bookworm-slim AS manifests
WORKDIR /waymark
COPY package.json package-lock.json .npmrc ./
COPY apps apps
COPY libs libs
RUN find apps libs -type f ! -name package.json -delete

FROM node:24-bookworm-slim AS build
WORKDIR /waymark
COPY --from=manifests /waymark ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build
RUN mkdir empty

# Of each package that runs: what was built, and its name.
FROM build AS built
RUN rm -r libs/client libs/testing
RUN find apps libs -type f ! -path '*/dist/*.js' ! -name package.json -delete
RUN find apps libs -type d -empty -delete

# No install scripts: no package that runs needs its own. Node takes no TypeScript from node_modules and looks into no source map: half of the bytes.
FROM node:24-bookworm-slim AS packages
WORKDIR /waymark
COPY --from=manifests /waymark ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts
RUN find node_modules -type f ! -iname '*licen[cs]e*' ! -iname '*notice*' \
  \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \) -delete
RUN rm node_modules/@waymark/client node_modules/@waymark/testing

FROM golang:1.26-bookworm AS k6
WORKDIR /k6
COPY loadtest/go.mod loadtest/go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
  CGO_ENABLED=0 go build -trimpath -o k6 go.k6.io/k6/v2

FROM build AS loadtest
COPY --from=k6 /k6/k6 /usr/local/bin/k6
COPY --from=build --chown=1000:1000 /waymark/empty /report
USER 1000:1000
ENTRYPOINT ["/waymark/node_modules/.bin/node", "--conditions=waymark-source", "--disable-warning=ExperimentalWarning", "loadtest/gate/main.ts"]
CMD ["--help"]

# The Node that the lockfile pins and every test has run on, by itself: npm and what it brings are not needed to run.
FROM debian:bookworm-slim AS waymark
WORKDIR /waymark
COPY --from=build /waymark/node_modules/node/bin/node /usr/local/bin/node
COPY --from=packages /waymark/node_modules node_modules
COPY --from=built /waymark/libs libs
COPY --from=built /waymark/apps apps
COPY package.json LICENSE ./
COPY docs/openapi.json docs/
COPY tools/keys/main.ts tools/keys/
COPY tools/command-line/command-line.ts tools/command-line/
COPY tools/containers/healthy.mjs tools/containers/make-secrets.ts tools/containers/
# Volumes that are mounted here begin with this owner.
COPY --from=build --chown=1000:1000 /waymark/empty /var/lib/waymark
COPY --from=build --chown=1000:1000 /waymark/empty /secrets
ENV NODE_ENV=production \
  WAYMARK_HOST=0.0.0.0 \
  WAYMARK_DATA_DIR=/var/lib/waymark \
  WAYMARK_COMMAND_ADMIN_PORT=9464 \
  WAYMARK_GATEWAY_ADMIN_PORT=9465
USER 1000:1000

# The flags are those of tools/start/programs.ts, which has their reasons. The replay of a long log comes before healthy.
FROM waymark AS gateway
EXPOSE 3001 9465
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --start-interval=1s --retries=3 \
  CMD ["node", "tools/containers/healthy.mjs", "WAYMARK_GATEWAY_ADMIN_PORT"]
CMD ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--no-allocation-site-pretenuring", "--no-parallel-scavenge", "--v8-pool-size=2", "apps/tick-gateway/dist/main.js"]

FROM waymark AS command
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --start-interval=1s --retries=3 \
  CMD ["node", "tools/containers/healthy.mjs", "WAYMARK_COMMAND_ADMIN_PORT"]
CMD ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=4", "--no-allocation-site-pretenuring", "--no-parallel-scavenge", "--v8-pool-size=2", "apps/command/dist/main.js"]
