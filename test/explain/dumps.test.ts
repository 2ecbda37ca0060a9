/** Against real page tables: test/dumps/README.md. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Explainer } from "../../src/explain/explainer.ts";
import type { ExplainOptions } from "../../src/explain.ts";
import { elfOf } from "../helpers/dumps.ts";
import { explainAll, explainOne } from "./tables.ts";

const dump = (name: string) => fileURLToPath(new URL(`../dumps/${name}`, import.meta.url));

describe("the tables of a real machine", () => {
  it("give the physical address that the emulator used, for every access of the trace that has one", async () => {
    const trace = gunzipSync(readFileSync(dump("dev-systrace.lk.gz"))).toString();
    const records = [...trace.matchAll(/^ *[ILSM] +([0-9a-f]+),\d+,p([0-9a-f]+)$/gm)];
    expect(records.length).toBeGreaterThan(10_000);
    const explanations = await explainAll(
      records.map(([, va]) => `0x${va}`),
      { memory: dump("dev-systrace.lime.gz"), cr3: "0000000004878000" },
    );
    const got = explanations.map(
      ({ address, physicalAddress }) => `${BigInt(address)} ${BigInt(physicalAddress ?? -1)}`,
    );
    expect(got).toEqual(records.map(([, va, pa]) => `${BigInt(`0x${va}`)} ${BigInt(`0x${pa}`)}`));
  });

  it.each([
    ["dev-la48", "0x45c8000", "0x4016e0", "0x2026e0", "4K"],
    ["dev-la48", "0x45c8000", "0x80002a64", "0x5ec3a64", "4K"],
    ["dev-la48", "0x45c8000", "0x7fc8d7632c6c", "0x5832c6c", "2M"],
    ["dev-la57", "0x65dc000", "0x7f90a0252459", "0x5452459", "2M"],
    ["dev-1g", "0x65fa000", "0x7fbd52345678", "0x52345678", "1G"],
  ])("%s %s: %s is at %s", async (name, cr3, address, physicalAddress, pageSize) => {
    const options = { memory: dump(`${name}.lime.gz`), cr3, la57: name === "dev-la57" };
    expect(await explainOne(address, options)).toMatchObject({ physicalAddress, pageSize, fault: null, place: null });
  });

  it("tell where there is nothing, and what is not canonical", async () => {
    const options = { memory: dump("dev-la48.lime.gz"), cr3: "0x45c8000" };
    const [nothing, hole] = await explainAll(["0x40007000", "0x0000800000001234"], options);
    expect(nothing?.fault).toMatchObject({ kind: "not-present", level: "pte", errorCode: 4, code: "SEGV_MAPERR" });
    expect(hole?.fault).toMatchObject({ vector: 13, code: "SI_KERNEL" });
  });

  it("are not those of another CR3, which is told", async () => {
    const { error, steps } = await explainOne("0x401000", { memory: dump("dev-la48.lime.gz"), cr3: "0x1234000" });
    expect(error?.message).toContain("the PML4 that CR3 points to lies outside");
    expect(steps).toEqual([]);
  });

  it("are those of the first CPU, if the dump has registers, and else of as many levels as is assumed", async () => {
    const about = async (options: ExplainOptions) => {
      const explainer = await Explainer.open(options);
      await explainer.close();
      return { cpus: explainer.cpus, levelsAssumed: explainer.levelsAssumed };
    };
    const cpu = { cr0: 1n << 16n, cr2: 0n, cr3: 0n, cr4: 0n };
    const memory = elfOf([{ start: 0n, bytes: new Uint8Array(4096) }], [cpu, cpu]);
    expect(await about({ memory })).toEqual({ cpus: 2, levelsAssumed: false });
    expect(await about({ memory, cr3: 0n })).toEqual({ cpus: null, levelsAssumed: false });
    const bare = { memory: dump("dev-la57.lime.gz"), cr3: "0x65dc000" };
    expect(await about(bare)).toEqual({ cpus: null, levelsAssumed: true });
    expect(await about({ ...bare, la57: true })).toEqual({ cpus: null, levelsAssumed: false });
    expect(await about({ ...bare, cr4: "LA57" })).toEqual({ cpus: null, levelsAssumed: false });
    expect(await about({})).toEqual({ cpus: null, levelsAssumed: false });
  });
});
