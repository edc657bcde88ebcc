# The gateway as an image: production dependencies only, not run as root, data in a volume.
#
#   docker build -t cross-city-gateway .
#   docker run --init --stop-timeout 40 -p 8080:8080 -v gateway-data:/data -v ./config:/app/config:ro cross-city-gateway
#
# The configuration that comes with the project trusts an issuer of its own, which works on loopback only: the image
# listens on all addresses and therefore refuses to start until a configuration with real issuers is mounted.
# See docs/operations.md.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No scripts: none of the production dependencies needs one, and the pinned Node.js of development stays out.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8080 \
    GATEWAY_DATA_DIR=/data \
    GATEWAY_SANDBOX=off
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY config ./config
COPY src ./src
RUN mkdir /data && chown node:node /data && chmod 700 /data
VOLUME /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GATEWAY_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server.js"]
