# The images `node`, `envoy` and `haproxy`, from one build.

FROM rust:1.95-slim-bookworm AS build
RUN rustup target add wasm32-wasip1
WORKDIR /ringway

# The dependencies by themselves, with empty crates in place of ours: this layer is
# kept until a manifest changes.
COPY Cargo.toml Cargo.lock ./
COPY ring/Cargo.toml ring/
COPY filter/Cargo.toml filter/
COPY replica/Cargo.toml replica/
COPY auth/Cargo.toml auth/
COPY client/Cargo.toml client/
COPY load/Cargo.toml load/
COPY node/Cargo.toml node/
COPY xtask/Cargo.toml xtask/
RUN for crate in */; do \
        mkdir "$crate/src" && touch "$crate/src/lib.rs" && echo 'fn main() {}' >"$crate/src/main.rs"; \
    done \
 && cargo build --locked --package ringway --profile release \
 && cargo build --locked --package ringway-filter --profile filter --target wasm32-wasip1 \
 && rm -r */src

COPY . .
# Cargo goes by modification times, and those of a checkout are older than the build.
RUN touch */src/lib.rs \
 && cargo build --locked --package ringway --profile release \
 && cargo build --locked --package ringway-filter --profile filter --target wasm32-wasip1


FROM debian:bookworm-slim AS node
# A new volume takes over the owner of the directory that it is mounted on.
RUN useradd --system --uid 10001 --no-create-home ringway \
 && install --directory --owner ringway --group ringway /data \
 && install --directory --owner ringway --group ringway --mode 0700 /secret /var/lib/ringway
COPY --from=build /ringway/target/release/ringway /usr/local/bin/ringway
USER ringway
ENV HOST=0.0.0.0 PORT=8080 DATA_DIRECTORY=/data
# Clients and the edge's requests; the other nodes; what edges and monitoring ask for.
EXPOSE 8080 8081 18080
STOPSIGNAL SIGTERM
ENTRYPOINT ["ringway"]
CMD ["node"]


FROM envoyproxy/envoy:v1.40.0 AS envoy
COPY --from=build /ringway/target/wasm32-wasip1/filter/ringway_filter.wasm /etc/envoy/
COPY envoy/envoy.yaml envoy/tls.yaml /etc/envoy/
# The same for nodes that ask for tokens, and for those behind TLS too. Where the context was checked
# out with a narrow umask, the files came with it.
RUN cd /etc/envoy \
 && sed 's/#\[auth\] //' envoy.yaml >envoy-auth.yaml \
 && sed 's/#\[tls\] //; s/port_value: 80}/port_value: 443}/' envoy-auth.yaml >envoy-auth-tls.yaml \
 && chmod 0644 envoy.yaml envoy-auth.yaml envoy-auth-tls.yaml tls.yaml ringway_filter.wasm
USER envoy
EXPOSE 80 443
CMD ["envoy", "--config-path", "/etc/envoy/envoy.yaml"]


FROM haproxy:2.6-bookworm AS haproxy
USER root
COPY haproxy/haproxy.cfg /usr/local/etc/haproxy/
RUN chmod 0644 /usr/local/etc/haproxy/haproxy.cfg
# The user of `node`, as whom `ringway haproxy-sync` writes the files and uses the socket.
USER 10001:10001
EXPOSE 80 443 8404
# A master that reloads on SIGUSR2.
ENTRYPOINT ["haproxy"]
CMD ["-W", "-db", "-f", "/var/lib/ringway/servers.cfg", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
