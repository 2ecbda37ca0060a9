import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { likelyCause } from "../../src/doctor/causes.ts";
import { impostorIn } from "../../src/doctor/impostors.ts";
import { infoError } from "../../src/doctor/info-error.ts";
import { TraceError } from "../../src/errors.ts";
import { examine } from "../../src/info.ts";
import { CAUSE_WORDS, causeWords, impostorWords } from "../../src/report/cause-words.ts";
import { openTrace } from "../../src/trace/trace.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const GOOD = "I  04001000,3\n L 1ffefff860,8\nI  04001003,5\n S 1ffefff858,8\n";

/** The likely cause that a trace of `content` is told to be bad by; "good" if it is not bad. */
async function causeOf(content: string | Uint8Array, selection = {}): Promise<string | null> {
  try {
    const trace = await openTrace(typeof content === "string" ? bytes(content) : content, selection);
    const { result, error } = await examine(trace);
    return error === null ? "good" : (result.error?.likelyCause?.name ?? null);
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError);
    return infoError(error as TraceError, null).likelyCause?.name ?? null;
  }
}

describe("the likely cause of a bad trace is told by evidence:", () => {
  const zipped = gzipSync(GOOD.repeat(100));
  it.each<[string, string | Uint8Array, string | null, object?]>([
    ["incomplete-download", zipped.subarray(0, zipped.length - 9), "incomplete-download"],
    [
      "damaged-file",
      Uint8Array.from(zipped, (byte, at) => (at === zipped.length - 6 ? byte ^ 1 : byte)),
      "damaged-file",
    ],
    ["cut-off", `${GOOD} L 1ffef`, "cut-off"],
    ["cut-off, in a compressed trace", gzipSync(`${GOOD} L 1ffef`), "cut-off"],
    ["program-output between lines", `${GOOD}Hello world, how are you\n L 1ffefff8,80000\n${GOOD}`, "program-output"],
    ["program-output within a line", `${GOOD} L 1ffefff8,8801234567890\n${GOOD}`, "program-output"],
    ["nothing, of a record that is wrong by itself", `${GOOD} L 1ffefff860,0\n${GOOD}`, null],
    ["nothing, among the recorder's own lines", `==7== Lackey, an example tool\n${GOOD} L 1000,0\n${GOOD}`, null],
    ["no-accesses", "no trace\n", "no-accesses", { format: "lackey" }],
    ["what was given with a format", "<!DOCTYPE html><html>\n", "html-page", { format: "lackey" }],
    ["shorter-than-window", GOOD, "shorter-than-window", { skip: 10 }],
    ["good", GOOD, "good"],
  ])("%s", async (_, content, cause, options) => {
    expect(await causeOf(content, options)).toBe(cause);
  });

  it("zeros are a full disk only if nothing follows", () => {
    const evidence = { code: "bad-record", isText: false, before: bytes("") } as const;
    expect(likelyCause({ ...evidence, from: new Uint8Array(64) })).toBe("disk-full");
    expect(likelyCause({ ...evidence, from: bytes(`${"\0".repeat(63)}\x01`) })).toBe(null);
    expect(likelyCause({ ...evidence, from: new Uint8Array(8) })).toBe(null);
  });

  it("binary data in a text are told from letters with accents", () => {
    const evidence = { code: "bad-record", isText: true, before: bytes(GOOD) } as const;
    expect(likelyCause({ ...evidence, from: bytes(" L 1f\x01\x02\x03,8\n") })).toBe("binary-inside-text");
    expect(likelyCause({ ...evidence, from: bytes(" L \xe9\n") })).not.toBe("binary-inside-text");
  });
});

describe("what is no trace is told by its first bytes:", () => {
  const elf = (machine: number, order = 1) => {
    const at = order === 2 ? [0, machine] : [machine, 0];
    return `\x7fELF\x02${String.fromCharCode(order)}\x01${"\0".repeat(9)}\x02\0${String.fromCharCode(...at)}`;
  };
  it.each<[string, string, string | null]>([
    ["UTF-16", "\xff\xfeI\0 \0", "utf-16"],
    ["UTF-16 without a byte-order mark", "I\0 \0 \x000\x004\x000\x000\x001\x000\x000\0", "utf-16"],
    ["numbers of 16 bits", "\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0\x09\0", null],
    ["a byte-order mark", `\xef\xbb\xbf${GOOD}`, "byte-order-mark"],
    ["a program", elf(62), "elf-file"],
    ["a program of AArch64", elf(183), "elf-of-other-machine"],
    ["a program of a big-endian machine", elf(21, 2), "elf-of-other-machine"],
    [
      "a Git LFS pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
      "git-lfs-pointer",
    ],
    ["a page", "\n<!doctype HTML>\n<html><body>404</body></html>", "html-page"],
    ["another page", "<html lang=en>", "html-page"],
    ["an error of an API", '{"message": "Not Found", "status": 404}', "json-answer"],
    ["a list of objects", '[\n  { "name": "trace.lk.gz" }\n]', "json-answer"],
    ["an experiment", '{\n  "$schema": "x.json",\n  "schema": "pagewalk/experiment@1",\n', "pagewalk-experiment"],
    ["a plan", '{\n  "schema": "pagewalk/plan@1",\n', "pagewalk-plan"],
    ["results of pagewalk", '[\n  {\n    "schema": "pagewalk/run@1",\n', "pagewalk-json"],
    ["a trace", GOOD, null],
    ["CSV", "kind,address,size\nR,0x1000,8\n", null],
    ["text with braces", "{ 1000, 8 }\n", null],
  ])("%s", (_, head, cause) => {
    expect(impostorIn(bytes(head))).toBe(cause);
  });
});

describe("the words for causes", () => {
  it("are there for each, and say what a file is where that is the error", () => {
    for (const cause of Object.keys(CAUSE_WORDS)) {
      expect(causeWords(cause)?.likely).toMatch(/^[a-z].*[^.]$/);
      expect(causeWords(cause)?.advice).toMatch(/^[a-z].*[^.]$/);
    }
    expect(causeWords("toString")).toBe(null);
    expect(causeWords(null)).toBe(null);
    expect(impostorWords("git-lfs-pointer")).toBe(
      "is a Git LFS pointer, which stands for the trace; fetch the file itself: git lfs pull",
    );
  });
});
