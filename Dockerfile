# truefriend in a container. The dependencies are those of requirements.lock, which tests run with.
# This one has a C compiler, for what setup.py compiles; the image that stays has none.
FROM python:3.11.14-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/truefriend
COPY requirements.lock ./
RUN /opt/truefriend/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml setup.py README.md ./
COPY topics topics
COPY pipeline pipeline
COPY sources sources
COPY sinks sinks
RUN /opt/truefriend/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 truefriend \
    && install --directory --owner=truefriend /data
COPY --from=build /opt/truefriend /opt/truefriend
ENV PATH=/opt/truefriend/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER truefriend
# A new volume mounted here belongs to the user, as this folder does.
VOLUME /data
WORKDIR /data
ENTRYPOINT ["truefriend"]
