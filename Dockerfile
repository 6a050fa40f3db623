# kizuki without its tests and tools, for a read-only file system and a user without rights.
#   docker build --tag kizuki .
#   docker run --rm --read-only --tmpfs /tmp --volume ./app.yaml:/etc/kizuki/app.yaml:ro kizuki check
# compose.yaml runs two of them beside PostgreSQL, behind a proxy.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
# Libraries first: they change less often than kizuki, and are not fetched again where they did not.
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN mkdir adapters bot storage \
    && python -m venv .venv \
    && .venv/bin/pip install --constraint constraints.txt --editable .
COPY adapters adapters
COPY bot bot
COPY storage storage
COPY content content
# Compiles everything, and leaves the trained model that each start reads: neither could be written later.
RUN printf 'organisation: {name: {ja: 組織}}\ncache: /app/cache\n' > /tmp/app.yaml \
    && .venv/bin/kizuki check --config /tmp/app.yaml \
    && .venv/bin/python -m compileall -q -j 0 adapters bot storage .venv/lib \
    && .venv/bin/pip uninstall --quiet --yes pip \
    && chmod -R a+rX,go-w /app

FROM ${PYTHON}
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin kizuki \
    && install -d -o kizuki -g kizuki -m 0700 /data /backup
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    KIZUKI_CONFIG=/etc/kizuki/app.yaml \
    KIZUKI_CACHE=/app/cache \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
# An SQLite database, where there is one, and nothing else.
WORKDIR /data
VOLUME ["/data", "/backup"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# That it lives; whether it should be sent requests is what a proxy asks at /readyz.
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["kizuki"]
CMD ["serve"]
