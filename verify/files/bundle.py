"""The file bundle.json of an evidence bundle: claims, how each is made again, every file with its digest."""

from typing import Annotated, Literal

import attrs

from verify.files.archive import NAME
from verify.files.forms import OMIT
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast, ConfigName, Count, Digest, NotEmpty, Pattern
from verify.files.reading import MEBIBYTE
from verify.files.record import Digests, Precision, Profile, Version

Path = Annotated[str, Pattern(NAME)]
ClaimId = Annotated[str, Pattern("[0-9]{1,5}-[a-z0-9][a-z0-9._-]{0,99}")]
Size = Annotated[int, AtLeast(0)]
Claimed = Literal["identical", "close", "different", "could-not-judge"]


@attrs.frozen(kw_only=True)
class BundledData:
    """The data set of a run, which is not in the bundle.

    Args:
        source: its name in the settings.
        digest: of its samples and labels.
        command: what gets it; None for data that are generated, or that no command gets.
    """

    source: str
    digest: Digest
    command: str | None = attrs.field(default=None, metadata={OMIT: True})


@attrs.frozen(kw_only=True)
class Claim:
    """One run: what is claimed of it, and what makes it again.

    Args:
        id: the name of its folder in runs/.
        run: the folder of the run.
        config: the name of the configuration.
        config_digest: the digest of the settings.
        seed: the seed.
        profile: the arithmetic.
        precision: the format of parameters.
        bits: the version of the arithmetic.
        digests: of every stage.
        verdict: what was judged when the bundle was made.
        sentence: the same in words.
        golden: the file of the golden that the run was compared with; None where there was none.
        code: the folder of the files of an experiment; None for a run without code of its own.
        data: the data set.
        rerun: the command that trains the run again, in the folder of the extracted bundle.
    """

    id: ClaimId
    run: Path
    config: ConfigName
    config_digest: Digest
    seed: Count
    profile: Profile
    precision: Precision
    bits: Count
    digests: Digests
    verdict: Claimed
    sentence: str
    golden: Path | None = attrs.field(default=None, metadata={OMIT: True})
    code: Path | None = attrs.field(default=None, metadata={OMIT: True})
    data: BundledData
    rerun: str


@attrs.frozen(kw_only=True)
class Evidence:
    """The answer of another command, such as vary or prove, which is kept and not made again.

    Args:
        file: its file.
        schema: what it is.
        verdict: its own verdict; None if it has none.
        sentence: its own sentence; None if it has none.
    """

    file: Path
    schema: str
    verdict: str | None = attrs.field(default=None, metadata={OMIT: True})
    sentence: str | None = attrs.field(default=None, metadata={OMIT: True})


@attrs.frozen(kw_only=True)
class BundledFile:
    """One file of a bundle."""

    path: Path
    size: Size
    digest: Digest


@attrs.frozen(kw_only=True)
class Manifest:
    """The contents of bundle.json.

    Args:
        program: the version of the program that made the bundle.
        claims: what is claimed.
        evidence: answers that are kept beside the claims.
        files: every file but bundle.json itself.
    """

    program: Version
    claims: Annotated[tuple[Claim, ...], NotEmpty()]
    evidence: tuple[Evidence, ...]
    files: Annotated[tuple[BundledFile, ...], NotEmpty()]


MANIFEST_NAME = "bundle.json"
METADATA_NAME = "ro-crate-metadata.json"
STATEMENTS_NAME = "statements.jsonl"
GOLDENS, RUNS, CODE, EVIDENCE, CHECKLISTS = "goldens", "runs", "code", "evidence", "checklists"
"""The folders of a bundle."""
BUNDLE = FileKind(
    name="a manifest of a bundle",
    schema="repro-appliance/bundle/1",
    form=Manifest,
    limit=16 * MEBIBYTE,
    remedy="make the bundle again: repro-appliance export RUN... --format bundle -o FILE.zip",
)
