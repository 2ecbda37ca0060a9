/**
 * The tables of real machines (test/dumps/README.md). The hashes are of what was recorded on the machine itself: QEMU's
 * `info tlb`, with the rights of all levels.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { map } from "../../src/map.ts";
import { lineOf, listed } from "./listing.ts";

const RECORDED = [
  {
    dump: "dev-la48",
    cr3: "0x45c8000",
    la57: false,
    pages: [73871, 67, 0],
    runs: 272,
    sha256: "91ee96b38bebe53f961b6d0c172808a2d67f7a323e96c1f99bad177cdc1eea9f",
    alias: "0xffffff1900003000-0xffffff1900004000 0x4856000 r-- kernel GAD x65536 every 0x10000",
  },
  {
    dump: "dev-la48",
    cr3: "0x5a90000",
    la57: false,
    pages: [73824, 67, 0],
    runs: 269,
    sha256: "4248f5bf09e929d4bdec55800cd16b41769fb25c81306916ec42820c2730b6af",
    alias: "0xffffff1900003000-0xffffff1900004000 0x4856000 r-- kernel GAD x65536 every 0x10000",
  },
  {
    dump: "dev-la57",
    cr3: "0x65dc000",
    la57: true,
    pages: [73856, 75, 0],
    runs: 290,
    sha256: "9c9c847ffbcd4dd8c96af01d00c9946c2f0a70656a04863b5d2340ede4fa3814",
    alias: "0xffffff100000c000-0xffffff100000d000 0x4848000 r-- kernel GAD x65536 every 0x10000",
  },
  {
    dump: "dev-la57",
    cr3: "0x65e0000",
    la57: true,
    pages: [73823, 75, 0],
    runs: 301,
    sha256: "365922033bb22c54cb43af657af09a7d1adbeae25ce5726e9aaec9676be88768",
    alias: "0xffffff100000c000-0xffffff100000d000 0x4848000 r-- kernel GAD x65536 every 0x10000",
  },
  {
    dump: "dev-1g",
    cr3: "0x65fa000",
    la57: false,
    pages: [73824, 806, 2],
    runs: 349,
    sha256: "8bfb1d0446a1e5c5e99eee062db7fffcc4e92f4b7b801cbdcef46406a1dbb155",
    alias: "0xffffff6d0000d000-0xffffff6d0000e000 0x4856000 r-- kernel GAD x65536 every 0x10000",
  },
  {
    dump: "dev-1g",
    cr3: "0x65fc000",
    la57: false,
    pages: [73867, 806, 2],
    runs: 355,
    sha256: "490dc4144cb359cb59c73ed75edf53b6a67d6db49ddca31248d223270e8b7ae5",
    alias: "0xffffff6d0000d000-0xffffff6d0000e000 0x4856000 r-- kernel GAD x65536 every 0x10000",
  },
] as const;

describe.each(RECORDED)("$dump at $cr3", ({ dump, cr3, la57, pages, sha256, runs, alias }) => {
  const open = () => map({ memory: fileURLToPath(new URL(`../dumps/${dump}.lime.gz`, import.meta.url)), cr3, la57 });

  it("has the recorded mappings", async () => {
    const pageMap = await open();
    const mappings = listed(pageMap);
    const counts = pageMap.summary.bySize.map(({ user, kernel }) => user.pages + kernel.pages);
    expect(counts).toEqual(pages);
    expect(mappings).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
    const hash = createHash("sha256");
    for (const { va, pa, size, entry, user, write, execute } of mappings) {
      hash.update(`${[va, pa, size, entry, Number(user), Number(write), Number(!execute)].join(",")}\n`);
    }
    expect(hash.digest("hex")).toBe(sha256);
  });

  it("tells the 65,536-fold alias of the espfix stacks in one line", async () => {
    const mappings = listed(await open(), "aliases");
    expect(mappings).toHaveLength(runs);
    expect(mappings.filter(({ aliases = 1 }) => aliases > 2).map(lineOf)).toEqual([alias]);
  });
});
