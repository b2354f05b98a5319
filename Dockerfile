# One image for all: what a container is says its command, such as `serve profile`. The base is built in the first stage and empty in the second: a static binary needs
# nothing else, not even a shell; certificates of public authorities come along for identity providers.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum go.work go.work.sum ./
COPY proto/go.mod proto/go.sum proto/
# Modules come in a layer of their own: they change less often than the code.
RUN go mod download
COPY . .
ARG VERSION=dev
# Nothing of the place or the time of building is in it, so that the same source makes the same binary.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.release=${VERSION}" -o /out/ ./deploy/guanxi ./deploy/health

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="guanxi" \
      org.opencontainers.image.description="Customer-relationship back end for companies that sell to other companies" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/guanxi /out/health /
# Nobody's: it owns no file.
USER 65532:65532
ENTRYPOINT ["/guanxi"]
