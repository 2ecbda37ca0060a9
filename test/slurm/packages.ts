/** The Debian packages that the tests in this folder need: installed where that is allowed. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A command of each package. */
const PACKAGES = {
  slurmctld: "slurmctld",
  slurmd: "slurmd",
  "slurm-client": "sbatch",
  munge: "munged",
  parallel: "parallel",
};
// Debian has daemons where users have nothing on PATH.
const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/**
 * Whether all commands are there, if need be after an attempt to install them. Where that is not allowed or fails: throws in CI, elsewhere says
 * loudly that nothing is tested and returns `false`.
 */
export function hasPackages(): boolean {
  let missing = missingPackages();
  if (missing.length === 0) return true;
  let why = `this is ${process.platform}, not Linux`;
  if (process.platform === "linux") why = install(missing);
  missing = missingPackages();
  if (missing.length === 0) return true;
  const message = `Slurm cannot be tested: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing, and cannot be installed: ${why}`;
  if (process.env.CI) throw new Error(message);
  process.stderr.write(`\n*** ALL TESTS OF SLURM ARE SKIPPED: ${message} ***\n\n`);
  return false;
}

function missingPackages(): string[] {
  return Object.entries(PACKAGES)
    .filter(([, command]) => !FOLDERS.some((folder) => isExecutable(join(folder, command))))
    .map(([name]) => name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns why it could not, if it could not. */
function install(packages: readonly string[]): string {
  if (process.getuid?.() !== 0) return "that needs root";
  process.stderr.write(`pagewalk: apt-get install ${packages.join(" ")} ...\n`);
  // The packages would start daemons of their own, which nobody wants here.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const apt = (...args: string[]) =>
    spawnSync("apt-get", ["-y", "-q", ...args], { env, stdio: ["ignore", 2, "pipe"], encoding: "utf8" });
  let done = apt("install", "--no-install-recommends", ...packages);
  if (done.status !== 0) {
    apt("update"); // a fresh image has no lists of packages
    done = apt("install", "--no-install-recommends", ...packages);
  }
  return done.error?.message ?? done.stderr.trim();
}
