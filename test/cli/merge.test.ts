/** Several files of one run on the command line: --merge, and the directory that they are in. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { DR, DR_MARKER, drFooter, drHeader, drMarker, drRecord, encodeDrRecords } from "../formats/drmemtrace.ts";
import { output } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "pagewalk-cli-merge-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "trace"));

/** Two threads that use a page each, by turns. */
const files = [1, 2].map((tid) => {
  const path = join(folder, "trace", `drmemtrace.app.${tid}.trace`);
  const stretches = Array.from({ length: 10 }, (_, index) => [
    drMarker(DR_MARKER.TIMESTAMP, 10 * index + tid),
    drRecord(DR.INSTR, 4, tid << 12),
  ]);
  writeFileSync(path, encodeDrRecords([...drHeader({ tid }), ...stretches.flat(), ...drFooter(tid)]));
  return path;
});

const ONE_ENTRY = ["--l1i", "1:1", "--json", "-q"];
const misses = (text: string) => {
  const parsed = JSON.parse(text);
  return [parsed].flat().map(({ trace, tlbs }) => [trace.records, tlbs[0].misses]);
};

describe("the files of two threads", () => {
  it("are two traces by themselves, and one with --merge", async () => {
    expect(misses(await output(["run", ...files, ...ONE_ENTRY]))).toEqual([
      [10, 1],
      [10, 1],
    ]);
    expect(misses(await output(["run", ...files, "--merge", ...ONE_ENTRY]))).toEqual([[20, 20]]);
  });

  it("are one trace by their directory, of which a thread can be chosen", async () => {
    for (const path of [folder, join(folder, "trace")]) {
      expect(misses(await output(["run", path, ...ONE_ENTRY]))).toEqual([[20, 20]]);
    }
    expect(misses(await output(["run", folder, "--threads", "2", ...ONE_ENTRY]))).toEqual([[10, 1]]);
    expect(misses(await output(["run", folder, "--threads", "separate", ...ONE_ENTRY]))).toEqual([
      [10, 1],
      [10, 1],
    ]);
  });

  it("are swept and told of as one", async () => {
    const swept = JSON.parse(await output(["sweep", ...files, "--merge", "--json", "-q", "--stream", "fetch"]));
    expect([swept].flat().map(({ trace }) => trace.records)).toEqual([20]);
    const told = JSON.parse(await output(["info", folder, "--json", "-q"]));
    expect([told].flat()[0].trace).toMatchObject({ path: folder, format: "drmemtrace", records: 20 });
  });
});
