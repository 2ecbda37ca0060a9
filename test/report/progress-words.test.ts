/** Words of progress. */
import { describe, expect, it } from "vitest";
import { progressLine } from "../../src/report/progress-words.ts";

describe("progressLine()", () => {
  it("tells records, speed and the time left", () => {
    expect(progressLine({ consumedBytes: 100, storedBytes: 400, records: 12_000 }, 4)).toBe(
      "12,000 records, 3,000/s, 0:12 left",
    );
  });

  it("does not know what is left at first, or without a size", () => {
    expect(progressLine({ consumedBytes: 100, storedBytes: 400, records: 50 }, 0.5)).toContain("? left");
    expect(progressLine({ consumedBytes: 100, storedBytes: null, records: 50 }, 4)).toContain("? left");
  });
});
