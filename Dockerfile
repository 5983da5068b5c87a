# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
COPY locks/uv.txt locks/runtime.txt locks/
RUN python -m venv /opt/docurift \
    && /opt/docurift/bin/python -m pip install --no-cache-dir --require-hashes --no-deps -r locks/uv.txt \
    && /opt/docurift/bin/python -m uv pip install --no-cache --python /opt/docurift/bin/python --require-hashes --no-deps -r locks/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/docurift/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="DocuRift" org.opencontainers.image.licenses="Apache-2.0"
# Language data for Tesseract, for scripts that the built-in models do not read; one package a language.
# Versions are not pinned: Debian removes old ones from its mirrors, and the build would stop.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr-eng tesseract-ocr-rus tesseract-ocr-ara tesseract-ocr-kor \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data docurift \
    && install --directory --owner docurift --group docurift --mode 0700 /data
COPY --from=build /opt/docurift /opt/docurift
USER 10001
ENV PATH=/opt/docurift/bin:$PATH DOCURIFT_DATA_DIR=/data DOCURIFT_HOST=0.0.0.0 DOCURIFT_PORT=8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["docurift", "serve"]
