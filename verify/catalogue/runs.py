"""Checks of runs: records, goldens, reports of many machines."""

from __future__ import annotations

import attrs

from verify.catalogue.check import Check

_RECORD = "repro-appliance golden record NAME"

RECORDS = (
    Check(
        id="V001",
        title="the golden is intact",
        meaning="The golden exists, can be read, and has the digest that is written in it.",
        remedy="restore the golden from version control",
        severity="could-not-judge",
    ),
    Check(
        id="V002",
        title="settings agree",
        meaning="The configuration has the digest of the golden; the first setting that differs is named.",
        remedy="the configuration was edited: restore it, or give the new one another name",
    ),
    Check(
        id="V003",
        title="data set bytes agree",
        meaning="The samples and labels are those of the golden.",
        remedy="repro-appliance data check tells whether the files are the right ones",
    ),
    Check(
        id="V004",
        title="initial weights agree",
        meaning="The weights before the first step are those of the golden.",
        remedy="check the random streams and the initialization first",
    ),
    Check(
        id="V005",
        title="weights by epoch agree",
        meaning="The weights after each epoch are those of the golden; the first epoch that differs is named.",
        remedy="run it again: if the epoch changes, suspect the hardware, else the arithmetic; to compare machines: "
        "repro-appliance fingerprint --diff A B",
    ),
    Check(
        id="V006",
        title="losses and accuracies by epoch agree",
        meaning="The history is that of the golden; the first epoch and value that differ are named.",
        remedy="if the weights agree, check the loss and the evaluation",
    ),
    Check(
        id="V007",
        title="predictions agree",
        meaning="The outputs for the test samples are those of the golden.",
        remedy="if the final weights agree, check the forward pass",
    ),
    Check(
        id="V008",
        title="final weights agree",
        meaning="The weights after the last step are those of the golden.",
        remedy="the weights by epoch name the first epoch that differs; to compare machines: "
        "repro-appliance fingerprint --diff A B",
    ),
    Check(
        id="V009",
        title="run digests agree",
        meaning="The digest over all other digests and the configuration is that of the golden.",
        remedy="it covers all other digests: if it differs alone, the way it is computed changed",
    ),
    Check(
        id="V010",
        title="sample values agree",
        meaning="A few values of each tensor are those of the golden; a difference is counted in ulps.",
        remedy="a few ulps: an operation rounds elsewhere; many: other data, seed or settings",
    ),
    Check(
        id="V011",
        title="terms of comparison agree",
        meaning="Configuration, bits version, precision and profile are the same, so that the results can be compared.",
        remedy="compare runs of one configuration, bits version, profile, precision",
        severity="could-not-judge",
    ),
    Check(
        id="V012",
        title="metrics agree",
        meaning="The final losses and accuracies are those of the golden.",
        remedy="if the weights agree, check the evaluation",
    ),
    Check(
        id="V013",
        title="losses agree within a tolerance",
        meaning="On another class of machine native results are compared by their losses, not bit for bit.",
        remedy="more than rounding: another computation; to compare machines: repro-appliance fingerprint --diff A B",
    ),
    Check(
        id="V014",
        title="the run can be made",
        meaning="Training ended with a result. Missing data could not be judged; NaN or infinity is a difference.",
        remedy="the error says what is missing; repro-appliance train with the same name shows it too",
        severity="could-not-judge",
    ),
    Check(
        id="V015",
        title="traces by epoch agree",
        meaning="If the golden was recorded with --trace: the trace of every step has the golden's running digest at "
        "the end of each epoch; the first epoch that differs is named, and whether its weights agree.",
        remedy="train --trace step here and where the golden was made, then: repro-appliance diff RUN RUN",
    ),
    Check(
        id="V016",
        title="the code of the experiment is that of the golden",
        meaning="If the configuration names an experiment: its module and the files that it lists have the digests "
        "that they had for the golden; the first one that does not is named, and nothing is trained.",
        remedy="get the files as they were for the golden; if the change is meant: repro-appliance golden record NAME "
        "--replace",
        severity="could-not-judge",
    ),
)

# The same comparisons between two records, with R for V; what needs a golden or a training has no counterpart.
_ONLY_WITH_GOLDENS = ("V001", "V014", "V015", "V016")
PAIRS = tuple(
    attrs.evolve(check, id="R" + check.id[1:], meaning=check.meaning.replace("the golden", "the other record"))
    for check in RECORDS
    if check.id not in _ONLY_WITH_GOLDENS
)

GOLDENS = (
    Check(
        id="G001",
        title="the golden is sound",
        meaning="The golden can be read, and has the digest that is written in it.",
        remedy="restore the golden from version control",
        severity="could-not-judge",
    ),
    Check(
        id="G002",
        title="the golden was made with the settings of its configuration",
        meaning="The golden has the digest of the configuration of its name.",
        remedy=f"restore the configuration, or: {_RECORD} --replace",
    ),
    Check(
        id="G003",
        title="the configuration has a golden",
        meaning="There is a golden for each configuration that ships.",
        remedy=_RECORD,
        severity="could-not-judge",
    ),
    Check(
        id="G004",
        title="the golden has a configuration",
        meaning="There is a configuration for each golden.",
        remedy="delete the golden, or restore its configuration",
    ),
    Check(
        id="G005",
        title="there are goldens",
        meaning="The directory holds at least one golden; without one, nothing is checked.",
        remedy=_RECORD,
        severity="could-not-judge",
    ),
    Check(
        id="G006",
        title="the configuration can be read",
        meaning="A configuration that ships is well-formed.",
        remedy="restore the configuration from version control",
        severity="could-not-judge",
    ),
    Check(
        id="G007",
        title="the golden of arrays is sound",
        meaning="A golden of arrays can be read, agrees with its samples and stored arrays, and has its test file.",
        remedy="restore the file from version control",
        severity="could-not-judge",
    ),
)

DIRECTORIES = (
    Check(
        id="J001",
        title="the run directory can be read",
        meaning="Every file of a run is a regular file and well-formed, and there is no other file.",
        remedy="ask for the whole directory again, as it was written",
        severity="could-not-judge",
    ),
    Check(
        id="J002",
        title="the files have their checksums",
        meaning="Each file has the SHA-256 that checksums.sha256 states; the first one that does not is named.",
        remedy="a file was damaged or changed after it was written: ask for the directory again",
        severity="could-not-judge",
    ),
    Check(
        id="J003",
        title="the parts of the run agree",
        meaning="The record agrees with its own digests, the settings, the history, the weights, the predictions and "
        "the fingerprint. A run that contradicts itself is evidence of nothing.",
        remedy="the record does not describe these files: train the configuration again",
        severity="could-not-judge",
    ),
    Check(
        id="J004",
        title="there is a golden of these settings",
        meaning="A golden of the run's configuration exists here, is sound, and was made with the same settings.",
        remedy=f"to train the run again here: repro-appliance verify RUN_DIR --retrain; to make a golden: {_RECORD}",
        severity="could-not-judge",
    ),
)

BUNDLES = (
    Check(
        id="B001",
        title="the claim is about its run",
        meaning="Settings, terms and digests that a claim of an evidence bundle names are those of the run in it.",
        remedy="the manifest does not describe this run: ask for the bundle again, as it was exported",
        severity="could-not-judge",
    ),
    Check(
        id="B002",
        title="the run is judged as it is claimed",
        meaning="Compared with the golden in the bundle, the run has the verdict that the claim states.",
        remedy="the golden in the bundle is not the one that the run was compared with, or the claim was edited",
    ),
    Check(
        id="B003",
        title="the golden that is here says the same",
        meaning="Where this machine has a golden of the same settings, the run is judged by it as by the golden in the "
        "bundle; whoever made the bundle cannot have chosen this golden.",
        remedy="compare the golden in the bundle with yours: one of them is not the published one",
    ),
    Check(
        id="B004",
        title="the run can be made again here",
        meaning="A run of a bundle is trained again. Code of an experiment is run only with --run-code.",
        remedy="to run the code in the bundle, after you have read it: repro-appliance verify BUNDLE --run-code",
        severity="could-not-judge",
    ),
)

MACHINES = (
    Check(
        id="A001",
        title="the machine is identical",
        meaning="The report is complete, every configuration was reproduced, the machine is the one that was expected.",
        remedy="read the log of this machine",
    ),
    Check(
        id="A002",
        title="the reports are all present",
        meaning="There is one report for each machine that is expected, and no two have one name.",
        remedy="read the log of the machine that is missing",
        severity="could-not-judge",
    ),
    Check(
        id="A003",
        title="the machines have one digest",
        meaning="A configuration has the same run digest on every machine, and it is the digest of the golden.",
        remedy="to compare two machines that differ: repro-appliance fingerprint --diff A B",
    ),
    Check(
        id="A004",
        title="the machines ran one program",
        meaning="The digest over the source of the program is the same in every report.",
        remedy="verify with the same release, or the same commit, on every machine",
        severity="could-not-judge",
    ),
)
