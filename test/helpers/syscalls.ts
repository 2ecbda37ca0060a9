/** Lines of Valgrind's --trace-syscalls=yes in a trace of lackey, written and read the plain way. */
import { readFileSync } from "node:fs";
import type { Access, Step, Unmap } from "../reference/access.ts";
import { lackeyText } from "./random-records.ts";
import { bundled } from "./traces.ts";

/** Lines that unmap nothing: failures, other calls, one that is too long to be read, and what Valgrind says itself. */
const OTHER_LINES = [
  "SYSCALL[5202,1](11) sys_munmap ( 0x1000, 4096 )[sync] --> Failure(0x16) ",
  "SYSCALL[5202,1](11) sys_munmap ( 0x0, 140737488355328 )[sync] --> Failure(0x16) ",
  "SYSCALL[5202,1](9) sys_mmap ( 0x0, 45747, 1, 2, 4, 0 ) --> [pre-success] Success(0x483c000) ",
  "SYSCALL[5202,1](10) sys_mprotect ( 0x1000, 16384, 1 )[sync] --> Success(0x0) ",
  "SYSCALL[5202,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) ",
  "SYSCALL[5202,1](257) sys_openat ( 4294967196, 0x4835540(/lib/libc.so.6), 524288 ) --> [async] ... ",
  "SYSCALL[5202,1](257) ... [async] --> Success(0x4) ",
  "==5202== Lackey, an example Valgrind tool",
  `SYSCALL[5202,1](11) sys_munmap ( 0x1000, 4096 )${" ".repeat(5000)}`,
  "",
];

/** The line of a call that unmapped the range. */
export function munmapLine({ va, bytes }: Unmap): string {
  const thread = 1 + Number((va >> 12n) % 3n); // any thread may unmap for all
  return `SYSCALL[5202,${thread}](11) sys_munmap ( 0x${va.toString(16)}, ${bytes} )[sync] --> Success(0x0) `;
}

/** The trace as Valgrind prints it. With `others`, lines that unmap nothing stand here and there. */
export function traceText(steps: readonly Step[], others = true): string {
  let text = "";
  steps.forEach((step, index) => {
    if (others && index % 5 === 3) text += `${OTHER_LINES[((index - 3) / 5) % OTHER_LINES.length]}\n`;
    text += step.kind === "unmap" ? `${munmapLine(step)}\n` : lackeyText([step]);
  });
  return text;
}

/** A line that stands before the record of that index, 0-based. */
export interface TracedLine {
  record: number;
  line: string;
}

/** The lines of the file `NAME.events` that is bundled: each an index, a tab and the line. */
export function bundledEvents(name: string): TracedLine[] {
  const lines = readFileSync(bundled(`${name}.events`), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => {
    const tab = line.indexOf("\t");
    return { record: Number(line.slice(0, tab)), line: line.slice(tab + 1) };
  });
}

const MUNMAP = /^SYSCALL\[\d+,\d+\]\(11\) sys_munmap \( 0x([0-9a-f]+), (\d+) \)\[sync\] --> Success\(0x0\) ?$/;

/** What the lines unmap, among the records. */
export function mergeSteps(records: readonly Access[], events: readonly TracedLine[]): Step[] {
  const unmaps = events.flatMap(({ record, line }) => {
    const [, va, bytes] = MUNMAP.exec(line) ?? [];
    if (va === undefined || bytes === undefined) return [];
    return [{ record, unmap: { kind: "unmap" as const, va: BigInt(`0x${va}`), bytes: BigInt(bytes) } }];
  });
  const steps: Step[] = [];
  let from = 0;
  for (const { record, unmap } of unmaps) {
    for (; from < record; from++) steps.push(records[from] as Access);
    steps.push(unmap);
  }
  for (; from < records.length; from++) steps.push(records[from] as Access);
  return steps;
}

/** The bytes of a trace with each line before the record of its index, or after the last record. */
export function mergeLines(trace: Uint8Array, events: readonly TracedLine[]): Uint8Array {
  const text = new TextDecoder("latin1").decode(trace);
  const lines: string[] = [];
  let next = 0;
  let records = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    if (/^(I {2}| [LSM] )/.test(line)) {
      for (; events[next]?.record === records; next++) lines.push(events[next]?.line ?? "");
      records++;
    }
    lines.push(line);
  }
  lines.push(...events.slice(next).map(({ line }) => line));
  return Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
}
