/** The layers of a pages-only file as docs/pwt.md has them, and what becomes of damaged ones. */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { SELECT_ALL } from "../../src/config/selection.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import { pagesFile } from "./pages-file.ts";
import { type PageEvent, readPages } from "./plain-decoder.ts";

const TIMEOUT_MS = 300_000;
const LAYERS = [0, 1, 16] as const;
const PAGES = 1n << 52n;

const isCanonical = (page: bigint) => page < 1n << 35n || page >= PAGES - (1n << 35n);

/** What `layer` keeps of `records`, fewer than an interval, by the rule in docs/pwt.md, applied plainly. */
function kept(records: readonly Access[], layer: number): PageEvent[] {
  const latest = new Map<string, { page: bigint; isData: boolean; written: boolean }>();
  const events: PageEvent[] = [];
  for (const { kind, va, size } of records) {
    const page = va >> 12n;
    const next = (page + 1n) % PAGES;
    const straddles = Number(va & 4095n) + size > 4096;
    const isData = kind !== "fetch";
    const writes = kind === "store" || kind === "modify";
    const group = (of: bigint) => (layer === 0 ? "any" : `${isData} ${of % BigInt(layer)}`);
    if (straddles || !isCanonical(page)) {
      events.push({ kind, page, straddles });
      if (!isCanonical(page) || !isCanonical(next)) continue;
      for (const touched of [page, next]) latest.set(group(touched), { page: touched, isData, written: writes });
      continue;
    }
    const before = latest.get(group(page));
    if (before?.page === page && before.isData === isData && (before.written || !writes)) continue;
    latest.set(group(page), { page, isData, written: writes });
    events.push({ kind: kind === "modify" ? "store" : kind, page, straddles });
  }
  const count = (wanted: Access["kind"]) => records.filter(({ kind }) => kind === wanted).length;
  return [
    ...events,
    { kind: "mark", records: [count("fetch"), count("load"), count("store"), count("modify")], unfetched: 0 },
  ];
}

describe.each(BUILDS)("layers of a pages-only file ($name build)", ({ name, module }) => {
  beforeEach(() => provideKernelModule(module));

  it(
    "have what cannot be left out, and nothing else",
    () =>
      fc.assert(
        fc.asyncProperty(randomRecords, async (records) => {
          const file = await pagesFile(new TextEncoder().encode(lackeyText(records)));
          for (const layer of LAYERS) expect(readPages(file, layer)).toEqual(kept(records, layer));
        }),
        { numRuns: 60, seed: 3 },
      ),
    TIMEOUT_MS,
  );

  it(
    "never trap the kernel, nor make it hang, however damaged",
    () => {
      const token = fc.oneof(
        { weight: 4, arbitrary: fc.nat(5) },
        { weight: 3, arbitrary: fc.integer({ min: 0xf0, max: 0xff }) },
        { weight: 2, arbitrary: fc.nat(255) },
      );
      const tokens = fc.array(token, { maxLength: 600, size: "max" });
      return fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(tokens, fc.nat(9)), { minLength: 1, maxLength: 4 }), async (units) => {
          const kernel = await kernelOf(module);
          kernel.configureRun(resolve(), false, { decoder: "PAGES", selection: SELECT_ALL });
          for (const [bytes, flags] of units) {
            const unit = Uint8Array.from([0, 0, 0, 0, flags > 3 ? 1 : flags, 0, 0, 0, ...bytes]);
            new DataView(unit.buffer).setUint32(0, unit.length, true);
            if (!runs(kernel, unit)) return;
          }
        }),
        { numRuns: name === "release" ? 3000 : 600, seed: 4 },
      );
    },
    TIMEOUT_MS,
  );

  it("end in an error where the bytes of a good unit are changed, or in the counts of other records", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const records: Access[] = Array.from({ length: 3000 }, (_, index) => ({
      kind: (["fetch", "load", "store", "modify"] as const)[index % 4] ?? "load",
      va: BigInt((index * 7919) % 400) * 4096n + (index % 50 === 0 ? 4095n : 8n),
      size: 4,
    }));
    const kernel = await kernelOf(module);
    kernel.configureEntries({ decoder: "LACKEY", selection: SELECT_ALL });
    const blocks = kernel.pagesEncoder();
    const text = new TextEncoder().encode(lackeyText(records));
    kernel.input().set(text);
    kernel.decode(text.length, true);
    blocks.take();
    expect(blocks.next()).toBeNull();
    const unit = blocks.finish()?.layers[2]?.bytes.slice() ?? new Uint8Array(0);
    expect(unit.length).toBeGreaterThan(3000);
    let errors = 0;
    const other = await kernelOf(module);
    for (let at = 0; at < unit.length; at += name === "release" ? 1 : 5) {
      for (const change of [1, 0x80, 0xff]) {
        const damaged = unit.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        other.configureRun(resolve(), false, { decoder: "PAGES", selection: SELECT_ALL });
        if (!runs(other, damaged)) errors++;
      }
    }
    expect(errors).toBeGreaterThan(1000 / (name === "release" ? 1 : 5));
    for (let length = 0; length < unit.length; length += 97) {
      const cut = unit.slice(0, length);
      other.configureRun(resolve(), false, { decoder: "PAGES", selection: SELECT_ALL });
      expect(runs(other, cut)).toBe(length === 0);
      if (length < 8) continue;
      new DataView(cut.buffer).setUint32(0, length, true);
      other.configureRun(resolve(), false, { decoder: "PAGES", selection: SELECT_ALL });
      expect(runs(other, cut)).toBe(length === 8); // what is left without a mark is no unit
    }
  });
});

const kernels = new Map<WebAssembly.Module, Promise<Kernel>>();

function kernelOf(module: WebAssembly.Module): Promise<Kernel> {
  const kernel = kernels.get(module) ?? Kernel.create(module);
  kernels.set(module, kernel);
  return kernel;
}

/** Whether `unit` is decoded and replayed without an error. Throws if the kernel traps, or does not come to its end. */
function runs(kernel: Kernel, unit: Uint8Array): boolean {
  kernel.input().set(unit);
  let error = kernel.decode(unit.length, false);
  for (let turns = 0; ; turns++) {
    if (error !== null) return false;
    expect(kernel.batchWords().length).toBeLessThanOrEqual(kernel.batchCapacity());
    kernel.run();
    if (kernel.need() !== "more") return true;
    if (turns > unit.length) throw new Error("the decoder does not go on");
    error = kernel.decodeMore();
  }
}
