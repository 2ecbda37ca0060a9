/** Sweeps of every bundled trace, with what it unmapped and with more, against plain TLBs. */
import { existsSync, readdirSync } from "node:fs";
import { describe, it } from "vitest";
import type { SweepConfig } from "../../src/config/types.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { bundledEvents, mergeLines, mergeSteps, munmapLine, type TracedLine } from "../helpers/syscalls.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { parseLackey } from "../reference/lackey.ts";

const TIMEOUT_MS = 120_000;
/** Of longer traces, what they unmapped must do. */
const MANY_RECORDS = 900_000;

const TRACES = readdirSync(bundled("."))
  .filter((file) => /\.lk\.\w+$/.test(file))
  .map((file) => ({ name: file.replace(/\.lk\.\w+$/, ""), path: bundled(file) }));

const options = { samples: 2 };

describe.each(TRACES)("a sweep of $name", ({ name, path }) => {
  it("counts what plain TLBs count", { timeout: TIMEOUT_MS }, async () => {
    const bytes = await plainBytes(path);
    const { records } = parseLackey(bytes);
    const recorded = existsSync(bundled(`${name}.events`)) ? bundledEvents(name) : [];
    await compare(bytes, records, recorded, {
      ...{ geometries: "64:4,24:full,1536:12", indexes: "modulo,xor", flushEvery: 50_000, check: 0 },
    });
    if (records.length > MANY_RECORDS) return;
    // Pages that are in use, unmapped again and again, at odd places.
    const more = [...recorded, ...madeUp(records, 300)].sort((one, other) => one.record - other.record);
    await compare(bytes, records, more, { geometries: "8:2,48:full", check: 0 });
    await compare(bytes, records, more, { stlb: "24:6,96:full", l1d: "16:4", check: 0 });
  });
});

async function compare(bytes: Uint8Array, records: Access[], events: TracedLine[], config: SweepConfig): Promise<void> {
  await expectPlainCounts(mergeSteps(records, events), config, { ...options, bytes: mergeLines(bytes, events) });
}

/** Unmaps of one to four pages, from one that some record touches. */
function madeUp(records: readonly Access[], count: number): TracedLine[] {
  const random = randomNumbers(records.length);
  return Array.from({ length: count }, () => {
    const va = ((records[random() % records.length]?.va ?? 0n) >> 12n) << 12n;
    const bytes = BigInt(1 + (random() % 4)) * 4096n;
    // The stack may end where the lower half does, beyond which nothing is mapped.
    const unmap = { kind: "unmap" as const, va, bytes: va + bytes > 1n << 47n ? 4096n : bytes };
    return { record: random() % (records.length + 1), line: munmapLine(unmap) };
  });
}
