/**
 * Finds the Chromium that the browser tests run in. The first of these that works:
 *
 * 1. `$CHROME`, which must work if it is set;
 * 2. an installed Chromium, Chrome or Edge;
 * 3. the one that `npx playwright install chromium` downloaded;
 * 4. on Linux x64, the one inside the npm package `@sparticuz/chromium`, unpacked once below node_modules/.cache. That
 *    package only unpacks its libraries in the cloud it was made for, and into a shared temporary folder: hence our own.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

/** How to launch a browser: the fields of Playwright's LaunchOptions that differ from machine to machine. */
export interface Chromium {
  executablePath: string;
  env?: Record<string, string>;
}

/** No GPU, no sandbox (the tests may run as root), and no requests of the browser's own. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Throws, saying why, when there is none that runs. */
export async function findChromium(): Promise<Chromium> {
  const chosen = process.env.CHROME;
  if (chosen) {
    if (!runs(chosen))
      throw new Error(`CHROME=${chosen} does not run: it must be the path of a Chromium, Chrome or Edge`);
    return { executablePath: chosen };
  }
  const installed = installedBrowsers().find((file) => existsSync(file) && runs(file));
  if (installed) return { executablePath: installed };
  const { chromium } = await import("playwright");
  const downloaded = chromium.executablePath();
  if (existsSync(downloaded) && runs(downloaded)) return { executablePath: downloaded };
  return packagedChromium();
}

/** Where the usual installers put Chromium, Chrome and Edge on this platform. */
function installedBrowsers(): string[] {
  if (process.platform === "darwin") {
    const apps = ["Chromium", "Google Chrome", "Microsoft Edge"];
    return apps.map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
  }
  if (process.platform === "win32") {
    const roots = [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA];
    const programs = [
      "Chromium/Application/chrome.exe",
      "Google/Chrome/Application/chrome.exe",
      "Microsoft/Edge/Application/msedge.exe",
    ];
    return roots.flatMap((root) => (root ? programs.map((program) => path.join(root, program)) : []));
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(path.isAbsolute);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
}

/** Whether the program starts. Windows browsers open a window when asked for their version: there it must only exist. */
function runs(file: string, env: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform === "win32") return existsSync(file);
  return spawnSync(file, ["--version"], { env, stdio: "ignore", timeout: 20_000 }).status === 0;
}

/** The Chromium of the npm package, with the libraries of the package only where the system lacks them. */
async function packagedChromium(): Promise<Chromium> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("no Chromium, Chrome or Edge was found: install one, or set CHROME to the path of one");
  }
  const folder = await unpacked();
  const executablePath = path.join(folder, "chromium");
  if (runs(executablePath)) return { executablePath };
  const env = { ...definedEnv(), LD_LIBRARY_PATH: path.join(folder, "lib") };
  if (!runs(executablePath, env)) {
    const { stderr } = spawnSync(executablePath, ["--version"], { env, encoding: "utf8" });
    throw new Error(
      `no Chromium, Chrome or Edge was found, and the one of @sparticuz/chromium does not start: ${stderr?.trim()}`,
    );
  }
  return { executablePath, env };
}

/**
 * The folder the npm package is unpacked in, which holds `chromium` and `lib/`. It appears whole under its final name,
 * so that a run beside this one never sees half of it.
 */
async function unpacked(): Promise<string> {
  // The package exports nothing but its entry, build/<kind>/index.*: its archives are two levels up, in bin/.
  const root = path.join(path.dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../..");
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const cache = path.join(root, "../../.cache/chromium");
  const folder = path.join(cache, version);
  if (existsSync(folder)) return folder;

  process.stderr.write(`pagewalk: unpacking Chromium for the browser tests into ${path.relative("", folder)}\n`);
  const partial = path.join(cache, `partial-${randomUUID()}`);
  mkdirSync(partial, { recursive: true });
  try {
    const expand = (name: string, to: string, mode: number) =>
      pipeline(
        createReadStream(path.join(root, "bin", name)),
        createBrotliDecompress(),
        createWriteStream(path.join(partial, to), { mode }),
      );
    await expand("chromium.br", "chromium", 0o755);
    await expand("al2023.tar.br", "lib.tar", 0o644); // unpacks into lib/
    execFileSync("tar", ["-x", "-f", "lib.tar", "--no-same-owner"], { cwd: partial });
    rmSync(path.join(partial, "lib.tar"));
    try {
      renameSync(partial, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // else a run beside this one was first: use what it made
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
