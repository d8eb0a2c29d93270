# The node as a container: read-only, without root, without development tools.
#
#   docker build -t bronnet .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -v bronnet:/data -p 8080:8080 \
#     -v ./passphrase:/run/secrets/passphrase:ro -e BRONNET_KEYS_PASSPHRASEFILE=/run/secrets/passphrase \
#     -e BRONNET_URL=https://node.example.nl bronnet
#
# Settings are environment variables, or a file that BRONNET_CONFIG names. Only the public listener (8080) can be reached
# from outside; the internal one stays on the loopback address of the container, where `docker exec` reaches it.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY node node
COPY registry-client registry-client
COPY schemas schemas
COPY types types
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && find node_modules -type d -empty -delete \
  && find schemas -name '*.ts' -delete

FROM node:24-bookworm-slim
# Nothing is installed in a running node, so its installers can go.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
    /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
  && mkdir /data \
  && chown 10001:10001 /data
WORKDIR /app
COPY package.json LICENSE ./
COPY policies policies
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/schemas schemas
COPY --from=build /build/dist/node dist/node
COPY --from=build /build/dist/registry-client dist/registry-client
COPY --from=build /build/dist/schemas dist/schemas

ENV NODE_ENV=production \
    BRONNET_STORAGE_URL=level:/data/store \
    BRONNET_KEYS_DIRECTORY=/data/keys
VOLUME /data
EXPOSE 8080
# A number, so that a platform can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BRONNET_HTTP_INTERNAL_PORT ?? 8081}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/node/main.js"]
CMD ["start"]
