# Darkroom as a container: the code, its packages and the built-in model; journal, pictures and your own weights live in
# the volumes /data and /models.
#   docker build --target cpu -t darkroom .            the processor, or a bot (ROLE=bot)
#   docker build --target cuda -t darkroom:cuda .      NVIDIA cards: two gigabytes more; the host needs NVIDIA's container toolkit
# glibc is needed, so no Alpine. No registry could be asked for the digest of the base where this was written:
#   docker buildx imagetools inspect node:24.21.0-bookworm-slim --format '{{.Manifest.Digest}}'
# prints it; build with --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:... to be sure of the same base each time.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The runtime's libraries for other systems are a quarter of a gigabyte.
RUN npm ci --omit=dev --no-audit --no-fund \
  && npm cache clean --force \
  && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32 \
    node_modules/onnxruntime-node/bin/*/linux/arm64

FROM packages AS compiled
COPY LICENSE NOTICE run.mjs ./
COPY config ./config
COPY pipeline ./pipeline
COPY commands ./commands
COPY bot ./bot
COPY models/nano ./models/nano
COPY models/tokenizers ./models/tokenizers
# What is compiled is known by when its sources were written, and layers keep whole seconds only: all get the same one.
RUN find /app -path /app/node_modules -prune -o -type f -exec touch -d 2000-01-01T00:00:00Z {} + \
  && node run.mjs --compile

FROM ${NODE_IMAGE} AS cpu
ENV NODE_ENV=production DATA_DIR=/data MODELS_DIR=/models ORT_DISABLE_TELEMETRY=1
WORKDIR /app
COPY --from=compiled /app ./
RUN mkdir /data /models && chown node:node /data /models
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME ["/data", "/models"]
EXPOSE 3535 3536
# The studio page is reachable from outside the container only with HOST=0.0.0.0 and an API_TOKEN.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT ?? 3535) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "run.mjs", "bot/main.ts"]

FROM compiled AS cuda-libraries
# It ends with an error because no card is there to be tried; its note is written once everything is in place.
RUN node run.mjs bot/terminal/setup-gpu-main.ts || test -s gpu/installed.json

FROM cpu AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=cuda-libraries /app/gpu ./gpu
COPY --from=cuda-libraries /app/node_modules/onnxruntime-node/bin ./node_modules/onnxruntime-node/bin
