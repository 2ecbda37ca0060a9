/** The package as npm would publish it, installed in an empty project. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goldenCounts } from "../golden/golden.ts";
import { bundled } from "../helpers/traces.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(CHECKOUT, "node_modules/typescript/bin/tsc");
const TRACE = "sort400.lk.gz";
const GOLDEN = JSON.parse(readFileSync(new URL("../golden/sort400.json", import.meta.url), "utf8"));

const run = promisify(execFile);

/** The empty project. */
let project: string;
let packed: { size: number; files: { path: string; size: number }[] };
let manifest: { bin: { pagewalk: string }; dependencies: Record<string, string>; version: string };

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "pagewalk-"));
  packed = await pack(project);
  const installed = join(project, "node_modules/pagewalk");
  mkdirSync(installed, { recursive: true });
  const [tarball] = readdirSync(project).filter((file) => file.endsWith(".tgz"));
  await run("tar", ["-xzf", `../../${tarball}`, "--strip-components=1"], { cwd: installed });
  manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) link(name);
  cpSync(bundled(TRACE), join(project, TRACE));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the tarball", () => {
  it("holds what runs and its types, and nothing else", () => {
    // The build that comes before publishing removes its own mark, dist/.stamp.
    const paths = packed.files.map(({ path }) => path).filter((path) => path !== "dist/.stamp");
    const strange = paths.filter(
      (path) =>
        !/^dist\/(?!lab\/|page\/)[\w/-]+\.(js|d\.ts)$/.test(path) &&
        !/^dist\/(report\.html|lab(\.html|\/index\.html|\/licenses\.txt))$/.test(path) &&
        !/^dist\/lab\/assets\/[\w.-]+\.(js|css|wasm|trace)$/.test(path) &&
        !/^wasm\/pagewalk\.(wasm|js|d\.ts)$/.test(path) &&
        path !== "recorders/qemu-plugin.c" && // built where it is needed
        !/^schemas\/(cpu|experiment|plan)\.schema\.json$/.test(path) &&
        !/^(package\.json|(README|ARCHITECTURE|CHANGELOG)\.md|LICENSE)$/.test(path),
    );
    expect(strange).toEqual([]);
    for (const needed of ["package.json", "dist/index.js", "dist/index.d.ts", "dist/worker/worker.js"]) {
      expect(paths).toContain(needed);
    }
    for (const needed of ["wasm/pagewalk.wasm", "recorders/qemu-plugin.c"]) expect(paths).toContain(needed);
    for (const page of ["dist/lab/index.html", "dist/lab.html", "dist/report.html"]) expect(paths).toContain(page);
  });

  it("is smaller than 1.4 MB beside the page's traces, which are there twice: in dist/lab and in dist/lab.html", () => {
    const traces = packed.files.filter(({ path }) => path.endsWith(".trace"));
    expect(traces).toHaveLength(4);
    // They are compressed already.
    const tracesBytes = 2 * traces.reduce((sum, { size }) => sum + size, 0);
    expect(packed.size - tracesBytes).toBeLessThan(1_400_000);
    expect(packed.size).toBeLessThan(4_000_000);
  });
});

describe("the installed package", () => {
  it("simulates as a library, in the thread that imports it and in a worker", async () => {
    const results = await node(`
      import { openTrace, simulate, startWorker, sweep } from "pagewalk";
      const trace = await openTrace("${TRACE}");
      const worker = await startWorker();
      const here = [await simulate(trace), await sweep(trace)];
      const there = [await worker.simulate("${TRACE}"), await worker.sweep("${TRACE}")];
      await worker.terminate();
      console.log(JSON.stringify([here, there]));
    `);
    for (const [counted, swept] of JSON.parse(results)) expect(goldenCounts(counted, swept)).toEqual(GOLDEN);
  });

  it("has memory for programs as an entry of its own", async () => {
    const told = await node(`
      import { AddressSpace, SegmentationFault } from "pagewalk/memory";
      const space = await AddressSpace.create();
      const at = space.mmap(null, 4096, "rw");
      space.write32(at, 7);
      try {
        space.write32(0, space.read32(at));
      } catch (error) {
        console.log(error instanceof SegmentationFault, error.code, error.explanation.fault.advice[0]);
      }
    `);
    expect(told).toBe("true SEGV_MAPERR A null pointer.\n");
  });

  it("simulates from the command line", async () => {
    const bin = join(project, "node_modules/pagewalk", manifest.bin.pagewalk);
    expect(readFileSync(bin, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const pagewalk = async (...args: string[]) =>
      (await run(process.execPath, [bin, ...args], { cwd: project })).stdout;
    const [counted, swept] = [await pagewalk("run", TRACE, "--json"), await pagewalk("sweep", TRACE, "--json")];
    expect(goldenCounts(JSON.parse(counted), JSON.parse(swept))).toEqual(GOLDEN);
    expect(await pagewalk("--version")).toContain(manifest.version);
  });

  it("serves the page, whole", async () => {
    const bin = join(project, "node_modules/pagewalk", manifest.bin.pagewalk);
    const serving = spawn(process.execPath, [bin, "lab", "--port", "0"], { cwd: project });
    try {
      const [url] = await once(serving.stdout, "data");
      const fetched = (path: string) => fetch(new URL(path, String(url)));
      const page = await (await fetched("")).text();
      expect(page).toContain("<title>pagewalk lab");
      const parts = [...page.matchAll(/(?:src|href)="(\.\/[^"]*)"/g)].map(([, path = ""]) => path);
      expect(parts).toHaveLength(2);
      for (const path of parts) expect(await fetched(path)).toMatchObject({ status: 200 });
    } finally {
      serving.kill();
    }
  });

  it.each(["dist/lab/licenses.txt", "dist/lab.html"])(
    "has the licenses of what is in the page and its worker in %s",
    (file) => {
      const text = readFileSync(join(project, "node_modules/pagewalk", file), "utf8");
      for (const name of ["comlink", "pako", "xz-decompress", "zstddec"]) {
        expect(text).toContain(`\n${name} ${manifest.dependencies[name]}: `);
      }
    },
  );

  it("has no other entries than those it exports", async () => {
    await expect(node('import "pagewalk/dist/simulate.js";')).rejects.toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
    expect(await node('console.log(import.meta.resolve("pagewalk/package.json"))')).toMatch(/pagewalk\/package\.json/);
  });

  it.each([
    { where: "a browser project, without the types of Node", lib: ["es2022", "dom"], types: [], skipLibCheck: false },
    { where: "a Node project, without those of a browser", lib: ["es2022"], types: ["node"], skipLibCheck: false },
  ])("has types that hold in $where", async ({ lib, types, skipLibCheck }) => {
    const source = `
      import { ConfigError, openTrace, type Progress, type RunResult, simulate, startWorker, sweep } from "pagewalk";
      import { AddressSpace, type MappedRegion, SegmentationFault } from "pagewalk/memory";
      const space = await AddressSpace.create({ memory: "64M", stlb: "1536:12" });
      const at: number = space.mmap(null, 2 ** 40, "rw", { name: "large" });
      const bytes: Uint8Array = space.fork().read(BigInt(at), 4);
      const [region]: MappedRegion[] = space.regions();
      export const code = (fault: unknown) => (fault instanceof SegmentationFault ? fault.code : region?.name ?? bytes);
      // @ts-expect-error
      await AddressSpace.create({ reclaim: "opt" });
      const trace = await openTrace(new Uint8Array());
      const onProgress = ({ consumedBytes, storedBytes }: Progress): number => consumedBytes / (storedBytes ?? 1);
      const result: RunResult = await simulate(trace, { l1d: "64:4", pageSize: "2M" }, { onProgress });
      const misses: number[] = (await sweep(trace, { entries: [16, 32] })).points.map((point) => point.misses);
      const worker = await startWorker();
      await worker.simulate(new URL("https://example.org/trace"), {}, { signal: new AbortController().signal });
      // @ts-expect-error
      await simulate(trace, { pageSize: "8K" });
      export const text: string = new ConfigError("l1d", result.tlbs[1]?.missRatio, String(misses)).option;
    `;
    const compilerOptions = {
      module: "nodenext",
      target: "es2022",
      strict: true,
      noEmit: true,
      lib,
      types,
      skipLibCheck,
    };
    writeFileSync(join(project, "consumer.ts"), source);
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    const checked = await run(process.execPath, [TSC, "--project", project]).catch((failed: unknown) => failed);
    expect(checked).toEqual({ stdout: "", stderr: "" });
  });
});

/** Packs the checkout, as it is built, into `folder`. */
async function pack(folder: string): Promise<typeof packed> {
  const args = ["pack", "--ignore-scripts", "--json", "--loglevel=error", "--pack-destination", folder];
  const npm = process.env.npm_execpath;
  const running = npm?.endsWith("npm-cli.js")
    ? run(process.execPath, [npm, ...args], { cwd: CHECKOUT })
    : run("npm", args, { cwd: CHECKOUT, shell: process.platform === "win32" });
  const [done] = JSON.parse((await running).stdout);
  return done;
}

/** Installs a package that the checkout has. Its own dependencies are found from where it really lies. */
function link(name: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(CHECKOUT, "node_modules", name), path, "junction");
}

/** What a module in the project prints. */
async function node(source: string): Promise<string> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", source], { cwd: project });
  return stdout;
}
