import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { TraceError } from "../../src/errors.ts";
import type { ByteSource, TraceInput } from "../../src/trace/bytes.ts";
import { decompress } from "../../src/trace/compression/index.ts";
import { nodeFileSource, nodeStandardInput } from "../../src/trace/node-file.ts";
import { byteSource } from "../../src/trace/source.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "pagewalk-bytes-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllGlobals());

/** Longer than a piece of any source and no multiple of anything. */
const BYTES = Uint8Array.from({ length: (1 << 20) + 12_345 }, (_, index) => (index * 7) ^ (index >> 8));
const FILE = join(folder, "trace.bin");
fs.writeFileSync(FILE, BYTES);

const SOURCES: { name: string; input: () => TraceInput; path: string; storedBytes: number | null }[] = [
  { name: "a path", input: () => FILE, path: FILE, storedBytes: BYTES.length },
  { name: "a file: URL", input: () => pathToFileURL(FILE), path: FILE, storedBytes: BYTES.length },
  { name: "a Uint8Array", input: () => BYTES, path: "bytes", storedBytes: BYTES.length },
  { name: "a Buffer", input: () => Buffer.from(BYTES), path: "bytes", storedBytes: BYTES.length },
  { name: "a Blob", input: () => new Blob([BYTES]), path: "blob", storedBytes: BYTES.length },
  { name: "a File", input: () => file("a.trace"), path: "a.trace", storedBytes: BYTES.length },
  { name: "a ReadableStream", input: () => stream(BYTES), path: "stream", storedBytes: null },
];

describe.each(SOURCES)("byteSource() of $name", ({ input, path, storedBytes }) => {
  it("has a path and a size", () => {
    const source = byteSource(input());
    expect(source.path).toBe(path);
    expect(source.storedBytes).toBe(storedBytes);
  });

  it.each([7, 65536, 1 << 21])("gives every byte once to reads of %i bytes", async (targetBytes) => {
    expect(Buffer.compare(await readAll(byteSource(input()), targetBytes), BYTES)).toBe(0);
  });

  it("opens again at the first byte, or says that it cannot", async () => {
    const source = byteSource(input());
    await readAll(source, 1 << 16);
    if (source.reopenable) expect(await readAll(source, 1 << 16)).toHaveLength(BYTES.length);
    else await expect(async () => source.open()).rejects.toThrow(TraceError);
  });

  it("counts what was read", async () => {
    const reader = await byteSource(input()).open();
    expect(reader.consumedBytes).toBe(0);
    const got = await reader.read(new Uint8Array(1000));
    expect(reader.consumedBytes).toBe(got);
    await reader.close();
    await reader.close();
  });
});

describe("a file in Node", () => {
  it("is read without promises", () => {
    const reader = byteSource(FILE).open();
    if (reader instanceof Promise) throw new Error("open() gave a promise");
    expect(reader.read(new Uint8Array(10))).toBe(10);
    expect(reader.close()).toBeUndefined();
  });

  it("says that there is no such file, when it is opened", async () => {
    const source = byteSource(join(folder, "missing"));
    expect(source.storedBytes).toBeNull();
    const error = await failure(source);
    expect(error.message).toBe(`${join(folder, "missing")}: no such file`);
    expect(error.reason).toBe("no such file");
  });

  it("can be opened once it is there", async () => {
    const source = byteSource(join(folder, "late"));
    await failure(source);
    fs.writeFileSync(source.path, "x");
    expect(await readAll(source, 10)).toHaveLength(1);
  });

  it("says that a part of the path is not a directory", async () => {
    expect((await failure(byteSource(join(FILE, "x")))).reason).toMatch(/^no such file/);
  });

  it("says that it is a directory", async () => {
    expect((await failure(byteSource(folder))).reason).toBe("is a directory");
  });

  it("says that permission is denied", async () => {
    const error = Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: "EACCES" });
    vi.stubGlobal("process", {
      ...process,
      getBuiltinModule: () => ({
        ...fs,
        openSync: () => {
          throw error;
        },
      }),
    });
    const denied = await failure(nodeFileSource(FILE));
    expect(denied.reason).toBe("permission denied");
    expect(denied.cause).toBe(error);
  });

  it("may be empty", async () => {
    const empty = join(folder, "empty");
    fs.writeFileSync(empty, "");
    expect(byteSource(empty).storedBytes).toBe(0);
    expect(await readAll(byteSource(empty), 10)).toHaveLength(0);
  });

  it("fails when it is read after it was closed", async () => {
    const reader = await byteSource(FILE).open();
    await reader.close();
    expect(() => reader.read(new Uint8Array(1))).toThrow(/read after close/);
  });

  it("leaves no descriptor open when it is a directory", async () => {
    const before = fs.openSync(FILE, "r");
    for (let round = 0; round < 20; round++) await failure(byteSource(folder));
    const after = fs.openSync(FILE, "r");
    for (const fd of [before, after]) fs.closeSync(fd);
    expect(after - before).toBeLessThan(10);
  });
});

describe.skipIf(process.platform === "win32")("a named pipe", () => {
  it("is of no known size and can be opened once", async () => {
    const pipe = namedPipe();
    const keepsOpenFromBlocking = fs.openSync(pipe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    const source = byteSource(pipe);
    expect(source.storedBytes).toBeNull();
    expect(source.reopenable).toBe(false);
    const reader = await source.open();
    fs.writeSync(keepsOpenFromBlocking, "abc");
    expect(await reader.read(new Uint8Array(10))).toBe(3);
    await reader.close();
    expect(() => source.open()).toThrow("can be read only once");
    fs.closeSync(keepsOpenFromBlocking);
  });
});

describe("standard input", () => {
  it("is the path -, of no name in messages", () => {
    const source = byteSource("-");
    expect(source.path).toBe("-");
    expect(source.reopenable).toBe(false);
  });

  it("has a size if it is a file, and is read without promises", async () => {
    const fd = fs.openSync(FILE, "r");
    const source = nodeStandardInput(fd);
    expect(source.storedBytes).toBe(BYTES.length);
    const reader = await source.open();
    expect(reader.read(new Uint8Array(100))).toBe(100);
    await reader.close();
    // It was not pagewalk that opened it.
    fs.closeSync(fd);
    expect(() => source.open()).toThrow("standard input: can be read only once");
  });

  it("says that it is a directory", async () => {
    const fd = fs.openSync(folder, "r");
    const reader = await nodeStandardInput(fd).open();
    expect(() => reader.read(new Uint8Array(1))).toThrow("standard input: is a directory");
    fs.closeSync(fd);
  });

  it("ends where Windows reports the end of a pipe as an error", async () => {
    const error = Object.assign(new Error("EOF: end of file, read"), { code: "EOF" });
    vi.stubGlobal("process", {
      ...process,
      getBuiltinModule: () => ({
        ...fs,
        readSync: () => {
          throw error;
        },
      }),
    });
    expect(await readAll(nodeStandardInput(0), 10)).toHaveLength(0);
  });

  it.skipIf(process.platform === "win32")("waits for a non-blocking descriptor that has nothing yet", async () => {
    const pipe = namedPipe();
    const input = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const output = fs.openSync(pipe, "w");
    const source = nodeStandardInput(input);
    expect(source.storedBytes).toBeNull();
    const reader = await source.open();
    const target = new Uint8Array(10);

    const waiting = reader.read(target);
    expect(waiting).toBeInstanceOf(Promise);
    setTimeout(() => fs.writeSync(output, "abc"), 20);
    expect(await waiting).toBe(3);
    expect(Buffer.from(target.subarray(0, 3)).toString()).toBe("abc");

    const end = reader.read(target);
    setTimeout(() => fs.closeSync(output), 20);
    expect(await end).toBe(0);
    expect(reader.consumedBytes).toBe(3);
    fs.closeSync(input);
  });

  it.skipIf(process.platform === "win32")("is decompressed as it comes", async () => {
    const pipe = namedPipe();
    const input = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const output = fs.openSync(pipe, "w");
    const stored = gzipSync("one two three");
    setTimeout(() => fs.writeSync(output, stored.subarray(0, 5)), 5);
    setTimeout(() => fs.writeSync(output, stored.subarray(5)), 40);
    setTimeout(() => fs.closeSync(output), 60);
    const { compression, reader } = await decompress(await nodeStandardInput(input).open(), "-");
    expect(compression).toBe("gzip");
    const target = new Uint8Array(100);
    const got = await reader.read(target);
    expect(Buffer.from(target.subarray(0, got)).toString()).toBe("one two three");
    expect(await reader.read(target)).toBe(0);
    await reader.close();
    fs.closeSync(input);
  });
});

describe("a Blob", () => {
  it.each([
    { of: "bytes, in buffers that are used again", type: "bytes" as const },
    { of: "chunks, where it has no other", type: undefined },
  ])("is read as it is needed, never whole: by its stream of $of", async ({ type }) => {
    const cancel = vi.fn();
    const blob = new Blob([BYTES]);
    const pull = (to: ReadableByteStreamController | ReadableStreamDefaultController) => to.enqueue(BYTES.slice(0, 10));
    const endless =
      type === undefined ? new ReadableStream({ pull, cancel }) : new ReadableStream({ type, pull, cancel });
    vi.spyOn(blob, "stream").mockReturnValue(endless as ReadableStream<Uint8Array<ArrayBuffer>>);
    const arrayBuffer = vi.spyOn(blob, "arrayBuffer");
    const reader = await byteSource(blob).open();
    for (let reads = 0; reads < 5; reads++) {
      const target = new Uint8Array(20);
      expect(await reader.read(target)).toBe(10);
      expect(target.subarray(0, 10)).toEqual(BYTES.slice(0, 10));
    }
    await reader.close();
    expect(cancel).toHaveBeenCalledOnce();
    expect(arrayBuffer).not.toHaveBeenCalled();
  });

  it("reports a file that has gone meanwhile", async () => {
    const path = join(folder, "gone");
    fs.writeFileSync(path, "content");
    const blob = await fs.openAsBlob(path);
    fs.rmSync(path);
    expect((await failure(byteSource(blob))).message).toMatch(/^blob: could not be read; was it changed or moved\?/);
  });
});

describe("a ReadableStream", () => {
  it("may carry empty chunks", async () => {
    const chunks = [new Uint8Array(0), BYTES.subarray(0, 3), new Uint8Array(0), BYTES.subarray(3, 5)];
    expect(await readAll(byteSource(streamOf(chunks)), 10)).toEqual(BYTES.slice(0, 5));
  });

  it("is cancelled on close", async () => {
    const cancel = vi.fn();
    const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(10)), cancel });
    const reader = await byteSource(endless).open();
    await reader.read(new Uint8Array(5));
    await reader.close();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("reports its error at every read", async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (to) => to.error(new Error("connection reset")) });
    const reader = await byteSource(broken).open();
    for (let read = 0; read < 2; read++) {
      await expect(async () => reader.read(new Uint8Array(5))).rejects.toThrow("stream: broke off: connection reset");
    }
    await reader.close();
  });

  it("says so if it carries something else", async () => {
    const texts = streamOf(["text"] as unknown as Uint8Array[]);
    expect((await failure(byteSource(texts))).reason).toBe("a stream of Uint8Array expected, but it carries string");
  });

  it("says so if something else reads it", () => {
    const locked = stream(BYTES);
    locked.getReader();
    expect(() => byteSource(locked).open()).toThrow("stream: the stream is already being read by something else");
  });
});

describe("an http: URL", () => {
  it("is fetched as a stream, each time it is opened", async () => {
    await serving(
      (_, response) => response.writeHead(200, { "content-length": BYTES.length }).end(BYTES),
      async (url) => {
        const source = byteSource(url);
        expect(source.path).toBe(url.href);
        expect(source.storedBytes).toBeNull();
        for (let round = 0; round < 2; round++) {
          expect(Buffer.compare(await readAll(source, 1 << 16), BYTES)).toBe(0);
        }
        expect(source.storedBytes).toBe(BYTES.length);
      },
    );
  });

  it("has no known size if the server compresses on the way", async () => {
    await serving(
      (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("plain")),
      async (url) => {
        const source = byteSource(url);
        expect(Buffer.from(await readAll(source, 100)).toString()).toBe("plain");
        expect(source.storedBytes).toBeNull();
      },
    );
  });

  it("fails on a status other than 200", async () => {
    await serving(
      (_, response) => response.writeHead(404).end("<html>"),
      async (url) => {
        expect((await failure(byteSource(url))).message).toBe(
          `${url.href}: could not be fetched: HTTP status 404 Not Found`,
        );
      },
    );
  });

  it("fails if nobody answers", async () => {
    let closed = new URL("http://localhost");
    await serving(
      () => undefined,
      async (url) => {
        closed = url;
      },
    );
    expect((await failure(byteSource(closed))).reason).toMatch(/^could not be fetched: /);
  });

  it("fails if the connection breaks off", async () => {
    await serving(
      (_, response) => {
        response
          .writeHead(200, { "content-length": 1000 })
          .write("some", () => setTimeout(() => response.destroy(), 20));
      },
      async (url) => {
        const error = await readAll(byteSource(url), 100).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(TraceError);
        expect((error as TraceError).reason).toMatch(/^broke off: /);
      },
    );
  });

  it("may be a string where there are no files", async () => {
    await serving(
      (_, response) => response.end("abc"),
      async (url) => {
        vi.stubGlobal("process", undefined);
        const bytes = await readAll(byteSource(url.href), 100);
        vi.unstubAllGlobals();
        expect(bytes).toHaveLength(3);
      },
    );
  });
});

describe("outside Node", () => {
  it("standard input and file: URLs cannot be opened", async () => {
    vi.stubGlobal("process", undefined);
    const input = await byteSourceFailure("-");
    const url = await byteSourceFailure(new URL("file:///tmp/x"));
    vi.unstubAllGlobals();
    expect(input).toMatch(/^standard input: files and standard input can be read only in Node/);
    expect(url).toMatch(/^file:\/\/\/tmp\/x: could not be fetched/);
  });

  it("gzip is decompressed by pako", async () => {
    const stored = byteSource(Uint8Array.from(gzipSync("abc")));
    const target = new Uint8Array(10);
    await import("../../src/trace/compression/gzip-pako.ts"); // vitest needs the process for it
    vi.stubGlobal("process", undefined);
    const { compression, reader } = await decompress(await stored.open(), stored.path);
    const got = reader.read(target);
    vi.unstubAllGlobals();
    expect(compression).toBe("gzip");
    // Unlike zlib of Node, it needs no promise.
    expect(got).toBe(3);
    await reader.close();
  });
});

async function byteSourceFailure(input: TraceInput): Promise<string> {
  return (await failure(byteSource(input))).message;
}

async function readAll(source: ByteSource, targetBytes: number): Promise<Uint8Array> {
  const reader = await source.open();
  const target = new Uint8Array(targetBytes);
  const parts: Uint8Array[] = [];
  try {
    for (;;) {
      const pending = reader.read(target);
      const got = typeof pending === "number" ? pending : await pending;
      if (got === 0) break;
      parts.push(target.slice(0, got));
    }
    expect(reader.consumedBytes).toBe(parts.reduce((sum, part) => sum + part.length, 0));
  } finally {
    await reader.close();
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Returns the TraceError of opening and reading `source`. */
async function failure(source: ByteSource): Promise<TraceError> {
  const error = await readAll(source, 100).then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TraceError)) throw error;
  return error;
}

function file(name: string): File {
  return new File([BYTES], name);
}

function stream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Response(Buffer.from(bytes)).body as ReadableStream<Uint8Array>;
}

function streamOf(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(to) {
      for (const chunk of chunks) to.enqueue(chunk);
      to.close();
    },
  });
}

let pipes = 0;

function namedPipe(): string {
  const path = join(folder, `pipe-${pipes++}`);
  execFileSync("mkfifo", [path]);
  return path;
}

async function serving(listener: RequestListener, use: (url: URL) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await use(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/t.trace`));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
