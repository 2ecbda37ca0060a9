/** Random records with all that a text format may carry. */
import fc from "fast-check";
import { randomRecords } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";

/** An access with whose it is and which instruction made it. Of a fetch, that is itself. */
export interface TraceRecord extends Access {
  pid: bigint;
  tid: bigint;
  pc: bigint;
}

const PCS = [0x401136n, 0n, 0x7f8c5c0a2093n, 0xffffffff81000000n];

const runOfThread = fc.record({
  pid: fc.constantFrom(0n, 7n),
  tid: fc.constantFrom(1n, 292n, 2765543n, (1n << 32n) - 1n),
  records: fc.integer({ min: 1, max: 30 }),
});

/** Streams of randomRecords, of threads that take turns. */
export const randomTraceRecords: fc.Arbitrary<TraceRecord[]> = fc
  .tuple(randomRecords, fc.array(runOfThread, { minLength: 1, maxLength: 12, size: "max" }), fc.nat(PCS.length - 1))
  .map(([accesses, runs, firstPc]) => withThreads(accesses, runs, firstPc));

/** The accesses as of one thread, each with the latest fetch for its instruction. */
export function ofOneThread(accesses: readonly Access[]): TraceRecord[] {
  let pc = 0n;
  return accesses.map((access) => {
    if (access.kind === "fetch") pc = access.va;
    return { ...access, pid: 0n, tid: 1n, pc };
  });
}

function withThreads(
  accesses: readonly Access[],
  runs: readonly { pid: bigint; tid: bigint; records: number }[],
  firstPc: number,
): TraceRecord[] {
  const turns = runs.flatMap(({ pid, tid, records }) =>
    Array<{ pid: bigint; tid: bigint }>(records).fill({ pid, tid }),
  );
  return accesses.map((access, index) => ({
    ...access,
    ...(turns[index % turns.length] ?? { pid: 0n, tid: 0n }),
    pc: access.kind === "fetch" ? access.va : (PCS[(firstPc + index) % PCS.length] ?? 0n),
  }));
}
