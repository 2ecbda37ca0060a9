// Makes this checkout ready to run: installs and builds what is missing or out of date, and nothing else.
// Runs before `npm start`, `npm test`, `npm run lab`, `npm run lint` and `npm run bench`. Needs Node and npm only; node_modules may be
// absent. Everything is written to stderr, so that the stdout of the command that follows stays clean.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));

/** What the build reads. When the content of any of it changes, the build is out of date. */
const SOURCES = [
  "assembly",
  "src",
  "test/traces", // the page has some of them
  "asconfig.json",
  "vite.config.ts",
  ...readdirSync(".").filter((name) => /^tsconfig.*\.json$/.test(name)),
  "package.json",
  "package-lock.json",
];

/** Holds the hash of the sources that dist/ and wasm/ were built from. Goes when a build starts: a failed one has none. */
const STAMP = "dist/.stamp";

requireNode(20, 19);
if (!isInstalled()) npm("ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error");
const sources = hash(SOURCES);
if (!isBuiltFrom(sources)) {
  rmSync(STAMP, { force: true });
  npm("run", "--silent", "build");
  mkdirSync("dist", { recursive: true });
  writeFileSync(STAMP, sources);
}

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  console.error(`pagewalk needs Node ${major}.${minor} or later; this is Node ${process.versions.node}.`);
  process.exit(1);
}

/** Whether node_modules holds what package-lock.json asks for, by npm's own record of what it installed. */
function isInstalled() {
  const lock = readJson("package-lock.json")?.packages;
  const installed = readJson("node_modules/.package-lock.json")?.packages;
  const manifest = readJson("package.json");
  if (!lock || !installed || !manifest) return false;
  for (const [where, wanted] of Object.entries(lock)) {
    if (where === "" || wanted.link) continue;
    const found = installed[where];
    if (!found && (wanted.optional || wanted.devOptional || wanted.peer)) continue; // e.g. made for another platform
    if (found?.version !== wanted.version || !existsSync(where)) return false;
  }
  const root = lock[""];
  return ["dependencies", "devDependencies"].every(
    (kind) => JSON.stringify(root[kind] ?? {}) === JSON.stringify(manifest[kind] ?? {}),
  );
}

function isBuiltFrom(wanted) {
  const products = ["wasm/pagewalk.wasm", "wasm/page.wasm", "wasm/pagewalk.debug.wasm", STAMP];
  return products.every((file) => existsSync(file)) && readFileSync(STAMP, "utf8") === wanted;
}

/** Hash of names and contents of `files`; folders stand for all files in them. */
function hash(files) {
  const sum = createHash("sha256");
  const add = (file) => {
    if (!existsSync(file)) return;
    if (statSync(file).isDirectory()) for (const name of readdirSync(file).sort()) add(`${file}/${name}`);
    else sum.update(`${file}\0`).update(readFileSync(file)).update("\0");
  };
  files.forEach(add);
  return sum.digest("hex");
}

/** Runs the npm that runs this script, or else the one on PATH, with its stdout sent to stderr; leaves if it fails. */
function npm(...args) {
  const command = `npm ${args.filter((arg) => !arg.startsWith("-")).join(" ")}`;
  console.error(`pagewalk: ${command} ...`);
  const started = performance.now();
  const self = process.env.npm_execpath;
  const stdio = ["ignore", 2, 2];
  const done = self?.endsWith("npm-cli.js")
    ? spawnSync(process.execPath, [self, ...args], { stdio })
    : spawnSync("npm", args, { stdio, shell: process.platform === "win32" });
  if (done.status !== 0) {
    const why = done.error?.message ?? (done.signal ? `stopped by ${done.signal}` : `exit code ${done.status}`);
    console.error(`pagewalk: ${command} failed: ${why}`);
    process.exit(done.status || 1);
  }
  console.error(`pagewalk: ${command} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** The parsed file, or null when it cannot be read or parsed: then there is nothing to compare with. */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
