import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fromErrorValue, RegionsError, toErrorValue } from "../../src/errors.ts";
import { openRegions, readRegions } from "../../src/regions/open.ts";
import type { Region } from "../../src/regions/region.ts";
import { bundled } from "../helpers/traces.ts";

const shown = ({ start, end, permissions, name, file }: Region) =>
  `${start.toString(16)}-${end.toString(16)} ${permissions} ${name}${file === null ? "" : ` of ${file}`}`;

function errorOf(text: string): RegionsError {
  try {
    readRegions(text, "file");
  } catch (error) {
    expect(error).toBeInstanceOf(RegionsError);
    return error as RegionsError;
  }
  throw new Error(`${text.slice(0, 80)}: no error`);
}

/** Pages are in few regions at a time, whatever was recorded. */
function expectApart(regions: readonly Region[]): void {
  regions.forEach((one, index) => {
    for (const other of regions.slice(index + 1)) {
      const meet = one.start < other.end && other.start < one.end;
      const coexist = one.fromRecord < (other.toRecord ?? Infinity) && other.fromRecord < (one.toRecord ?? Infinity);
      expect(meet && coexist, `${shown(one)} and ${shown(other)}`).toBe(false);
    }
  });
}

describe("regions of a listing", () => {
  it("are called as recorded ones are", async () => {
    const regions = await openRegions(bundled("sort400.maps"));
    const libc = "lib libc.so.6 of /usr/lib/x86_64-linux-gnu/libc.so.6";
    const loader = "ld.so of /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";
    expect(regions.map(shown)).toEqual([
      "555555554000-555555557000 r-- exe sort of /usr/bin/sort",
      "555555557000-555555569000 r-x exe sort of /usr/bin/sort",
      "555555569000-55555556f000 r-- exe sort of /usr/bin/sort",
      "55555556f000-555555570000 r-- exe sort of /usr/bin/sort",
      "555555570000-555555571000 rw- exe sort of /usr/bin/sort",
      "555555571000-555555592000 rw- heap (brk)",
      "7ffff7dcf000-7ffff7dd2000 rw- mmap anon",
      `7ffff7dd2000-7ffff7df8000 r-- ${libc}`,
      `7ffff7df8000-7ffff7f4e000 r-x ${libc}`,
      `7ffff7f4e000-7ffff7fa1000 r-- ${libc}`,
      `7ffff7fa1000-7ffff7fa5000 r-- ${libc}`,
      `7ffff7fa5000-7ffff7fa7000 rw- ${libc}`,
      "7ffff7fa7000-7ffff7fb4000 rw- lib libc.so.6",
      "7ffff7fc0000-7ffff7fc2000 rw- mmap anon",
      "7ffff7fc2000-7ffff7fc6000 r-- [vvar]",
      "7ffff7fc6000-7ffff7fc8000 r-- [vvar_vclock]",
      "7ffff7fc8000-7ffff7fca000 r-x [vdso]",
      `7ffff7fca000-7ffff7fcb000 r-- ${loader}`,
      `7ffff7fcb000-7ffff7ff1000 r-x ${loader}`,
      `7ffff7ff1000-7ffff7ffb000 r-- ${loader}`,
      `7ffff7ffb000-7ffff7ffd000 r-- ${loader}`,
      `7ffff7ffd000-7ffff7fff000 rw- ${loader}`,
      "7ffffffde000-7ffffffff000 rw- stack",
      "ffffffffff600000-ffffffffff601000 --x [vsyscall]",
    ]);
    expect(regions.every(({ fromRecord, toRecord }) => fromRecord === 0 && toRecord === null)).toBe(true);
  });

  it("are the same between the lines of smaps, and with the ends of lines of Windows", () => {
    const maps = readFileSync(bundled("matmul24.maps"), "utf8");
    const properties = "Size:                  4 kB\nAnonHugePages:         0 kB\nVmFlags: rd ex mr mw me sd \n";
    const smaps = maps.replaceAll(/.*\n/g, (line) => `${line}${properties}`);
    expect(readRegions(smaps)).toEqual(readRegions(maps));
    expect(readRegions(maps.replaceAll("\n", "\r\n"))).toEqual(readRegions(maps));
    expect(readRegions(maps).map(({ name }) => name)).toContain("exe matmul");
  });

  it("know what they show, whatever it is called", () => {
    const listing = `00400000-00401000 r--p 00000000 fe:00 7 /opt/shared archive.jsa
00500000-00501000 r-xp 00000000 fe:00 8   /bin/a b (deleted)
00501000-00502000 rw-p 00000000 00:00 0
00503000-00504000 rw-s 00000000 00:0f 1029 anon_inode:[perf_event]
00504000-00505000 rw-p 00000000 00:00 0 [anon:glibc: malloc]
00505000-00506000 rw-p 00000000 00:00 0 [stack:17]
00506000-00507000 rw-p 00000000 00:00 0
`;
    expect(readRegions(listing).map(shown)).toEqual([
      "400000-401000 r-- file shared archive.jsa of /opt/shared archive.jsa",
      "500000-501000 r-x exe a b of /bin/a b (deleted)",
      "501000-502000 rw- exe a b",
      "503000-504000 rw- file anon_inode:[perf_event] of anon_inode:[perf_event]",
      "504000-505000 rw- [anon:glibc: malloc]",
      "505000-506000 rw- thread stack",
      "506000-507000 rw- mmap anon",
    ]);
  });

  const GOOD = "00400000-00401000 r--p 00000000 fe:00 7 /bin/a\n";
  it.each<[what: string, text: string, line: number | null, says: string]>([
    ["a line that was cut off", `${GOOD}00401000-004`, 2, 'found "00401000-004"; expected a mapping'],
    ["a damaged line", `${GOOD}\n00401000_00402000 r--p 0 fe:00 7\n`, 3, "this is no listing"],
    ["rights that are none", GOOD.replace("r--p", "rwxq"), 1, "the line is damaged"],
    ["an end before its start", GOOD.replace("00401000", "00400000"), 1, "expected an end above the start"],
    ["an address in the hole", GOOD.replace("00401000", "ffff800000001000"), 1, "canonical"],
    ["a listing twice", GOOD + GOOD, 2, "found 0x400000 below 0x401000"],
    ["pages that meet", `0-1800 r--p 0 0:0 0\n1800-2000 r--p 0 0:0 0\n`, 2, "found 0x1000 below 0x2000"],
    ["properties only", "Size: 4 kB\nVmFlags: rd\n", null, "found no mapping"],
    ["smaps_rollup", "400000-7fff0000 ---p 00000000 00:00 0  [rollup]\nRss: 4 kB\n", 1, "take smaps"],
    ["a name without end", GOOD.replace("/bin/a", `/bin/${"a".repeat(600)}`), 1, "605 characters"],
    ["nothing", " \n", null, "is empty"],
    ["something else", "I  04001000,3\n", 1, "expected a mapping as in /proc/PID/maps"],
  ])("are refused for %s, with the place", (_, text, line, says) => {
    const error = errorOf(text);
    expect(error.message).toContain(says);
    expect(error.message.startsWith(line === null ? "file: " : `file: line ${line}: `)).toBe(true);
    expect(error).toMatchObject({ path: "file", line, field: null });
  });
});

const ROW = { start: "0x400000", end: "0x401000", perm: "rw-", name: "heap (brk)", from_record: 0 };
const json = (...rows: object[]) => JSON.stringify({ name: "a program", regions: rows });

describe("regions of NAME.regions.json", () => {
  const folders = [bundled("."), process.env.PAGEWALK_TRACES].filter((folder) => folder !== undefined);
  const files = folders.flatMap((folder) => {
    const names = readdirSync(folder).filter((name) => /\.regions\.json$|\.maps$/.test(name));
    return names.map((name) => join(folder, name));
  });

  it.each(files)("%s is read, and its regions are apart from each other", async (path) => {
    const regions = await openRegions(path);
    expect(regions.length).toBeGreaterThan(20);
    expectApart(regions);
  });

  it("are rounded out to pages, and begin in order", () => {
    const regions = readRegions(
      json(
        { ...ROW, start: "0x800123", end: "0x800124", from_record: 9, to_record: 12, perm: "r-xp", file: "/a" },
        ROW,
      ),
    );
    expect(regions).toEqual([
      {
        start: 0x400000n,
        end: 0x401000n,
        permissions: "rw-",
        name: ROW.name,
        file: null,
        fromRecord: 0,
        toRecord: null,
      },
      { start: 0x800000n, end: 0x801000n, permissions: "r-x", name: ROW.name, file: "/a", fromRecord: 9, toRecord: 12 },
    ]);
  });

  it("that begin later take the place of others, as with MAP_FIXED", () => {
    const regions = readRegions(
      json(
        { ...ROW, end: "0x404000", name: "under" },
        { ...ROW, start: "0x401000", end: "0x402000", name: "over", from_record: 5, to_record: 8 },
        { ...ROW, start: "0x403000", end: "0x404000", name: "last", from_record: 5 },
        { ...ROW, start: "0x401000", end: "0x402000", name: "again", from_record: 8 },
      ),
    );
    const lives = regions.map((region) => `${shown(region)} ${region.fromRecord}..${region.toRecord ?? ""}`);
    expect(lives).toEqual([
      "400000-404000 rw- under 0..5",
      "400000-401000 rw- under 5..",
      "401000-402000 rw- over 5..8",
      "402000-403000 rw- under 5..",
      "403000-404000 rw- last 5..",
      "401000-402000 rw- again 8..",
    ]);
    expectApart(regions);
  });

  it("take nothing from the prototypes of objects", () => {
    const inherited = '{"__proto__": {"regions": []}}';
    expect(errorOf(inherited).message).toContain("found nothing");
    const row = `{"start":"0x0","end":"0x1000","perm":"r--","from_record":0,"__proto__":{"name":"x"}}`;
    expect(errorOf(`{"regions":[${row}]}`).field).toBe("regions[0].name");
    const first = { ...ROW, start: "0x0", end: "0x1000", name: "constructor" };
    const named = readRegions(json({ ...ROW, name: "__proto__" }, first));
    expect(named.map(({ name }) => name)).toEqual(["constructor", "__proto__"]);
  });

  it.each<[what: string, text: string, field: string | null, says: string]>([
    ["no JSON", '{"regions": [', null, "damaged, or was cut off"],
    ["an array", "[1]", "regions", "found nothing; expected an array of regions"],
    ["another object", '{"regions": "all"}', "regions", 'found "all"'],
    ["a row that is none", '{"regions": [null]}', "regions[0]", "found null; expected an object"],
    ["an address as a number", json(ROW, { ...ROW, start: 4096 }), "regions[1].start", "found 4096; expected a hex"],
    ["an address of 80 bits", json({ ...ROW, end: `0x${"f".repeat(20)}` }), "regions[0].end", "expected a hex"],
    ["an address in the hole", json({ ...ROW, end: "0x800000001000" }), "regions[0].start", "canonical"],
    ["an empty range", json({ ...ROW, end: ROW.start }), "regions[0].start", "expected an end above the start"],
    ["rights", json({ ...ROW, perm: "wr-" }), "regions[0].perm", 'found "wr-"; expected rights'],
    ["no name", json({ ...ROW, name: "" }), "regions[0].name", 'found ""'],
    ["a long name", json({ ...ROW, name: "n".repeat(5000) }), "regions[0].name", "found text of 5000 characters"],
    ["a file that is none", json({ ...ROW, file: 7 }), "regions[0].file", "found 7; expected a path"],
    ["half a record", json({ ...ROW, from_record: 0.5 }), "regions[0].from_record", "found 0.5"],
    ["a life of no records", json({ ...ROW, to_record: 0 }), "regions[0].to_record", "expected more than from_record"],
    [
      "two at a time",
      json(ROW, { ...ROW, name: "b" }),
      "regions[1]",
      "at the same time as 0x400000 to 0x401000 at reg",
    ],
    [
      "too many",
      JSON.stringify({ regions: Array(200_001).fill(ROW) }),
      "regions",
      "found 200001 regions; expected 200000 at most",
    ],
  ])("are refused for %s, with the place", (_, text, field, says) => {
    const error = errorOf(text);
    expect(error.message).toContain(says);
    expect(error).toMatchObject({ path: "file", line: null, field });
    expect(error.message.startsWith(field === null ? "file: " : `file: ${field}: `)).toBe(true);
    const received = fromErrorValue(structuredClone(toErrorValue(error)));
    expect(received).toBeInstanceOf(RegionsError);
    expect({ ...received, message: received.message }).toEqual({ ...error, message: error.message });
  });
});

describe("openRegions()", () => {
  it("reads files, blobs and bytes, compressed or not", async () => {
    const wanted = await openRegions(bundled("matmul24.native.regions.json"));
    const bytes = readFileSync(bundled("matmul24.native.regions.json"));
    expect(await openRegions(new Blob([bytes]))).toEqual(wanted);
    expect(await openRegions(gzipSync(bytes))).toEqual(wanted);
  });

  it("tells what cannot be read, and what is too large", async () => {
    const missing = openRegions("no/such.maps");
    await expect(missing).rejects.toThrow(new RegionsError("no such file", { path: "no/such.maps" }));
    const large = gzipSync(Buffer.alloc(64_000_001, "\n"));
    await expect(openRegions(large)).rejects.toThrow("has more than 64 MB");
  });
});
