/** Configurations as commands. */
import { describe, expect, it } from "vitest";
import { RUN_OPTIONS, SWEEP_OPTIONS } from "../../src/config/options.ts";
import { commandLine } from "../../src/report/command-line.ts";

describe("commandLine()", () => {
  it("has the flags of what is set, in the order of the help", () => {
    const config = { pageSize: "2M", l1d: "64:4", stlb: undefined };
    expect(commandLine("run", ["lua.lk.zst"], config, RUN_OPTIONS)).toBe(
      "pagewalk run lua.lk.zst --l1d 64:4 --page-size 2M",
    );
    expect(commandLine("sweep", ["a", "b"], { entries: "16..64", ways: ["full", 4] }, SWEEP_OPTIONS)).toBe(
      "pagewalk sweep a b --entries 16..64 --ways full,4",
    );
  });

  it("quotes names for a shell, and lets none pass for an option", () => {
    expect(commandLine("run", ["a b'c$(d).gz", "-x"], {}, RUN_OPTIONS)).toBe("pagewalk run 'a b'\\''c$(d).gz' ./-x");
  });
});
