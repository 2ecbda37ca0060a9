/** What is said of a trace in one line. */
import { describe, expect, it } from "vitest";
import { infoLine } from "../../src/report/info-report.ts";
import { INFO } from "./samples.ts";

describe("infoLine()", () => {
  it("tells format, compression, records and what the trace touches", () => {
    expect(infoLine(INFO)).toBe("lackey (zstd); 400,000 records; 1,500 pages of 4K, 5.9 MiB");
  });

  it("does not speak of a compression where there is none, nor of a footprint that nobody counted", () => {
    const trace = { ...INFO.trace, compression: "none" as const, format: "a\u001bb", records: 1 };
    expect(infoLine({ ...INFO, trace, footprint: [] })).toBe("a\\x1bb; 1 record");
  });
});
