/** Every file of a policy or format is registered, and nothing is registered that has no file. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PREFETCHERS } from "../../src/config/cpus/description.ts";
import { RECLAIM_POLICIES } from "../../src/config/os-config.ts";
import { POLICIES } from "../../src/config/types.ts";
import { OUTPUT_FORMATS } from "../../src/convert/formats.ts";
import { FORMATS } from "../../src/trace/formats/index.ts";
import { openTrace } from "../../src/trace/trace.ts";

/** Names of the files of a folder that are one of a kind each. */
function filesIn(folder: string, others: string[]): string[] {
  const files = readdirSync(new URL(`../../${folder}`, import.meta.url)).map((file) => file.replace(/\.ts$/, ""));
  return files.filter((file) => !others.includes(file)).sort();
}

it("every replacement policy has its file, and every file is a policy", () => {
  expect([...POLICIES].sort()).toEqual(
    filesIn("assembly/policies", ["custom", "effects", "env", "index", "ring", "words"]),
  );
});

it("every prefetcher has its file, and every file is a prefetcher", () => {
  expect([...PREFETCHERS].sort()).toEqual(filesIn("assembly/prefetchers", ["index", "predicted"]));
});

it("every way to choose what is evicted has its file, and every file is one", () => {
  expect([...RECLAIM_POLICIES].sort()).toEqual(filesIn("assembly/os/reclaim", ["ids", "index", "order"]));
});

/** Files in assembly/decoders that are no format's. */
const SHARED_BY_DECODERS = [
  "fixed",
  "index",
  "kind-words",
  "known-lines",
  "lackey-records",
  "lines",
  "numbers",
  "syscalls",
  "text",
  "thread",
  "unit",
  "words",
];

it("every trace format has its file and its decoder, and every file is a format", () => {
  const sharing = ["cloudsuite"]; // in champsim.ts
  const elsewhere = ["pwt", "pwt-pages"]; // their decoders are in folders of their own
  // The plain form is called as people would call it, which says too little in a list of files.
  const names = FORMATS.map(({ name }) => (name === "text" ? "plain-text" : name)).filter(
    (name) => !sharing.includes(name),
  );
  names.sort();
  expect(names).toEqual(filesIn("src/trace/formats", ["format", "head-lines", "index"]));
  expect(names.filter((name) => !elsewhere.includes(name))).toEqual(filesIn("assembly/decoders", SHARED_BY_DECODERS));
});

it("every format that is written has its file, and every file is such a format", () => {
  const names = OUTPUT_FORMATS.map(({ name }) => name).sort();
  const files = filesIn("src/convert", [
    "encoder",
    "formats",
    "losses",
    "options",
    "pwt-deflation",
    "pwt-file",
    "scratch",
  ]);
  const plain = (name: string) => name.replaceAll("-", "");
  expect(names.map(plain)).toEqual(files.map(plain));
});

it("every trace format has its row in docs/formats.md", () => {
  const document = readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8");
  for (const { name } of FORMATS) expect(document).toContain(`| \`${name}\` |`);
});

describe.each(FORMATS.filter(({ isText }) => isText))(
  "the format $name",
  ({ name, example, detect, skipsOtherLines = false }) => {
    it("recognises its own example, whatever its line ends, and nothing in an empty file", async () => {
      const bytes = (text: string) => new TextEncoder().encode(text);
      expect(detect(bytes(`${example}\n`))).toBe(true);
      expect(detect(bytes(`\r\n${example}\r\n`))).toBe(true);
      // perf prints nothing before its samples; what else has no record in the first line is no trace of it.
      const isSkipped = skipsOtherLines && name !== "perf-script";
      expect(detect(bytes(`something else\r\n${example}\r\n`))).toBe(isSkipped);
      expect(detect(bytes(""))).toBe(false);
      expect(detect(bytes("something else\n"))).toBe(false);
      expect((await openTrace(bytes(`${example}\n`))).format.name).toBe(name);
    });
  },
);

describe.each(FORMATS.filter(({ isText }) => !isText))("the format $name", ({ name, example, detect }) => {
  it("recognises its own example, and nothing in an empty file, in a part of it, or in text", async () => {
    const bytes = Uint8Array.from(example.split(" "), (byte) => Number.parseInt(byte, 16));
    expect(FORMATS.filter((format) => format.detect(bytes)).map((format) => format.name)).toEqual([name]);
    expect(detect(bytes.subarray(0, -1))).toBe(false);
    expect(detect(new Uint8Array(0))).toBe(false);
    expect(detect(new TextEncoder().encode("something else\n".repeat(20)))).toBe(false);
    expect((await openTrace(bytes)).format.name).toBe(name);
  });
});
