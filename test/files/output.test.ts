import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OutputError, replaceFile, writeOutput } from "../../src/files/output.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pagewalk-output-"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe("writeOutput() to a file", () => {
  it("writes the text and leaves nothing else in the folder", async () => {
    await writeOutput("a,b\n1,2\n", join(folder, "out.csv"));
    expect(await readdir(folder)).toEqual(["out.csv"]);
    expect(await readFile(join(folder, "out.csv"), "utf8")).toBe("a,b\n1,2\n");
  });

  it("replaces a file and keeps its mode", async () => {
    const path = join(folder, "out.csv");
    await writeFile(path, "old and longer");
    await chmod(path, 0o600);
    await writeOutput("new", path);
    expect(await readFile(path, "utf8")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("writes to the file that a link names and leaves the link a link", async () => {
    await writeFile(join(folder, "real.csv"), "old");
    await symlink("real.csv", join(folder, "link.csv"));
    await writeOutput("new", join(folder, "link.csv"));
    expect(await readFile(join(folder, "real.csv"), "utf8")).toBe("new");
    expect((await readdir(folder)).sort()).toEqual(["link.csv", "real.csv"]);
  });

  it("writes to a device without replacing it", async () => {
    await writeOutput("text", "/dev/null");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  it("fails with path and cause where there is no such folder", async () => {
    const path = join(folder, "missing", "out.csv");
    const error = await writeOutput("text", path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OutputError);
    expect(error).toMatchObject({ path, cause: { code: "ENOENT" } });
    expect((error as Error).message).toBe(`${path}: cannot be written: ENOENT: no such file or directory`);
  });

  it("fails where a folder stands in its place", async () => {
    await expect(writeOutput("text", folder)).rejects.toThrow(/cannot be written: EISDIR/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("leaves the old file and no temporary one when writing fails half way", async () => {
    const path = join(folder, "out.csv");
    await writeFile(path, "old");
    const failing = replaceFile(path, async (file) => {
      await file.write("half of the");
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { syscall: "write" });
    });
    await expect(failing).rejects.toThrow(`${path}: cannot be written: ENOSPC: no space left on device`);
    expect(await readdir(folder)).toEqual(["out.csv"]);
    expect(await readFile(path, "utf8")).toBe("old");
  });

  it("writes a result piece by piece, and keeps the old file when a piece cannot be made", async () => {
    const path = join(folder, "out.csv");
    await writeOutput(["one,", "two"], path);
    expect(await readFile(path, "utf8")).toBe("one,two");
    async function* broken() {
      yield "three";
      throw new RangeError("no more pieces");
    }
    await expect(writeOutput(broken(), path)).rejects.toThrow(new RangeError("no more pieces"));
    expect(await readFile(path, "utf8")).toBe("one,two");
    expect(await readdir(folder)).toEqual(["out.csv"]);
  });
});

type Callback = (error?: Error | null) => void;

describe("writeOutput() to standard output", () => {
  function answerWith(error: NodeJS.ErrnoException | null) {
    return vi.spyOn(process.stdout, "write").mockImplementation(((_: unknown, callback: Callback) => {
      callback(error);
      return true;
    }) as typeof process.stdout.write);
  }

  it("writes there without a path and for the path -", async () => {
    const write = answerWith(null);
    await writeOutput("one");
    await writeOutput("two", "-");
    expect(write.mock.calls.map(([text]) => text)).toEqual(["one", "two"]);
    expect(process.stdout.listenerCount("error")).toBe(0);
  });

  it("fails with the cause when it cannot be written", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    answerWith(full);
    await expect(writeOutput("text")).rejects.toThrow(
      "standard output: cannot be written: ENOSPC: no space left on device",
    );
    process.stdout.removeAllListeners("error");
  });

  it("ends the process with status 0 when the reader has closed the pipe", async () => {
    answerWith(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    vi.spyOn(process, "exit").mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    await expect(writeOutput("text")).rejects.toThrow("exit 0");
    process.stdout.removeAllListeners("error");
  });
});
