/** The user-mode emulator of QEMU as a recorder, with a plugin (recorders/qemu-plugin.c) that is compiled on the spot. */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { access, lstat, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { messageOf } from "../errors.ts";
import { type Mapping, parseMapping } from "../regions/maps.ts";
import { loadableSegments } from "./elf.ts";
import { RecordError } from "./errors.ts";
import { LOG_DESCRIPTOR, type Recorder } from "./recorder.ts";

const SOURCE = fileURLToPath(new URL("../../recorders/qemu-plugin.c", import.meta.url));
/** Versions of the plugin interface that it may be compiled for: QEMU 7.2 has the first, later ones refuse that. */
const PLUGIN_VERSIONS = [1, 2, 3, 4, 5];
const RUN = promisify(execFile);
const RUN_LIMITS = { timeout: 60_000, maxBuffer: 1 << 20 };
/** The smallest region that is taken for the stack, where regions have no names. */
const LEAST_STACK_BYTES = 1n << 20n;
const PAGE_MASK = 4095n;
/** Files there are in memory. */
const MEMORY_FOLDER = "/dev/shm";
const TAIL_HEADER_BYTES = 16;

/**
 * Compiles the plugin, or finds it compiled, and tries it.
 *
 * @throws RecordError if it cannot be compiled, or this QEMU does not take it.
 */
export async function qemuRecorder(qemu: string, compiler: string): Promise<Recorder> {
  const source = await readFile(SOURCE).catch((error: unknown) => {
    throw new RecordError(`its plugin is missing: ${messageOf(error)}`);
  });
  const { stdout: version } = await RUN(qemu, ["--version"], RUN_LIMITS);
  const key = createHash("sha256").update(source).update(version).update(process.arch).digest("hex").slice(0, 16);
  const folder = await privateFolder();
  const plugin = join(folder.path, `qemu-plugin-${key}.so`);
  const isThere = folder.isKept && (await isOwnFile(plugin));
  if (!isThere) await compile(compiler, qemu, folder.path, plugin);
  const tail = await mkdtemp(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), "pagewalk-record-"));
  return {
    name: "qemu",
    title: "qemu-x86_64",
    command: ({ path, words: [name = "", ...rest] }) => [
      qemu,
      "-cpu",
      "max",
      "-plugin",
      `${plugin},fd=${LOG_DESCRIPTOR},tail=${join(tail, "tail")}`,
      "-0",
      name,
      path,
      ...rest,
    ],
    endsWith: (line) => /^==\d+== End of the recording$/.test(line),
    mappingsIn: mappingsIn(),
    rest: (receivedBytes) => restOf(join(tail, "tail"), receivedBytes),
    async close() {
      await rm(tail, { recursive: true, force: true });
      if (!folder.isKept) await rm(folder.path, { recursive: true, force: true });
    },
  };
}

/** struct tail of the plugin: bytes before the buffer, bytes in it, the buffer; little-endian. */
function restOf(path: string, receivedBytes: number): Uint8Array {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return new Uint8Array(0); // it ended before it began
  }
  if (file.length < TAIL_HEADER_BYTES) return new Uint8Array(0);
  const begin = TAIL_HEADER_BYTES + receivedBytes - Number(file.readBigUInt64LE(0));
  const end = TAIL_HEADER_BYTES + Number(file.readBigUInt64LE(8));
  return file.subarray(Math.max(begin, TAIL_HEADER_BYTES), Math.min(end, file.length));
}

/** A folder that nobody else can write to: what is in it will be run. The user's cache, or else one for this time. */
async function privateFolder(): Promise<{ path: string; isKept: boolean }> {
  const path = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pagewalk");
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const status = await lstat(path);
    const isPrivate = status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o022) === 0;
    if (isPrivate && !path.includes(",")) return { path, isKept: true };
  } catch {
    // A home that cannot be written to is nothing unusual.
  }
  return { path: await mkdtemp(join(tmpdir(), "pagewalk-record-")), isKept: false };
}

async function isOwnFile(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => null);
  return status?.isFile() === true && status.uid === process.getuid?.() && (status.mode & 0o022) === 0;
}

async function compile(compiler: string, qemu: string, folder: string, plugin: string): Promise<void> {
  const made = join(folder, `.${randomUUID()}.so`);
  let refusal = "";
  try {
    for (const version of PLUGIN_VERSIONS) {
      const flags = ["-O2", "-shared", "-fPIC", `-DPLUGIN_VERSION=${version}`, "-o", made, SOURCE];
      await RUN(compiler, flags, RUN_LIMITS).catch((error: unknown) => {
        throw new RecordError(`its plugin could not be compiled: ${firstLine(error)}`, undefined, error);
      });
      const tried = await tryPlugin(qemu, made);
      if (tried === null) {
        await rename(made, plugin);
        return;
      }
      refusal = tried;
    }
  } finally {
    await rm(made, { force: true });
  }
  throw new RecordError(`it does not take its plugin: ${refusal}`);
}

/** Why QEMU does not run a small program with the plugin; `null`: it does. */
async function tryPlugin(qemu: string, plugin: string): Promise<string | null> {
  const program = await firstOf(["/bin/true", "/usr/bin/true"]);
  const shell = ['exec "$@" 3>/dev/null', "sh", qemu, "-plugin", `${plugin},fd=${LOG_DESCRIPTOR}`, program];
  return RUN("/bin/sh", ["-c", ...shell], RUN_LIMITS).then(
    () => null,
    (error: unknown) => firstLine(error),
  );
}

async function firstOf(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return paths[0] ?? "";
}

function firstLine(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return (said || messageOf(error)).split("\n", 1)[0] ?? "";
}

/** Reads the mappings out of the log: `--4711-- mapped ` and a line as in /proc/PID/maps. */
function mappingsIn(): NonNullable<Recorder["mappingsIn"]> {
  let hasStack = false;
  return (line) => {
    const [, mapping] = /^--\d+-- mapped (.*)$/.exec(line) ?? [];
    if (mapping === undefined) return null;
    if (mapping === "all") return "all";
    const found = parseMapping(mapping);
    if (found === null) return [];
    if (found.name !== "") return withFileRights(found);
    const isStack = !hasStack && found.permissions === "rw-" && found.end - found.start >= LEAST_STACK_BYTES;
    hasStack ||= isStack;
    return [isStack ? { ...found, name: "[stack]" } : found];
  };
}

/** The host never executes what the emulator reads, so the rights are looked up in the file. */
function withFileRights(mapping: Mapping): Mapping[] {
  const { start, end, offset, name } = mapping;
  const parts: Mapping[] = [];
  let at = start;
  for (const segment of loadableSegments(name)) {
    // Segments may share a page of the file, which is then mapped for each.
    if ((segment.permissions[1] === "w") !== (mapping.permissions[1] === "w")) continue;
    const segmentStart = start + (segment.start & ~PAGE_MASK) - offset;
    const segmentEnd = start + ((segment.end + PAGE_MASK) & ~PAGE_MASK) - offset;
    const from = segmentStart > at ? segmentStart : at;
    const to = segmentEnd < end ? segmentEnd : end;
    if (from >= to) continue;
    if (from > at) parts.push({ ...mapping, start: at, end: from });
    parts.push({ ...mapping, start: from, end: to, permissions: segment.permissions });
    at = to;
  }
  return at < end ? [...parts, { ...mapping, start: at }] : parts;
}
