import { describe, expect, it } from "vitest";
import type { ExplainOptions } from "../../src/explain/options.ts";
import { explain } from "../../src/explain.ts";
import { comparisonText, outcomeWords } from "../../src/report/explain-outcome.ts";
import type { Explanation } from "../../src/report/explanation.ts";

async function explained(address: string, options: ExplainOptions = {}): Promise<Explanation> {
  for await (const explanation of explain([address], options)) return explanation;
  throw new Error("no explanation");
}

/** Compares an access with the same one after the last entry of its walk has been changed. */
async function compared(address: string, change: (entry: bigint) => bigint): Promise<string> {
  const before = await explained(address);
  const { physicalAddress = "", entry = "0" } = before.steps.at(-1) ?? {};
  const entries = [{ physicalAddress, entry: change(BigInt(entry)) }];
  return comparisonText(before, await explained(address, { entries }));
}

describe("outcomeWords()", () => {
  it("tells the physical address, or the exception and what Linux does", async () => {
    expect(outcomeWords(await explained("0x7f1200001234"))).toBe("physical address 0x3c001234, in a 2 MiB page");
    expect(outcomeWords(await explained("0x0"))).toBe(
      "Page fault #PF (vector 14), error code 0x4; Linux: SIGSEGV (SEGV_MAPERR)",
    );
  });
});

describe("comparisonText()", () => {
  it("tells both outcomes where they differ", async () => {
    const text = await compared("0x404000", (entry) => entry & ~1n);
    expect(text).toMatch(/^Before: physical address 0x1a2b7000, in a 4 KiB page\. Now: Page fault #PF/);
  });

  it("tells which rights have changed where the outcome has not", async () => {
    expect(await compared("0x404000", (entry) => entry & ~2n)).toBe(
      "The outcome is as before: physical address 0x1a2b7000, in a 4 KiB page. " +
        "Right to write: now no, R/W is 0 in the PTE.",
    );
  });

  it("tells that nothing has changed", async () => {
    expect(await compared("0x404000", (entry) => entry)).toBe(
      "The outcome is as before: physical address 0x1a2b7000, in a 4 KiB page.",
    );
  });
});
