/** What each text format's specification has beyond its usual records, by examples. */
import { describe, expect, it } from "vitest";
import { readEntries } from "./entries.ts";

const lines = (...texts: string[]) => texts.map((text) => `${text}\n`).join("");

const failure = async (text: string, format: string) => {
  const { entries, error } = await readEntries(text, format);
  return { records: entries.length, reason: error?.reason, line: error?.line };
};

describe("din", () => {
  it("has labels 0 to 5, of which 4 and 5 are no accesses, and ignores what follows the address", async () => {
    const text = lines("0 1000", "1 0x2000 a comment", " 2\t3000", "3 4fff", "4 5000", "5 0", "", "0 FFFFFFFFFFFFFFFF");
    const { entries, skippedLines, error } = await readEntries(text, "din");
    expect(entries).toEqual(["load 1000 1", "store 2000 1", "fetch 3000 1", "load 4fff 1", "load ffffffffffffffff 1"]);
    expect({ skippedLines, error }).toEqual({ skippedLines: 2, error: null });
  });

  it.each(["6 1000", "0", "0 ", "0 0x", "01000", "0 10g0", "r 1000", "0, 1000", "2 -1"])(
    "has no record %j",
    async (line) => {
      expect(await failure(lines("0 1000", line), "din")).toEqual({ records: 1, reason: "bad-record", line: 2 });
    },
  );

  it("has addresses of 64 bits, with any number of zeros before them", async () => {
    expect((await readEntries(lines(`0 ${"0".repeat(30)}1000`), "din")).entries).toEqual(["load 1000 1"]);
    expect(await failure(lines("0 10000000000000000"), "din")).toMatchObject({ reason: "address-too-wide" });
  });
});

describe("xdin", () => {
  it("has sizes in hexadecimal, and m is a read", async () => {
    const text = lines("r 1000 10", "W 0x2000 0x8 x", "i 3000 f", "m 4000 1", "c 5000 40", "v 0 0", "r 6000 1000");
    const { entries, skippedLines } = await readEntries(text, "xdin");
    expect(entries).toEqual(["load 1000 16", "store 2000 8", "fetch 3000 15", "load 4000 1", "load 6000 4096"]);
    expect(skippedLines).toBe(2);
  });

  it.each(["r 1000", "r 1000 ", "x 1000 4", "r 1000 4,", "r4 1000 4", "2 1000 4"])("has no record %j", async (line) => {
    expect(await failure(lines("r 1000 4", line), "xdin")).toEqual({ records: 1, reason: "bad-record", line: 2 });
  });

  it.each(["r 1000 0", "r 1000 1001", "r 1000 ffffffffffffffff"])("has no size as in %j", async (line) => {
    expect(await failure(lines(line), "xdin")).toMatchObject({ reason: "size-out-of-range" });
  });
});

describe("pinatrace", () => {
  it("is read without 0x, with sizes, and with or without #eof", async () => {
    const text = lines("00007FF6A1B21000: R 000000DE5F0FF8A8", "0x401136: W (nil)", "(nil): R 0x10 8");
    const expected = ["load de5f0ff8a8 1 by 7ff6a1b21000", "store 0 1 by 401136", "load 10 8 by 0"];
    for (const end of ["", "#eof\n", "#eof"]) {
      expect(await readEntries(text + end, "pinatrace")).toEqual({ entries: expected, skippedLines: 0, error: null });
    }
  });

  it.each(["0x1: R", "0x1: R ", "0x1 R 0x2", "0x1: X 0x2", "0x1:R 0x2", "0x1: R 0x2, is copied data.", ": R 0x2"])(
    "has no record %j",
    async (line) => {
      expect(await failure(lines(line), "pinatrace")).toMatchObject({ reason: "bad-record", line: 1 });
    },
  );
});

describe("plain text", () => {
  it("has words of either case for kinds, comments, and defaults from the end on", async () => {
    const text = lines(
      "# pagewalk plain text",
      "",
      "R 0x1000",
      "load 0x1000 8 # eight bytes",
      "\tStore\t0X2000\t0x10\t# tabs",
      "ifetch 0x401136 4 12",
      "m 0x3000 8 12 0x401136",
      "1 0x3000 8 0x0d",
      "readi 0x401000 4",
      "I 0xABCDEF 15 13 0x7",
    );
    expect(await readEntries(text, "text")).toEqual({
      entries: [
        "load 1000 1",
        "load 1000 8",
        "store 2000 16",
        "thread 0/12",
        "fetch 401136 4",
        "modify 3000 8 by 401136",
        "thread 0/13",
        "store 3000 8",
        "fetch 401000 4",
        "fetch abcdef 15",
      ],
      skippedLines: 0,
      error: null,
    });
  });

  it.each([
    "R 1000",
    "R",
    "Q 0x1000",
    "R 0x1000,8",
    "R 0x1000 8.5",
    "R 0x1000 8 x",
    "R 0x1000 8 1 401136",
    "R 0x1000 8 1 0x401136 9",
    "R 0x1000 8 1 0x401136#",
    "R 0x1000 -8",
    "R 0x 8",
    "R  0x  8",
    "loads 0x1000",
    "R 0x1000 8 99999999999999999999",
  ])("has no record %j", async (line) => {
    expect(await failure(lines("R 0x1000 8", line), "text")).toEqual({ records: 1, reason: "bad-record", line: 2 });
  });

  it("has sizes from 1 to 4096 and addresses of 64 bits", async () => {
    for (const size of ["0", "00", "4097", "100000000000000000000"]) {
      expect(await failure(lines(`R 0x1000 ${size}`), "text")).toMatchObject({ reason: "size-out-of-range" });
    }
    for (const line of ["R 0x10000000000000000 8", "R 0x1000 8 1 0x10000000000000000"]) {
      expect(await failure(lines(line), "text")).toMatchObject({ reason: "address-too-wide" });
    }
    expect((await readEntries(lines("R 0x1000 4096", "R 0x0000000000000000001 1"), "text")).entries).toHaveLength(2);
  });
});

describe("drmemtrace-view", () => {
  it("has markers, prefetches and further bytes of instructions, which are no records", async () => {
    const text = lines(
      "Output format:",
      "<--record#-> <--instr#->: <---tid---> <record details>",
      "------------------------------------------------------------",
      "           1           0: W0.T292 <marker: version 6>",
      "           2           0: W0.T292 <marker: filetype 0xe40>",
      "           3           0: W0.T292 <marker: timestamp 13331862029895453>",
      "           4           0: W0.T292 <marker: tid 292 on core 1>",
      "           5           1: W0.T292 ifetch      10 byte(s) @ 0x00007f86ef03d114 64 48 8b 04 25 28 00 mov    %fs:0x28, %rax",
      "           5           1: W0.T292                                             00 00 00",
      "           6           1: W0.T292 read         8 byte(s) @ 0x00007f86ef03e028 by PC 0x00007f86ef03d114",
      "           7           1: W0.T292 pref-r-L1    1 byte(s) @ 0x00007f86ef03e028 by PC 0x00007f86ef03d114",
      "           8           1: W1.T293 <marker: tid 293 on core 2>",
      "           9           2: W1.T293 ifetch       6 byte(s) @ 0x0000000000404a78 0f 84 5b 01 00 00    jz     $0x0000000000404bd9 (untaken)",
      "          10           2: W1.T293 dflush       8 byte(s) @ 0x0000000000404a78 by PC 0x0000000000404a78",
      "          11           2: W1.T293 <thread 293 exited>",
      "View tool results:",
      "              2 : total instructions",
    );
    expect(await readEntries(text, "drmemtrace-view")).toEqual({
      entries: [
        "thread 0/292",
        "fetch 7f86ef03d114 10",
        "load 7f86ef03e028 8 by 7f86ef03d114",
        "thread 1/293",
        "fetch 404a78 6",
      ],
      skippedLines: 5,
      error: null,
    });
  });

  it("tells instructions that were executed without a fetch from those that were fetched", async () => {
    const text = lines(
      "1 1:     2765543 ifetch       3 byte(s) @ 0x0000000000401000 f3 48 ab             rep stos %rax",
      "2 1:     2765543 write        8 byte(s) @ 0x0000000000500000 by PC 0x0000000000401000",
      "3 1:     2765543 ifetch       3 byte(s) @ 0x0000000000401000 f3 48 ab             rep stos %rax",
      "4 1:     2765543 write        8 byte(s) @ 0x0000000000500008 by PC 0x0000000000401000",
      "5 1:     2765543 ifetch       3 byte(s) @ 0x0000000000401000 non-fetched instruction",
      "6 1:     2765543 non-fetched instr  3 byte(s) @ 0x0000000000401000",
      "7 2:     2765543 ifetch       3 byte(s) @ 0x0000000000401000 f3 48 ab             rep stos %rax",
    );
    expect((await readEntries(text, "drmemtrace-view")).entries).toEqual([
      "thread 0/2765543",
      "fetch 401000 3",
      "store 500000 8 by 401000",
      "instruction 401000 3",
      "store 500008 8 by 401000",
      "instruction 401000 3",
      "instruction 401000 3",
      "fetch 401000 3",
    ]);
  });

  it.each([
    "1 1: W0.T5 read",
    "1 1: W0.T5 read         8 byte(s) @ 0x1000",
    "1 1: W0.T5 read         8 byte(s) @ 0x1000 by PC 1000",
    "1 1: W0.T5 write        8 byte(s) @ 0x by PC 0x1000",
    "1 1: W0.T5 ifetch       8 bytes @ 0x1000",
    "1 1: W0.T5 ifetch       x byte(s) @ 0x1000 nop",
  ])("does not take %j for anything but a damaged record", async (line) => {
    expect(await failure(lines(line), "drmemtrace-view")).toMatchObject({ reason: "bad-record", line: 1 });
  });

  it.each([0x1, 0x80, 0x100])("refuses a trace that a cache filter has been at: file type 0x%s", async (bit) => {
    const text = lines(`1 0: W0.T5 <marker: filetype 0x${(0xe40 | bit).toString(16)}>`);
    expect(await failure(text, "drmemtrace-view")).toMatchObject({ reason: "filtered", line: 1 });
  });
});

describe("perf-script", () => {
  const KERNEL_COMMIT =
    "chromium-browse 46572 [002] 544966.882384: 10000 cpu_core/MEM_UOPS_RETIRED.LOAD_LATENCY/: 7ffdf1391b0c 10268100142 " +
    "|OP LOAD|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No|BLK N/A 5 7 0 7fad7c47425d [unknown] (lib)";

  it.each([
    [KERNEL_COMMIT, "46572", "load 7ffdf1391b0c 1 by 7fad7c47425d"],
    // comm,pid,tid,time,event,addr,ip,sym,dso
    [
      "Web Content: 1 46572/46580 1.000001: mem-stores:P: 7ffd0010 401136 main+0x6 (/bin/a b)",
      "46572/46580",
      "store 7ffd0010 1 by 401136",
    ],
    // comm,tid,time,addr
    ["sort  46580   10.123456789:     7ffd0010", "46580", "load 7ffd0010 1"],
    // comm,pid,tid,cpu,event,addr, with a period
    ["sort 46572/46580 [001] 1234 dTLB-store-misses:u: 7ffd0010", "46572/46580", "store 7ffd0010 1"],
    // comm,tid,event,addr
    ["sort 46580 page-faults: 7ffd0010", "46580", "load 7ffd0010 1"],
    // ip alone, which could as well be a physical address
    ["sort 1/2 1.000001: mem-loads: 7ffd0010 401136", "1/2", "load 7ffd0010 1"],
    // ip without symbol, phys_addr, data_page_size; and without the ip
    [
      "sort 1/2 1.000001: mem-loads: 7ffd0010 |OP STORE|LVL L1 hit|LCK No 7 401136 1fe0010 4K",
      "1/2",
      "store 7ffd0010 1 by 401136",
    ],
    ["sort 1/2 1.000001: mem-loads: 7ffd0010 |OP EXEC|LVL L1 hit|LCK No 7 1fe0010 4K", "1/2", "fetch 7ffd0010 1"],
    [
      "sort 1/2 1.000001: mem-loads: ffffffff81000000 ffffffff81000010 add ([kernel.kallsyms])",
      "1/2",
      "load ffffffff81000000 1 by ffffffff81000010",
    ],
  ])("reads %j", async (line, thread, entry) => {
    const [pid, tid] = thread.includes("/") ? thread.split("/") : ["0", thread];
    expect(await readEntries(lines("# ========", line), "perf-script")).toEqual({
      entries: [`thread ${pid}/${tid}`, entry],
      skippedLines: 0,
      error: null,
    });
  });

  it("skips samples without an address, call chains and other text, and takes no prefetch for an access", async () => {
    const text = lines(
      "sort 1/2 1.000001: mem-loads: 0 401136 main (a)",
      "sort 1/2 1.000001: cycles: main",
      "\t    7fad7c47425d std::vector<int>::push_back (lib)",
      "error: 12",
      "sort 1/2 1.000001: mem-loads: 7ffd0010 |OP PFETCH|LVL L1 hit",
      "",
    );
    expect(await readEntries(text, "perf-script")).toEqual({ entries: [], skippedLines: 4, error: null });
  });
});
