"""Packs one result into a zip file and a compressed tar file, both with the time of now."""

import tarfile
import time
import zipfile
from pathlib import Path

result = Path("result.csv")
result.write_text("epoch,loss\n1,0.25\n", encoding="utf-8")
with zipfile.ZipFile("result.zip", "w") as archive:
    archive.writestr(zipfile.ZipInfo("result.csv", time.gmtime()[:6]), result.read_bytes())
with tarfile.open("result.tar.gz", "w:gz") as packed:
    packed.add(result)
