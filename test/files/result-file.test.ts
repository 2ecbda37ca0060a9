import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/files/json-file.ts";
import { readResults } from "../../src/files/result-file.ts";
import { toJson } from "../../src/report/json.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { mergedResult, run } from "../report/real-results.ts";

let folder = "";
let path = "";
let text = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pagewalk-results-"));
  path = join(folder, "results.json");
  text = toJson([await mergedResult()]);
});
afterAll(() => rm(folder, { recursive: true }));

const read = (contents: string | Uint8Array) => {
  writeFileSync(path, contents);
  return readResults(path);
};

describe("readResults()", () => {
  it("reads what the commands write", async () => {
    expect((await read(text)).entries).toHaveLength(6);
    expect((await read(toJson([await run(), await run()]))).entries).toHaveLength(2);
    expect((await read(`\ufeff${text}`)).path).toBe(path);
  });

  it("tells wherever a file was cut off", async () => {
    const random = randomNumbers(4);
    for (let round = 0; round < 100; round++) {
      const end = 1 + (random() % (text.trimEnd().length - 1));
      const error = await read(text.slice(0, end)).catch((error: unknown) => error);
      expect(error, text.slice(end - 30, end)).toBeInstanceOf(InputError);
      expect(String(error), text.slice(end - 30, end)).toMatch(
        /: line \d+, column \d+: found .*; expected the rest of it: it was cut off/s,
      );
    }
  });

  it("tells of a file that is empty, not there, or something else", async () => {
    await expect(read("")).rejects.toThrow(`${path}: found nothing: it is empty; expected JSON of results of pagewalk`);
    await expect(readResults(join(folder, "none"))).rejects.toThrow(/none: found nothing that can be read \(ENOENT/);
    await expect(read("I  400000,4\n")).rejects.toThrow(/line 1, column 1: found I {2}400000,4; expected JSON$/);
    await expect(read('{"schema": "pagewalk/info@1"}')).rejects.toThrow(
      /: schema: found "pagewalk\/info@1"; expected a result of run/,
    );
  });

  it("takes a file with any bytes changed, or refuses it with its path", async () => {
    const random = randomNumbers(5);
    const bytes = new TextEncoder().encode(text);
    for (let round = 0; round < 200; round++) {
      const changed = bytes.slice();
      for (let count = random() % 3; count >= 0; count--) changed[random() % changed.length] = random() % 256;
      const error = await read(changed).catch((error: unknown) => error);
      if (!(error instanceof Error)) continue;
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain(path);
    }
  });
});
