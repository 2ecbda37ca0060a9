/** Each format is found by its content alone; where that could be several, the user is asked. */
import { expect, it } from "vitest";
import { FORMATS } from "../../src/trace/formats/index.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { bundled } from "../helpers/traces.ts";
import { parseLackey } from "../reference/lackey.ts";
import { ofOneThread } from "./records.ts";
import { TEXT_FORMATS } from "./text-formats.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const named = (text: string) => FORMATS.filter(({ detect }) => detect(bytesOf(text))).map(({ name }) => name);

it("finds exactly one format in each format's text of a real program", async () => {
  const accesses = parseLackey(await plainBytes(bundled("python.200k.lk.gz"))).records.slice(0, 20_000);
  for (const { name, encode } of TEXT_FORMATS) {
    const text = encode(ofOneThread(accesses));
    expect(named(text.slice(0, 256 * 1024))).toEqual([name]);
    expect(named(text.slice(0, 1000))).toEqual([name]);
    expect(named(text.replaceAll("\n", "\r\n").slice(0, 100_000))).toEqual([name]);
  }
});

it.each([
  ["R 0x1000 8\nW 0x2000 16\n", ["text"]], // powers of two in decimal
  ["r 0x1000 8\nw 0x2000 10\n", ["xdin"]], // in hexadecimal
  ["r 0x1000 8\nm 0x2000 4\n", ["text"]], // both are the same, but for the m of plain text's grammar
  ["r 0x1000 13\n", ["xdin", "text"]],
  ["r 0x1000 1c\n", ["xdin"]],
  ["r 1000 8\n", ["xdin"]],
  ["r 0x1000 8\nr 2000 10\n", []], // a slip in the one or the other
  ["r 0x1000 8\nr 0 8\n", ["xdin"]], // as %#lx has it
  ["R 0x1000 13 1\n", ["text"]],
  ["0 1000\n", ["din"]],
  ["0 0x1000\n", ["din"]],
  ["0 0x1000 8\n", ["din", "text"]],
  ["R 0x1000\n2 0x2000\n", ["text"]],
  ["0x1: R 0x2\nnonsense\n", []],
  ["0 1000\n9 1000\n", []],
  ["address\n0x1000\n", ["csv"]],
  ["address\nof the printer\n", []],
  ["R,0x1000,8\n", []],
  ["# nothing\n\n", []],
  ["==5== Address 5 is: deadbeef\nI  04001000,3\n", ["lackey"]],
])("takes %j for %j", (text, names) => {
  expect(named(text)).toEqual(names);
});

it("names the candidates where there are several, and takes the one that is asked for", async () => {
  const bytes = bytesOf("r 0x1000 13\n");
  await expect(openTrace(bytes)).rejects.toThrow("could be of several formats: xdin, text; say which with --format");
  expect((await openTrace(bytes, { format: "xdin" })).format.name).toBe("xdin");
});

it("is not slow on lines of any length", () => {
  for (const text of ["1 ", "a: ", "R 0x1 ", "0x1: ", '"",', "\n1.", " \t"]) {
    expect(named(text.repeat((256 * 1024) / text.length)).length).toBeLessThan(2);
  }
});
