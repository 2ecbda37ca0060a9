/**
 * A recorded trace of a whole system, replayed through the processor over the page tables of the same machine: every
 * data record says which physical address the emulator used. `PAGEWALK_SYSTRACE` may name a folder with a longer
 * recording, as `trace.lk.gz` and `ptonly.lime.gz`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { openDump } from "../../src/dump/dump.ts";
import { type Access, Processor } from "../../src/kernel/processor.ts";

const DUMPS = fileURLToPath(new URL("../dumps", import.meta.url));
const CR3 = 0x4878000n;
/** CR4 of the machine: PGE, LA57 off, SMEP, SMAP. RFLAGS.AC is 1 only while the kernel reads what a program gave it. */
const CR4 = 0x750ef0n;
const KINDS: Readonly<Record<string, Access["kind"]>> = { I: "fetch", L: "read", S: "write", M: "modify" };
const RECORD = /^(I |[ ][LSM]) ([0-9a-f]+),(\d+)(?:,p([0-9a-f]+))?$/;

const RECORDINGS = [
  { name: "bundled", trace: join(DUMPS, "dev-systrace.lk.gz"), tables: join(DUMPS, "dev-systrace.lime.gz") },
  ...[process.env.PAGEWALK_SYSTRACE]
    .filter((folder) => folder !== undefined)
    .map((folder) => ({
      name: folder,
      trace: join(folder, "trace.lk.gz"),
      tables: join(folder, "ptonly.lime.gz"),
    })),
];

it.each(RECORDINGS)("finds the physical address of every data record ($name)", async ({ trace, tables }) => {
  const processor = await Processor.create();
  processor.configure({ features: { maxPhyAddr: 40, pages1G: true }, caches: resolve() });
  processor.setRegisters({
    cr0: processor.registerBit("cr0", "WP"),
    cr3: CR3,
    cr4: CR4,
    efer: processor.registerBit("efer", "NXE"),
    rflags: processor.registerBit("rflags", "AC"),
  });
  const dump = await openDump(tables);
  const frames = dump.ranges.flatMap(({ start, end }) =>
    Array.from({ length: Number((end - start) >> 12n) }, (_, index) => start + BigInt(index << 12)),
  );
  for (const [pa, bytes] of await dump.readFrames(frames)) processor.putFrame(pa, bytes);
  await dump.close();

  let privilege: Access["privilege"] = "user";
  const wrong: string[] = [];
  let checked = 0;
  for (const line of gunzipSync(readFileSync(trace)).toString("latin1").split("\n")) {
    const [, letter = "", digits = "", size = "", physical] = RECORD.exec(line) ?? [];
    if (letter === "") continue;
    const kind = KINDS[letter.trim()] ?? "read";
    const va = BigInt(`0x${digits}`);
    // The instruction's own address tells at which level it runs.
    if (kind === "fetch") privilege = va >> 63n === 1n ? "supervisor" : "user";
    // Interrupts and system calls write to kernel stacks while the last instruction was the program's.
    const implicit = kind !== "fetch" && privilege === "user" && va >> 63n === 1n;
    const { fault, translations } = processor.access({ va, size: Number(size), kind, privilege, implicit });
    // Device registers have no physical address in the recording, and no mapping in the tables of its end.
    if (fault !== null && (physical !== undefined || kind === "fetch")) wrong.push(`${line}: ${fault.reason}`);
    if (physical === undefined) continue;
    checked++;
    if (translations[0]?.physicalAddress !== BigInt(`0x${physical}`)) wrong.push(line);
  }
  expect(wrong.slice(0, 10)).toEqual([]);
  expect(checked).toBeGreaterThan(15_000);
  const { fetchReferences, dataReferences, l1iMisses, l1dMisses, stlbLookups, stlbMisses, walks } =
    processor.counters();
  expect(stlbLookups).toBe(l1iMisses + l1dMisses);
  expect(walks).toBe(stlbMisses);
  expect(walks).toBeLessThan((fetchReferences + dataReferences) / 100);
});
