/** The worker's side of the wire, without a worker. */
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import type { Progress } from "../../src/report/progress.ts";
import { Jobs } from "../../src/worker/jobs.ts";
import { bundled } from "../helpers/traces.ts";

const BYTES = new Uint8Array(readFileSync(bundled("sort400.lk.gz")));
/** gzip members that follow one another are one file: a trace that takes seconds. */
const LONG = new Blob(Array<BlobPart>(100).fill(BYTES));

describe("Jobs", () => {
  it("end soon when they are cancelled, with an AbortError as a value", async () => {
    const jobs = new Jobs();
    const heard: Progress[] = [];
    const report = (progress: Progress) => {
      heard.push(progress);
      jobs.cancel(7);
    };
    const outcome = await jobs.simulate(7, { input: LONG, isUrl: false, opening: {} }, {}, report);
    expect(outcome).toMatchObject({ ok: false, error: { name: "AbortError" } });
    expect(heard).toHaveLength(1);
    expect(heard[0]?.consumedBytes).toBeLessThan(LONG.size);
  });

  it("go on when a job of another number is cancelled, or one that has ended", async () => {
    const jobs = new Jobs();
    const running = jobs.info(1, { input: BYTES, isUrl: false, opening: {} }, null);
    jobs.cancel(2);
    expect(await running).toMatchObject({ ok: true, value: { trace: { records: 719_941 } } });
    expect(() => jobs.cancel(1)).not.toThrow();
  });

  it("hold the outcome back until the client has taken notice of the last progress", async () => {
    const jobs = new Jobs();
    let takeNotice = () => {};
    const report = vi.fn(() => new Promise<void>((resolve) => (takeNotice = resolve)));
    const ended = vi.fn();
    const running = jobs.info(1, { input: BYTES, isUrl: false, opening: {} }, report).then(ended);
    await vi.waitFor(() => expect(report).toHaveBeenLastCalledWith(expect.objectContaining({ records: 719_941 })));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).not.toHaveBeenCalled();
    takeNotice();
    await running;
    expect(ended).toHaveBeenCalled();
  });

  it("give what cannot be read as an error value", async () => {
    const outcome = await new Jobs().info(1, { input: new Uint8Array(0), isUrl: false, opening: {} }, null);
    const fields = { path: "bytes", line: null, record: null, byteOffset: 0, reason: expect.stringMatching(/empty/) };
    expect(outcome).toMatchObject({ ok: false, error: { name: "TraceError", fields } });
  });
});
