import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { failure, json, plainBytes, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const GZIP = readFileSync(recorded("python.200k.lk.gz"));
const XZ = readFileSync(recorded("matmul24.native.lk.xz"));
const ZSTD = readFileSync(recorded("lua_bt7.lk.zst"));
const RECORDS = "I  0401ab70,3\n L 1ffefff86f,1\n S 1ffefff86f,8\n M 04222caf,4\n";
const EXPECTED = "; expected a trace: Valgrind lackey, --trace-mem=yes; ";

/** The output of `tar cf - trace.lk | xz`, of which RECORDS is the content. */
const TAR_XZ =
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AIpdADociEW4Bx22cBS6hGsaLWa+lyhTZmWru/TGZ6cq/jtlRvrC63yNXgUg7wYbcAhQyM8/5W" +
  "1TPTyjVr0jAUUjRXHPojTxABQMMBCi46ySK7AIA7vfYFSzY2THEQ/cHWrsC93qhUA0H5+F9LIliCbVTxXkIFLOkNxeMHWSWUeycJc2OXPt0IeU" +
  "pbIaoAAAAHpi+sWhYcLzAAGmAYBQAAAVl5WwscRn+wIAAAAABFla";

/** How far the reading of a compressed trace came, once it had begun: record, and both offsets. */
const PLACE = /^record \d+, byte \d+ decompressed, about byte \d+ stored: /;

const temporary = temporaryFolder();

/** What `run` says of a file that holds `content`; the file is named in front. */
async function complaint(content: string | Uint8Array, ...options: string[]): Promise<string> {
  const path = temporary("trace.lk");
  await writeFile(path, content);
  const message = await failure(1, ["run", path, ...options]);
  expect(message.startsWith(`pagewalk: ${path}: `), message).toBe(true);
  return message.slice(`pagewalk: ${path}: `.length).trimEnd();
}

describe("what is not there to be read is told with status 1:", () => {
  it.each([
    ["a missing file", "missing.lk", "no such file"],
    [
      "a folder",
      "folder",
      "is a directory, without a drmemtrace (NAME.trace, .trace.gz or .trace.zip) in it or in its trace/",
    ],
    ["a folder that is a file", "plain.lk/trace.lk", "no such file: a part of the path is not a directory"],
  ])("%s", async (_, name, reason) => {
    await mkdir(temporary("folder"), { recursive: true });
    await writeFile(temporary("plain.lk"), RECORDS);
    for (const command of ["run", "sweep", "info"]) {
      expect(await failure(1, [command, temporary(name)])).toBe(`pagewalk: ${temporary(name)}: ${reason}\n`);
    }
  });

  it.skipIf(process.getuid?.() === 0)("a file without permission", async () => {
    const path = temporary("secret.lk");
    await writeFile(path, RECORDS);
    await chmod(path, 0);
    expect(await failure(1, ["run", path])).toBe(`pagewalk: ${path}: permission denied\n`);
  });

  it("an empty file, and empty standard input", async () => {
    expect(await complaint("")).toBe("byte 0: is empty; expected a memory trace");
    expect(await complaint(gzipSync(""))).toBe("byte 0: is empty; expected a memory trace");
    const message = await failure(1, ["run", "-"], { input: "" });
    expect(message).toBe("pagewalk: standard input: byte 0: is empty; expected a memory trace\n");
  });
});

describe("what is no trace is told with status 1:", () => {
  const tar = tarOf("trace.lk", RECORDS);
  it.each<[string, string | Uint8Array, string]>([
    ["a program", "\x7fELF\x02\x01\x01\0\0\0\0\0", "byte 0: is a program or library (ELF), not a trace of one"],
    ["a program with text like a record", `\x7fELF\0\n${RECORDS}`, "byte 0: is a program or library (ELF)"],
    ["a tar archive", tar, "byte 0: is a tar archive; extract the trace first: tar -xOf FILE MEMBER | pagewalk … -"],
    ["a tar archive in gzip", gzipSync(tar), "byte 0: is a tar archive; extract the trace first"],
    ["a tar archive in xz", Buffer.from(TAR_XZ, "base64"), "byte 0: is a tar archive; extract the trace first"],
    ["gzip in gzip", gzipSync(GZIP), "byte 0: is compressed twice (gzip inside); decompress it once first"],
    ["xz in gzip", gzipSync(XZ), "byte 0: is compressed twice (xz inside); decompress it once first"],
    ["zstd in gzip", gzipSync(ZSTD), "byte 0: is compressed twice (zstd inside); decompress it once first"],
    ["UTF-16", Buffer.from(`\ufeff${RECORDS}`, "utf16le"), "byte 0: is UTF-16 text, as PowerShell writes it"],
  ])("%s, and nothing else", async (_, content, reason) => {
    const message = await complaint(content);
    expect(message.slice(0, reason.length)).toBe(reason);
    expect(message).not.toContain("expected");
  });

  it.each<[string, string | Uint8Array, string]>([
    [
      "text",
      "one\ntwo\n",
      'byte 0: is text without a record in its first 8 bytes, beginning with "one\\ntwo\\n" (is it',
    ],
    ["binary data", Buffer.from([1, 0, 255]), "byte 0: is binary data of no known format, beginning with 01 00 ff;"],
  ])("%s, beside the formats that there are", async (_, content, reason) => {
    const message = await complaint(content);
    expect(message.slice(0, reason.length)).toBe(reason);
    expect(message).toContain(EXPECTED);
  });

  it("a compression that is not read", async () => {
    const bzip2 = Buffer.from("425a68393141592653590000", "hex");
    expect(await complaint(bzip2)).toBe(
      "is compressed with bzip2, which pagewalk does not read; decompress it first, for example: " +
        "bzip2 -dc FILE | pagewalk … -",
    );
  });

  it("text without a record, though its format is given", async () => {
    expect(await complaint("one\ntwo\n", "--format", "lackey")).toBe("has no lackey record in its 8 bytes");
  });

  it("the second of two traces, without the result of the first", async () => {
    await writeFile(temporary("good.lk"), RECORDS);
    for (const form of ["--json", "--csv", "--quiet"]) {
      const message = await failure(1, ["run", temporary("good.lk"), temporary("missing.lk"), form]);
      expect(message).toBe(`pagewalk: ${temporary("missing.lk")}: no such file\n`);
    }
  });
});

describe.each([
  ["gzip", GZIP],
  ["xz", XZ],
  ["zstd", ZSTD],
])("%s data", (compression, whole) => {
  it("that was cut off anywhere is told with its length", async () => {
    const { length } = whole;
    for (const bytes of [2, 3, 7, 12, 20, 1000, length >> 1, length - 12, length - 4, length - 1]) {
      // With how far the reading came, once it had begun.
      const expected = `the file is truncated: it stops after ${bytes} bytes, inside its ${compression} data`;
      expect((await complaint(whole.subarray(0, bytes))).replace(PLACE, "")).toBe(expected);
    }
  });

  it("that is damaged is never taken for whole", async () => {
    // Beyond the header, of which not every bit is checked. Damage may show in the records before it does in a checksum.
    for (const at of [31, 1000, whole.length >> 1, whole.length - 5]) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(await complaint(damaged)).toMatch(/ data is corrupt: |file is truncated: |^(line|byte) \d+/);
    }
  });

  it("that something else follows is told", async () => {
    const message = await complaint(Buffer.concat([whole, Buffer.from("and more text")]));
    expect(message).toMatch(new RegExp(`${PLACE.source}the ${compression} data is corrupt: .*something else follows`));
  });
});

describe("a bad record is told with line, record, byte and reason, and nothing is counted:", () => {
  const SIZE = "the size is out of range; expected 1 to 4096 bytes (is another program's output in the trace?)";
  const ADDRESS = "the address has more than 64 bits; expected at most 16 significant hexadecimal digits";
  it.each([
    ["an address of 65 bits", " L 10000000000000000,4", ADDRESS],
    ["an address of 30 digits", "I  ffffffffffffffffffffffffffffff,4", ADDRESS],
    ["size 0", " S 1000,0", SIZE],
    ["size 4097", " M 1000,4097", SIZE],
    ["a size of 30 digits", " L 1000,100000000000000000000000000008", SIZE],
  ])("%s", async (_, line, reason) => {
    // One line before it is no record.
    const content = `==7== Lackey\n${RECORDS}${line}\n${RECORDS}`;
    const expected = `line 6, record 5, byte ${13 + RECORDS.length}: found ${JSON.stringify(line)}: ${reason}`;
    expect(await complaint(content)).toBe(expected);
    // Of a compressed trace both offsets are told, each by its name.
    const compressed = await complaint(gzipSync(content));
    expect(compressed.replace(/ decompressed, about byte \d+ stored/, "")).toBe(expected);
    expect(compressed).toMatch(/^line 6, record 5, byte \d+ decompressed, about byte \d+ stored: /);
  });

  it("far into a trace, past many batches", async () => {
    const many = RECORDS.repeat(50_000);
    expect(await complaint(`${many} L 1000,0\n${RECORDS}`)).toBe(
      `line 200001, record 200001, byte ${many.length}: found " L 1000,0": ${SIZE}`,
    );
  });
});

describe("a trace that was cut off inside a record", () => {
  it("is told with the place, wherever in the record", async () => {
    const plain = Buffer.from(gunzipSync(GZIP));
    const startOf = plain.indexOf("\n L ", 20_000) + 1;
    const line = plain.subarray(0, startOf).toString("latin1").split("\n").length;
    const record =
      plain
        .subarray(0, startOf)
        .toString("latin1")
        .match(/^(I {2}| [LSM] )/gm)?.length ?? 0;
    const end = plain.indexOf("\n", startOf);
    for (let cut = startOf + 1; cut <= end; cut++) {
      expect(await complaint(plain.subarray(0, cut))).toBe(
        `line ${line}, record ${record + 1}, byte ${startOf}: ` +
          `found ${JSON.stringify(plain.toString("latin1", startOf, cut))}: the trace ends inside a record, without a ` +
          "newline; it was cut off (the disk was full, or the recording or a download was stopped)",
      );
    }
    await writeFile(temporary("whole.lk"), plain.subarray(0, end + 1));
    expect(await json(["run", temporary("whole.lk")])).toMatchObject({ trace: { records: record + 1 } });
  });

  it.each(["I", "I ", "I  ", "I  04", "I  0401ab70,", " ", " S", " S 1,8", " M 1000,8\r"])("%j", async (torn) => {
    expect(await complaint(RECORDS + torn)).toContain(
      `line 5, record 5, byte ${RECORDS.length}: found ${JSON.stringify(torn)}: the trace ends inside`,
    );
  });

  it("is told in a trace that was compressed after it was cut", async () => {
    const plain = await plainBytes(recorded("matmul24.native.lk.xz"));
    expect(await complaint(gzipSync(plain.subarray(0, 3_000_000 - 2)))).toMatch(
      /^line \d+, record \d+, byte 29999\d\d decompressed, about byte \d+ stored: /,
    );
  });
});

/** A tar archive of one file, POSIX.1-1988 ustar: a header of 512 bytes, the content, zeros to a multiple of 512. */
function tarOf(name: string, content: string): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148); // the checksum, while it is computed
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return Buffer.concat([header, Buffer.from(content.padEnd(512, "\0")), Buffer.alloc(1024)]);
}
