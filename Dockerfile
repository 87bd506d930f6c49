# syntax=docker/dockerfile:1
# The hub, its worker and the command line in one image. It holds no secret and no configuration of anybody's.
# A line that gets security fixes; Mandate itself runs on 20.19 and later.
ARG NODE=24-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /app
COPY package.json .npmrc ./
COPY sdk/mcp/package.json sdk/mcp/
# Of what is installed, only optional binaries differ between platforms; no package runs a program of its own.
RUN npm install --no-audit --no-fund --ignore-scripts
COPY tsconfig.base.json ./
COPY sdk ./sdk
COPY sample ./sample
COPY src ./src
RUN node node_modules/typescript-native/bin/tsc -b src && npm prune --omit=dev --no-audit --no-fund --ignore-scripts

FROM node:${NODE}
ENV NODE_ENV=production HOST=0.0.0.0 MANDATE_DATA=/data
# What compilers and the database have freed goes back to the system, and does not stay in malloc's arenas.
ENV MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/sdk/mcp ./sdk/mcp
COPY --from=build /app/dist ./dist
COPY bin ./bin
COPY LICENSE ./
# The program belongs to root and is only read; what a hub on embedded stores writes is all in /data.
RUN install -d -o node -g node -m 700 /data
VOLUME ["/data"]
USER node
EXPOSE 8787 8788
# Alive, not ready: a store that is down is no reason to restart a node.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8787}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
