# Two images of the same program. The default target comes from the flake and holds nothing but its closure; `wheels` is
# for places without a cache of Nix packages: a slim Python and the wheels of the hash lock. docs/container.md.
# Labels say where an image comes from; a release names its revision and source.
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
ARG NIX_BASE=nixos/nix:2.34.8@sha256:1a711b619c8a713eff32c3f8d8781b3b4d0130cb91c0a57f67e87abfeeb90b01
ARG PYTHON_BASE=python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM ${PYTHON_BASE} AS wheels-build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
# A folder `wheelhouse` beside this file, if there is one, is installed from instead of the network.
COPY requirements.lock requirements-build.lock wheelhous[e] ./
COPY pyproject.toml README.md LICENSE repro_appliance.py repro_appliance_pytest.py ./source/
COPY appliance ./source/appliance
COPY configs ./source/configs
COPY verify ./source/verify
RUN set -e; from=; if ls ./*.whl >/dev/null 2>&1; then from="--no-index -f ."; fi; \
    python3 -m venv backend; \
    backend/bin/python -m pip install $from --require-hashes -r requirements.lock -r requirements-build.lock; \
    (cd source && ../backend/bin/python -m hatchling build -t wheel); \
    python3 -m venv /opt/repro-appliance; \
    /opt/repro-appliance/bin/python -m pip install $from --require-hashes -r requirements.lock; \
    /opt/repro-appliance/bin/python -m pip install --no-index --no-deps source/dist/*.whl; \
    /opt/repro-appliance/bin/python -m pip uninstall --quiet --yes pip setuptools 2>/dev/null || true; \
    find /opt/repro-appliance -name __pycache__ -prune -exec rm -rf {} +; \
    touch /opt/repro-appliance/repro-appliance-image; \
    mkdir -p /writable/runs /writable/data; chmod 1777 /writable/runs /writable/data

FROM ${PYTHON_BASE} AS wheels
COPY --from=wheels-build /opt/repro-appliance /opt/repro-appliance
COPY --from=wheels-build /writable /
ENV PATH=/opt/repro-appliance/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 REPRO_APPLIANCE_CHANNEL=image REPRO_APPLIANCE_DATA=/data \
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 BLIS_NUM_THREADS=1 VECLIB_MAXIMUM_THREADS=1 \
    NUMEXPR_NUM_THREADS=1 OMP_DYNAMIC=FALSE MKL_DYNAMIC=FALSE
ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title="repro-appliance" \
      org.opencontainers.image.description="Trains a NumPy network and verifies the result bit for bit" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
WORKDIR /
VOLUME /runs
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/repro-appliance/bin/repro-appliance"]

FROM ${NIX_BASE} AS closure
# Such as --override-input nixpkgs path:/build/nixpkgs, for another package set than the locked one.
ARG NIX_FLAGS=""
WORKDIR /build
COPY . .
RUN set -e; export NIX_CONFIG="build-users-group ="; \
    nix --extra-experimental-features 'nix-command flakes' build $NIX_FLAGS --out-link /result path:/build#image-root; \
    mkdir -p /closure/nix/store; \
    nix-store --query --requisites /result | while read -r path; do cp -a "$path" /closure/nix/store/; done; \
    cp -a "$(readlink -f /result)"/. /closure/; \
    mkdir /closure/runs /closure/data /closure/tmp; chmod 1777 /closure/runs /closure/data /closure/tmp

FROM scratch AS nix
COPY --from=closure /closure /
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 REPRO_APPLIANCE_CHANNEL=image REPRO_APPLIANCE_DATA=/data
ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title="repro-appliance" \
      org.opencontainers.image.description="Trains a NumPy network and verifies the result bit for bit" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
WORKDIR /
VOLUME /runs
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/bin/repro-appliance"]
