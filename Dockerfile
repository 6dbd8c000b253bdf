# The command, built from this folder: docker build --tag farzi . && docker run --rm --volume "$PWD:/work" farzi run experiment.yaml
FROM node:24-bookworm-slim AS build
WORKDIR /farzi
COPY . .
RUN ONNXRUNTIME_NODE_INSTALL=skip npx --yes pnpm@10.34.8 install --frozen-lockfile \
  && node scripts/pnpm.mjs build \
  && node scripts/pnpm.mjs --recursive --filter './packages/*' pack --pack-destination /packed

FROM node:24-bookworm-slim
COPY --from=build /packed /packed
RUN npm install --global --ignore-scripts /packed/*.tgz && rm -r /packed
WORKDIR /work
USER node
ENTRYPOINT ["farzi"]
CMD ["--help"]
