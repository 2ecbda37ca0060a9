import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { finished, type Process, start, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

/** More than any pipe holds: once it is written, the process has begun to read. */
const MANY_RECORDS = Buffer.from("I  0401ab70,3\n L 1ffefff86f,8\n".repeat(100_000));

const temporary = temporaryFolder();

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s", (signal, status) => {
  it.each([["run"], ["sweep", "--jobs", "2"], ["info"]])("ends a %s that waits for its trace", async (...command) => {
    const child = await started([...command, "-"]);
    child.kill(signal);
    expect(await finished(child)).toMatchObject({ status, stdout: "" });
  });

  it("ends a run whose trace never ends, and leaves no file", async () => {
    const child = await started(["run", "-", "-o", temporary("result")]);
    const end = finished(child);
    child.stdin.on("drain", () => child.stdin.write(MANY_RECORDS));
    child.stdin.write(MANY_RECORDS);
    child.kill(signal);
    expect(await end).toMatchObject({ status, stdout: "" });
    expect(await readdir(temporary("."))).toEqual([]);
  });

  it("gives no result for a trace that ends with it", async () => {
    // Ctrl-C ends the whole pipeline: what comes through the pipe looks complete.
    const child = await started(["run", "-"]);
    child.kill(signal);
    child.stdin.end();
    expect(await finished(child)).toMatchObject({ status, stdout: "" });
  });
});

/** A process that has begun to read its standard input, which stays open. */
async function started(args: readonly string[]): Promise<Process> {
  const child = start(args);
  if (!child.stdin.write(MANY_RECORDS)) await once(child.stdin, "drain");
  return child;
}
