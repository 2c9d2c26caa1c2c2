# Darkroom as a container: the code, its packages and the built-in model; journal, pictures and your own weights
# live in the volumes /data and /models. glibc is needed, so no Alpine.
FROM node:24-bookworm-slim

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY config ./config
COPY pipeline ./pipeline
COPY commands ./commands
COPY bot ./bot
COPY models/nano ./models/nano
COPY models/tokenizers ./models/tokenizers
COPY LICENSE NOTICE run.mjs ./
RUN node run.mjs --compile

ENV NODE_ENV=production DATA_DIR=/data MODELS_DIR=/models ORT_DISABLE_TELEMETRY=1
RUN mkdir /data /models && chown node:node /data /models
USER node
VOLUME ["/data", "/models"]
EXPOSE 3535 3536
# The studio page is reachable from outside the container only with HOST=0.0.0.0 and an API_TOKEN.
HEALTHCHECK --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT ?? 3535) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "run.mjs", "bot/main.ts"]
