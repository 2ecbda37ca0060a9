/** Every file of a policy or format is registered, and nothing is registered that has no file. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../../src/config/types.ts";
import { FORMATS } from "../../src/trace/formats/index.ts";
import { openTrace } from "../../src/trace/trace.ts";

/** Names of the files of a folder that are one of a kind each. */
function filesIn(folder: string, others: string[]): string[] {
  const files = readdirSync(new URL(`../../${folder}`, import.meta.url)).map((file) => file.replace(/\.ts$/, ""));
  return files.filter((file) => !others.includes(file)).sort();
}

it("every replacement policy has its file, and every file is a policy", () => {
  expect([...POLICIES].sort()).toEqual(filesIn("assembly/policies", ["index", "effects"]));
});

it("every trace format has its file and its decoder, and every file is a format", () => {
  const names = FORMATS.map(({ name }) => name).sort();
  expect(names).toEqual(filesIn("src/trace/formats", ["format", "index"]));
  const shared = ["fixed", "index", "known-lines", "lackey-records", "lines", "syscalls", "text", "unit", "words"];
  expect(names).toEqual(filesIn("assembly/decoders", shared));
});

describe.each(FORMATS)("the format $name", ({ name, example, detect }) => {
  it("recognises its own example, whatever its line ends, and nothing in an empty file", async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(detect(bytes(`${example}\n`))).toBe(true);
    expect(detect(bytes(`something else\r\n${example}\r\n`))).toBe(true);
    expect(detect(bytes(""))).toBe(false);
    expect(detect(bytes("something else\n"))).toBe(false);
    expect((await openTrace(bytes(`${example}\n`))).format.name).toBe(name);
  });
});
