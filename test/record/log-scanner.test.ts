import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogScanner, type RecordWindow } from "../../src/record/log-scanner.ts";

const ALL: RecordWindow = { skip: 0, limit: Infinity, unit: "records" };

const record = fc
  .tuple(
    fc.constantFrom("I  ", " L ", " S ", " M "),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.integer({ min: 1, max: 64 }),
  )
  .map(([kind, va, size]) => `${kind}${va.toString(16).padStart(8, "0")},${size}`);
const other = fc.constantFrom(
  "==4711== Command: ./x",
  "",
  "==1==",
  "SYSCALL[1,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) ",
  " --> [pre-fail] Failure(0x26) ",
  "--1-- I  04000000,3",
);
const logs = fc.array(fc.oneof({ weight: 4, arbitrary: record }, other), { size: "max", maxLength: 60 });
const windows = fc.record({
  skip: fc.nat({ max: 20 }),
  limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Infinity)),
  unit: fc.constantFrom<RecordWindow["unit"]>("records", "instructions"),
});

const isRecord = (line: string) => /^(?:I {2}| [LSM] )[\da-f]+,\d+$/.test(line);

/** The records of the window, each by itself, as the options define it. */
function expected(lines: readonly string[], { skip, limit, unit }: RecordWindow): string[] {
  let units = 0;
  let begun = false;
  const wanted: string[] = [];
  for (const line of lines.filter(isRecord)) {
    const isUnit = unit === "records" || line.startsWith("I");
    if (isUnit && units >= skip + limit) break;
    if (skip === 0 || (isUnit && units >= skip)) begun = true;
    if (begun) wanted.push(line);
    if (isUnit) units++;
  }
  return wanted;
}

/** Scans `lines` in pieces of so many lines. */
function scanned(lines: readonly string[], window: RecordWindow, pieceLines: number) {
  const told: [line: string, record: number][] = [];
  const scanner: LogScanner = new LogScanner(window, (line) => told.push([line, scanner.records]));
  let text = "";
  for (let at = 0; at < lines.length && !scanner.done; at += pieceLines) {
    const piece = lines.slice(at, at + pieceLines).map((line) => `${line}\n`);
    text += Buffer.from(scanner.scan(Buffer.from(piece.join("")))).toString();
  }
  return { scanner, told, text };
}

describe("LogScanner", () => {
  it("gives out the records of the window, however the lines come", () => {
    fc.assert(
      fc.property(logs, windows, fc.integer({ min: 1, max: 7 }), (lines, window, pieceLines) => {
        const { scanner, text } = scanned(lines, window, pieceLines);
        const wanted = expected(lines, window);
        expect(text.split("\n").filter(isRecord)).toEqual(wanted);
        expect(scanner.recordsInWindow).toBe(wanted.length);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it("tells of every other line, and of the record that comes next", () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: 7 }), (lines, pieceLines) => {
        let records = 0;
        const others: [string, number][] = [];
        for (const line of lines) {
          if (isRecord(line)) records++;
          else others.push([line, records]);
        }
        const { told, text } = scanned(lines, ALL, pieceLines);
        expect(told).toEqual(others);
        expect(text).toBe(lines.map((line) => `${line}\n`).join(""));
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});
