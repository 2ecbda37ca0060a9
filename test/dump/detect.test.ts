import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/dump/detect.ts";
import { openDump } from "../../src/dump/dump.ts";
import { limeDump } from "../helpers/dumps.ts";
import { failure, noiseFrame } from "./frames.ts";
import { COMPRESS } from "./stored.ts";

const TRACE = "==12== Lackey\nI  04001000,3\n L 1ffefff860,8\n";

function page(text: string, at = 0): Uint8Array {
  const bytes = Buffer.alloc(4096);
  bytes.write(text, at, "latin1");
  return bytes;
}

describe("what is no dump that can be read", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["kdump-compressed by makedumpfile", page("KDUMP   "), /kdump-compressed.*dump-guest-memory without -z, -l and -s/],
    ["kdump-compressed by diskdump", page("DISKDUMP"), /kdump-compressed/],
    ["flattened by makedumpfile", page("makedumpfile\0\0\0\0"), /flattened format of makedumpfile -F/],
    ["a Windows crash dump", page("PAGEDU64"), /Windows crash dump/],
    ["a Windows minidump", page("MDMP"), /Windows minidump/],
    ["a Windows hibernation file", page("hibr"), /Windows hibernation file/],
    ["swap space", page("SWAPSPACE2", 4086), /swap space/],
    ["AVML, compressed", page("AVML\x02"), /avml-convert/],
    ["a VMware snapshot", page("\xd2\xbe\xd2\xbe"), /\.vmem file next to it/],
    ["virsh save", page("LibvirtQemudSave"), /virsh dump --memory-only/],
    ["a QEMU migration stream", page("QEVM\0\0\0\x03"), /migration stream/],
    ["qcow2", page("QFI\xfb\0\0\0\x03"), /disk image of a virtual machine/],
    ["a tar archive", page("ustar", 257), /tar archive/],
    [
      "a trace",
      new TextEncoder().encode(TRACE),
      /^is text, beginning with "==12== Lackey\\nI {2}04001000.*memory trace/,
    ],
    ["a long trace", new TextEncoder().encode(TRACE.repeat(1000)), /^is text/],
  ])("%s", async (_, bytes, reason) => {
    for (const input of [bytes, COMPRESS.gzip(bytes)]) {
      const error = await failure(openDump(input));
      expect(error.reason).toMatch(reason);
      expect(error).toMatchObject({ code: "unsupported-format", byteOffset: 0 });
    }
  });

  it("an empty file", async () => {
    for (const input of [new Uint8Array(0), COMPRESS.gzip(new Uint8Array(0))]) {
      expect(await failure(openDump(input))).toMatchObject({
        code: "empty",
        reason: "is empty; expected a dump of physical memory",
      });
    }
  });

  it("a short file", async () => {
    expect((await failure(openDump(Uint8Array.of(1, 2, 3)))).message).toBe(
      "bytes: byte 3: is too short for physical memory: it ends before its first page of 4096 bytes does",
    );
  });

  it("something compressed twice", async () => {
    const twice = COMPRESS.gzip(COMPRESS.gzip(new Uint8Array(8192)));
    expect((await failure(openDump(twice))).reason).toMatch(/compressed twice/);
  });

  it("a compression that is not read", async () => {
    const error = await failure(openDump(Buffer.from("425a6839314159265359", "hex")));
    expect(error).toMatchObject({ code: "unsupported-compression", reason: expect.stringMatching(/bzip2 -dc/) });
  });

  it("a missing file, a directory, a device", async () => {
    expect((await failure(openDump("no/such/file.lime"))).message).toBe("no/such/file.lime: no such file");
    expect(await failure(openDump(tmpdir()))).toMatchObject({ code: "unreadable", reason: "is a directory" });
    expect((await failure(openDump("/dev/zero"))).reason).toMatch(/^is a device/);
  });
});

describe("a raw image", () => {
  it.each<[string, Uint8Array]>([
    ["zeros", new Uint8Array(4096)],
    ["ones", new Uint8Array(4096).fill(0xff)],
    ["a text among other bytes", page("line\nline\n")],
    ["letters without a line end", new Uint8Array(4096).fill(0x41)],
    ["noise", noiseFrame(1)],
  ])("is what has no signature: %s", (_, head) => {
    expect(detectFormat(head, "dump")).toBe("raw");
  });
});

it("a named pipe is read once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-fifo-"));
  try {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const file = join(folder, "dump");
    writeFileSync(file, limeDump(new Map([[0x7000n, noiseFrame(7)]])));
    // Another process: opening a pipe waits for its other end.
    spawn("sh", ["-c", 'cat "$0" > "$1"', file, pipe], { stdio: "ignore" });
    const opened = await openDump(pipe);
    expect((await opened.readFrames([0x7000n])).get(0x7000n)).toEqual(noiseFrame(7));
    await opened.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
