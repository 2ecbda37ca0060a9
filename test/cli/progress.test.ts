import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";

const ESC = "\x1b";
const DRAWING = new RegExp(`${ESC}\\[1G([^${ESC}]*)${ESC}\\[0K`, "g");

/** A stream that says it is a terminal and remembers what it was told. */
function terminal(columns = 80, isTTY = true) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns }) as unknown as NodeJS.WriteStream;
  let written = "";
  stream.on("data", (chunk: Buffer) => {
    written += chunk.toString();
  });
  return {
    stream,
    text: () => written,
    /** What each drawing put on the line, which begins with a move to column 1. */
    lines: () => [...written.matchAll(DRAWING)].map((match) => match[1] ?? ""),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv("TERM", "xterm");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("createProgress()", () => {
  it("shows percent, records, records per second and the time left", () => {
    const { stream, lines } = terminal();
    const progress = createProgress(stream, true);
    for (let second = 1; second <= 5; second++) {
      vi.advanceTimersByTime(1000);
      progress.update({ consumedBytes: second * 100, storedBytes: 2000, records: second * 1_000_000 });
    }
    vi.advanceTimersByTime(100);
    progress.stop();
    expect(lines().at(-1)).toBe("====------------ 25% | 5,000,000 records | 1,000,000/s | 0:15 left");
  });

  it("counts records only where the size is not known", () => {
    const { stream, lines } = terminal();
    const progress = createProgress(stream, true);
    vi.advanceTimersByTime(2000);
    progress.update({ consumedBytes: 100, storedBytes: null, records: 7_000 });
    progress.stop();
    expect(lines().at(-1)).toBe("7,000 records | 3,500/s");
  });

  it("draws at most 10 times a second however often it is updated", () => {
    const { stream, lines } = terminal();
    const progress = createProgress(stream, true);
    for (let millisecond = 0; millisecond < 3000; millisecond++) {
      vi.advanceTimersByTime(1);
      progress.update({ consumedBytes: millisecond, storedBytes: 3000, records: millisecond * 10 });
    }
    expect(lines().length).toBeGreaterThan(15);
    expect(lines().length).toBeLessThanOrEqual(31);
    progress.stop();
  });

  it("never goes beyond the edge of the terminal", () => {
    const { stream, lines } = terminal(30);
    const progress = createProgress(stream, true);
    vi.advanceTimersByTime(2000);
    progress.update({ consumedBytes: 1, storedBytes: 1e9, records: 123_456_789_000 });
    progress.stop();
    expect(Math.max(...lines().map((line) => line.length))).toBeLessThanOrEqual(30);
  });

  it("clears its line when it is stopped, and leaves no timer behind", () => {
    const { stream, text } = terminal();
    const progress = createProgress(stream, true);
    progress.update({ consumedBytes: 1, storedBytes: 2, records: 3 });
    progress.stop();
    progress.stop();
    expect(text().endsWith(`${ESC}[2K`)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("writes nothing when it is stopped before the first update", () => {
    const { stream, text } = terminal();
    createProgress(stream, true).stop();
    expect(text()).toBe("");
  });

  it.each([
    ["it is not enabled", () => terminal(), false, "xterm"],
    ["the stream is no terminal", () => terminal(80, false), true, "xterm"],
    ["the terminal cannot move its cursor", () => terminal(), true, "dumb"],
  ])("writes nothing when %s", (_, make, enabled, term) => {
    vi.stubEnv("TERM", term);
    const { stream, text } = make();
    const progress = createProgress(stream, enabled);
    progress.update({ consumedBytes: 1, storedBytes: 2, records: 3 });
    vi.advanceTimersByTime(1000);
    progress.stop();
    expect(text()).toBe("");
  });
});
