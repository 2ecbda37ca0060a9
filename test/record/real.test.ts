/** Recordings of a program that does the same each time, with the recorders that this machine has. */
import { execFile, execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { pagewalk, temporaryFolder } from "../cli/pagewalk.ts";

vi.setConfig({ testTimeout: 120_000 });

/** No library and no loader: 20,000 stores into its heap, which it then gives back, and an unmapped page. */
const SOURCE = `
static long call(long n, long a, long b, long c, long d, long e, long f) {
  long r;
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return r;
}
static volatile char data[8192];
__attribute__((force_align_arg_pointer)) void _start(void) {
  for (int i = 0; i < 20000; i++) data[i % 8192]++;
  volatile char *heap = (char *)call(12, 0, 0, 0, 0, 0, 0);
  call(12, (long)heap + 8192, 0, 0, 0, 0, 0);
  for (int i = 0; i < 20000; i++) heap[i % 8192] = (char)i;
  volatile char *page = (char *)call(9, 0, 4096, 3, 0x22, -1, 0);
  for (int i = 0; i < 4096; i++) page[i] = (char)i;
  call(11, (long)page, 4096, 0, 0, 0, 0);
  call(231, 3, 0, 0, 0, 0, 0);
}
`;

const temporary = temporaryFolder();
const has = (...command: [string, ...string[]]) => {
  try {
    execFileSync(command[0], command.slice(1), { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const hasCompiler = has("cc", "--version");
const recorders = [
  ["lackey", hasCompiler && has("valgrind", "--version")],
  ["qemu", hasCompiler && has("qemu-x86_64", "--version")],
] as const;
for (const [name, isThere] of recorders) {
  if (!isThere) process.stderr.write(`\n*** TESTS OF RECORDING WITH ${name} ARE SKIPPED: it or cc is not here ***\n\n`);
}

interface Row {
  start: string;
  end: string;
  perm: string;
  name: string;
  from_record: number;
  to_record?: number;
}

/** The accesses of a log, by kind, address and size. */
function accesses(text: string) {
  return [...text.matchAll(/^(?:(I) {2}| ([LSM]) )([\da-f]+),(\d+)$/gm)].map(([, fetch, data, va, size]) => ({
    kind: fetch ?? data ?? "",
    va: Number.parseInt(va ?? "", 16),
    size: Number(size),
  }));
}

/** Expects each access to be in one region that lives and has the right for it. Returns how many are in each. */
function attributed(text: string, regions: readonly Row[]): Record<string, number> {
  const known = regions.map((row) => ({ ...row, from: Number(row.start), to: Number(row.end) }));
  const counts: Record<string, number> = {};
  accesses(text).forEach(({ kind, va }, index) => {
    const alive = known.filter(
      ({ from, to, from_record, to_record = Infinity }) =>
        from <= va && va < to && from_record <= index && index < to_record,
    );
    const right = kind === "I" ? "x" : kind === "L" ? "r" : "w";
    if (alive.length !== 1 || alive[0]?.perm.includes(right) !== true) {
      throw new Error(`record ${index}: ${kind} ${va.toString(16)} is in ${JSON.stringify(alive)}`);
    }
    const { name } = alive[0];
    counts[name] = (counts[name] ?? 0) + 1;
  });
  return counts;
}

async function recorded(recorder: string, program: readonly string[]) {
  const path = temporary(`${recorder}.lk.gz`);
  const got = await pagewalk(["record", "--recorder", recorder, "-o", path, "--", ...program]);
  const text = gunzipSync(await readFile(path)).toString("latin1");
  const { regions } = JSON.parse(await readFile(temporary(`${recorder}.regions.json`), "utf8"));
  return { ...got, text, regions: regions as Row[] };
}

describe.skipIf(!hasCompiler)("a recorded program", () => {
  beforeAll(async () => {
    await writeFile(temporary("program.c"), SOURCE);
    const flags = ["-O1", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-fno-stack-protector"];
    await promisify(execFile)("cc", [...flags, "-o", temporary("program"), temporary("program.c")]);
  });

  it.skipIf(!recorders[0][1])("has the records that valgrind itself writes into a file", async () => {
    const program = temporary("program");
    const { text, status } = await recorded("lackey", [program]);
    expect(status).toBe(3);
    const log = temporary("valgrind.log");
    const words = ["--tool=lackey", "--trace-mem=yes", `--log-file=${log}`, program];
    await promisify(execFile)("valgrind", words).catch(({ code }) => expect(code).toBe(3));
    const wanted = accesses(await readFile(log, "latin1"));
    const got = accesses(text);
    expect(got.length).toBeGreaterThan(60_000);
    expect(got.length).toBe(wanted.length);
    expect(got.findIndex((access, index) => JSON.stringify(access) !== JSON.stringify(wanted[index]))).toBe(-1);
  });

  it.each(recorders.filter(([, isThere]) => isThere))("tells all of its memory, with %s", async (recorder) => {
    const { text, status, regions, stderr } = await recorded(recorder, [temporary("program")]);
    expect(status, stderr).toBe(3);
    const counts = attributed(text, regions);
    expect(counts["heap (brk)"]).toBe(20_000);
    expect(counts["mmap anon"]).toBe(4096);
    expect(counts["exe program"]).toBeGreaterThan(60_000);
    const [page] = regions.filter(({ name }) => name === "mmap anon");
    expect(page?.to_record).toBeDefined();
  });

  it.each(recorders.filter(([, isThere]) => isThere))("may be any of the system's, with %s", async (recorder) => {
    const { text, status, regions, stdout } = await recorded(recorder, ["ls", "/"]);
    expect(status).toBe(0);
    expect(stdout).toContain("etc\n");
    const counts = attributed(text, regions);
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(["exe ls", "ld.so", "stack", "heap (brk)"]));
  });
});
