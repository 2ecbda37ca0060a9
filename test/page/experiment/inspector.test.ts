/** What traces are, found out in a worker that the tests play. */
import { describe, expect, it } from "vitest";
import { TraceError, WorkerError } from "../../../src/errors.ts";
import { Inspector } from "../../../src/page/experiment/inspector.ts";
import { FakeWorkers } from "./fake-worker.ts";

const A = new File(["a"], "a");
const B = new File(["b"], "b");

describe("the inspector", () => {
  it("reads one trace after the other, each once", async () => {
    const workers = new FakeWorkers();
    const inspector = new Inspector(workers.start);
    const [first, second] = [inspector.inspect(A, {}), inspector.inspect(B, {})];
    expect(await workers.seen()).toEqual(["info a"]);
    workers.calls[0]?.succeed({ is: "a" });
    expect(await workers.seen()).toEqual(["info a", "info b"]);
    workers.calls[1]?.succeed({ is: "b" });
    expect(await first).toEqual({ is: "a" });
    expect(await second).toEqual({ is: "b" });
    expect(await inspector.inspect(A, {})).toEqual({ is: "a" });
    expect(workers.calls).toHaveLength(2);
  });

  it("goes on after a bad trace, and in another worker after one that died", async () => {
    const workers = new FakeWorkers();
    const inspector = new Inspector(workers.start);
    const bad = expect(inspector.inspect(A, {})).rejects.toThrow("torn");
    const dead = expect(inspector.inspect(A, {})).rejects.toThrow(WorkerError);
    const good = inspector.inspect(B, {});
    await workers.seen();
    workers.calls[0]?.fail(new TraceError("torn", { path: "a" }));
    await workers.seen();
    workers.calls[1]?.fail(new WorkerError("the worker failed"));
    await workers.seen();
    workers.calls[2]?.succeed({ is: "b" });
    await Promise.all([bad, dead]);
    expect(await good).toEqual({ is: "b" });
    expect(workers.started).toBe(2);
  });

  it("does not read a trace that was taken away while it waited", async () => {
    const workers = new FakeWorkers();
    const inspector = new Inspector(workers.start);
    const cancel = new AbortController();
    const waiting = expect(inspector.inspect(A, { signal: cancel.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    cancel.abort();
    await waiting;
    expect(await workers.seen()).toEqual([]);
  });
});
