import { describe, expect, it } from "vitest";
import { RegionTracker } from "../../src/record/regions.ts";
import { SystemCallReader } from "../../src/record/system-calls.ts";
import { parseMapping } from "../../src/regions/maps.ts";
import { regionRows } from "../../src/regions/rows.ts";

describe("SystemCallReader", () => {
  it("reads calls as Valgrind 3.19 writes them", () => {
    const reader = new SystemCallReader();
    const read = (line: string) => reader.read(line);
    expect(read("SYSCALL[5332,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) ")).toEqual({
      name: "brk",
      arguments: ["0x0"],
      result: 0x4035000n,
    });
    expect(read("SYSCALL[5332,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0) ")?.result).toBe(0n);
    expect(
      read("SYSCALL[5332,1](21) sys_access ( 0x402a2a0(/etc/ld.so.preload), 4 )[sync] --> Failure(0x2) ")?.result,
    ).toBe(null);
    expect(read("SYSCALL[5,2](257) sys_openat ( 4294967196, 0x48355(/a b, (c)), 524288 ) --> [async] ... ")).toBe(null);
    expect(read("SYSCALL[5,1](0) ... [async] --> Success(0x340) "), "another thread's").toBe(null);
    expect(read("SYSCALL[5,2](257) ... [async] --> Success(0x4) ")).toEqual({
      name: "openat",
      arguments: ["4294967196", "0x48355(/a b, (c))", "524288"],
      result: 4n,
    });
    expect(read("SYSCALL[1,1](59) sys_execve ( 0x10a011(/bin/echo), 0x1ff, 0x1ff )")?.name).toBe("execve");
    expect(read("==5332== Exit code:       0")).toBe(null);
  });
});

describe("RegionTracker", () => {
  const MAPS = `00108000-0010b000 r--p 00000000 fe:00 260875    /usr/bin/sort
0010b000-0011d000 r-xp 00003000 fe:00 260875    /usr/bin/sort
0011d000-0011f000 rw-p 00015000 fe:00 260875    /usr/bin/sort
0011f000-00120000 rw-p 00000000 00:00 0 
04000000-04001000 r-xp 00000000 fe:00 338944    /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
04035000-04036000 rwxp 00000000 00:00 0 
`;
  const CALLS: [line: string, record: number][] = [
    ["SYSCALL[1,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) ", 10],
    ["SYSCALL[1,1](257) sys_openat ( 4294967196, 0x48(/lib/libc.so.6), 524288 ) --> [async] ... ", 20],
    ["SYSCALL[1,1](257) ... [async] --> Success(0x4) ", 20],
    ["SYSCALL[1,1](9) sys_mmap ( 0x0, 20000, 1, 2050, 4, 0 ) --> [pre-success] Success(0x4848000) ", 30],
    ["SYSCALL[1,1](9) sys_mmap ( 0x4849000, 4096, 5, 2066, 4, 4096 ) --> [pre-success] Success(0x4849000) ", 31],
    ["SYSCALL[1,1](9) sys_mmap ( 0x0, 1, 3, 34, -1, 0 ) --> [pre-success] Success(0x5000000) ", 31],
    ["SYSCALL[1,1](9) sys_mmap ( 0x484b000, 4096, 3, 50, 4294967295, 0 ) --> [pre-success] Success(0x484b000) ", 32],
    ["SYSCALL[1,1](3) sys_close ( 4 )[sync] --> Success(0x0) ", 33],
    ["SYSCALL[1,1](10) sys_mprotect ( 0x11d000, 4096, 1 )[sync] --> Success(0x0) ", 40],
    ["SYSCALL[1,1](12) sys_brk ( 0x4056000 ) --> [pre-success] Success(0x4056000) ", 50],
    ["SYSCALL[1,1](12) sys_brk ( 0x4060000 ) --> [pre-success] Success(0x4060000) ", 60],
    ["SYSCALL[1,1](11) sys_munmap ( 0x4848000, 4096 )[sync] --> Success(0x0) ", 70],
  ];

  const tracked = () => {
    const tracker = new RegionTracker();
    tracker.begin(
      MAPS.split("\n")
        .map(parseMapping)
        .filter((mapping) => mapping !== null),
    );
    for (const [line, record] of CALLS) tracker.read(line, record);
    return tracker.map.regions();
  };
  const shown = (skip: number, records: number) =>
    regionRows(tracked(), skip, records).map(
      ({ start, end, perm, name, from_record, to_record }) =>
        `${start} ${end} ${perm} ${name} ${from_record}${to_record === undefined ? "" : `..${to_record}`}`,
    );

  it("names the regions and knows their lives", () => {
    expect(shown(0, 100).sort()).toEqual(
      [
        "0x108000 0x10b000 r-- exe sort 0",
        "0x10b000 0x11d000 r-x exe sort 0",
        "0x11d000 0x11f000 rw- exe sort 0..40",
        "0x11d000 0x11e000 r-- exe sort 40",
        "0x11e000 0x11f000 rw- exe sort 40",
        "0x11f000 0x120000 rw- exe sort 0",
        "0x4000000 0x4001000 r-x ld.so 0",
        "0x4035000 0x4036000 rwx anon 0..50",
        "0x4035000 0x4060000 rw- heap (brk) 50",
        "0x4848000 0x484d000 r-- lib libc.so.6 30..31",
        "0x4848000 0x4849000 r-- lib libc.so.6 31..70",
        "0x4849000 0x484a000 r-x lib libc.so.6 31",
        "0x484a000 0x484d000 r-- lib libc.so.6 31..32",
        "0x484a000 0x484b000 r-- lib libc.so.6 32",
        "0x484b000 0x484c000 rw- lib libc.so.6 32",
        "0x484c000 0x484d000 r-- lib libc.so.6 32",
        "0x5000000 0x5001000 rw- mmap anon 31",
      ].sort(),
    );
  });

  it("begins the heap at a page, also where the break is not at one", () => {
    const tracker = new RegionTracker();
    tracker.read("SYSCALL[1,1](12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035e80) ", 1);
    tracker.read("SYSCALL[1,1](12) sys_brk ( 0x4037e80 ) --> [pre-success] Success(0x4037e80) ", 2);
    expect(tracker.map.regions()).toMatchObject([{ name: "heap (brk)", start: 0x4036000n, end: 0x4038000n }]);
  });

  it("counts from the beginning of a window, and leaves out what was not alive in it", () => {
    const rows = shown(45, 10);
    expect(rows).toContain("0x4035000 0x4036000 rwx anon 0..5");
    expect(rows).toContain("0x4035000 0x4060000 rw- heap (brk) 5");
    expect(rows).toContain("0x4848000 0x4849000 r-- lib libc.so.6 0");
    expect(rows.some((row) => row.startsWith("0x11d000 0x11f000"))).toBe(false);
  });
});
