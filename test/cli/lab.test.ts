/** The page's server as programs meet it that do not ask as browsers do: requests are written letter by letter. */
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_PORT, type Lab, LabError, serveLab } from "../../src/cli/lab-server.ts";
import { failure, finished, start } from "./pagewalk.ts";

const SECRET = "a secret";

let top: string;
/** The folder that is served, with a file beside it that is not. */
let folder: string;
let lab: Lab;
let port: number;

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), "pagewalk-lab-"));
  folder = join(top, "lab");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(top, "secret.js"), SECRET);
  await mkdir(join(top, "secrets"));
  await writeFile(join(top, "secrets/secret.js"), SECRET);
  await writeFile(join(folder, "index.html"), "<p>the page</p>");
  for (const name of ["code.js", "look.css", "kernel.wasm", "trace.gz"])
    await writeFile(join(folder, "assets", name), name);
  await symlink(join(top, "secret.js"), join(folder, "link.js"));
  await symlink(join(top, "secrets"), join(folder, "links"));
  lab = await serveLab(folder, 0);
  port = Number(new URL(lab.url).port);
});

afterAll(async () => {
  await lab.close();
  await rm(top, { recursive: true });
});

describe("the page's server", () => {
  it.each([
    ["/", "text/html; charset=utf-8", "<p>the page</p>"],
    ["/index.html", "text/html; charset=utf-8", "<p>the page</p>"],
    ["/?from=a-link", "text/html; charset=utf-8", "<p>the page</p>"],
    ["/assets/code.js", "text/javascript; charset=utf-8", "code.js"],
    ["/assets/look.css", "text/css; charset=utf-8", "look.css"],
    ["/assets/kernel.wasm", "application/wasm", "kernel.wasm"],
    ["/assets/trace.gz", "application/octet-stream", "trace.gz"],
  ])("sends %s with its type, as it is", async (path, type, body) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(answer.headers.has("content-encoding")).toBe(false);
  });

  it.each([
    ["the page", "/", {}],
    ["what is not there", "/nothing", {}],
    ["a refusal", "/", { host: "example.org" }],
  ])("isolates %s and lets it load nothing from elsewhere", async (_what, path, options) => {
    const { headers } = await ask(path, options);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    const policy = headers.get("content-security-policy");
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';.*frame-ancestors 'none'$/);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'? |https?:|\*/);
    expect(headers.has("access-control-allow-origin")).toBe(false);
  });

  it.each([
    "/../secret.js",
    "/assets/../../secret.js",
    "/%2e%2e/secret.js",
    "/..%2fsecret.js",
    "/%2e%2e%2fsecret.js",
    "/%252e%252e%252fsecret.js",
    "/..\\secret.js",
    "/..%5csecret.js",
    "//secret.js",
    "/./../secret.js",
    "/assets/..;/secret.js",
    "/index.html%00.js",
    "/..%00/secret.js",
    "/link.js",
    "/links/secret.js",
    "/assets",
    "/assets/",
    "/index.html/",
    "/__proto__",
    "/constructor",
    "*",
    "http://127.0.0.1/../secret.js",
    "http://example.org/",
    "file:///etc/passwd",
    "/%",
  ])("has nothing at %s", async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: "there is no such file\n" });
  });

  it.each(["../secret.js", "secret.js"])("does not understand the path %s", async (path) => {
    expect(await ask(path)).toMatchObject({ status: 400, body: "" });
  });

  it("has nothing at the absolute path of a file, be it its own", async () => {
    for (const file of [join(top, "secret.js"), join(folder, "index.html")]) {
      expect(await ask(file)).toMatchObject({ status: 404 });
      expect(await ask(`/${file}`)).toMatchObject({ status: 404 });
    }
  });

  it.each([
    "example.org",
    "example.org:80",
    "127.0.0.1.example.org",
    "localhost.example.org",
    "127.0.0.1@example.org",
    "0.0.0.0",
    "x localhost",
    "",
  ])("refuses to answer as %s", async (host) => {
    const answer = await ask("/", { host });
    expect(answer).toMatchObject({ status: 403, body: "this server answers as localhost only\n" });
  });

  it("refuses a request that does not say whom it asks", async () => {
    expect(await exchange("GET / HTTP/1.0\r\n\r\n")).toMatchObject({ status: 403 });
    expect(await exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")).toMatchObject({ status: 400 });
  });

  it.each(["127.0.0.1", "localhost", "LOCALHOST:8080"])("answers as %s", async (host) => {
    expect(await ask("/", { host })).toMatchObject({ status: 200 });
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("refuses %s", async (method) => {
    const answer = await ask("/", { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  it("answers HEAD with the headers alone", async () => {
    const answer = await ask("/", { method: "HEAD" });
    expect(answer).toMatchObject({ status: 200, body: "" });
    expect(answer.headers.get("content-length")).toBe("15");
  });

  it("sees what was built meanwhile, and outlives files that are gone", async () => {
    const late = join(folder, "assets/late.js");
    await writeFile(late, "late");
    expect(await ask("/assets/late.js")).toMatchObject({ status: 200, body: "late" });
    await rm(late);
    expect(await ask("/assets/late.js")).toMatchObject({ status: 404 });
    expect(await ask("/")).toMatchObject({ status: 200 });
  });

  it("is reached on loopback only", async () => {
    expect(new URL(lab.url).hostname).toBe("127.0.0.1");
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    // 127.0.0.2 is of this machine on Linux, whether it has a network or not, and 0.0.0.0 would include it.
    const others = [...(process.platform === "linux" ? ["127.0.0.2"] : []), ...outside.map(({ address }) => address)];
    for (const address of others) await expect(connecting(address)).rejects.toThrow(/ECONNREFUSED|EHOSTUNREACH/);
  });

  it("frees its port when it is closed, whoever is connected", async () => {
    const closing = await serveLab(folder, 0);
    const socket = connect(Number(new URL(closing.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    await closing.close();
    const again = await serveLab(folder, Number(new URL(closing.url).port));
    await again.close();
  });

  it("says that the port it was given is taken", async () => {
    await expect(serveLab(folder, port)).rejects.toThrow(
      new LabError(`port ${port} of 127.0.0.1 cannot be had: it is taken`),
    );
  });

  it("says that there is no page", async () => {
    const empty = join(folder, "assets");
    await expect(serveLab(empty)).rejects.toThrow(
      new LabError(`${empty}: the page is not there; in a checkout, npm run build makes it`),
    );
  });
});

describe("pagewalk lab", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("serves the built page until %s, which is no failure", async (signal) => {
    const child = start(["lab", "--port", "0"]);
    const end = finished(child);
    const [line] = await once(child.stdout, "data");
    expect(line).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
    const page = await fetch(String(line).trim());
    expect(await page.text()).toContain("<title>pagewalk lab");
    child.kill(signal);
    expect(await end).toEqual({
      status: 0,
      stdout: line,
      stderr: "pagewalk: serving this machine only, until Ctrl+C; open in a browser:\n",
    });
  });

  it("takes another port than its usual one where that is taken, unless it was asked for", async () => {
    const holder = await holding(DEFAULT_PORT);
    const child = start(["lab"]);
    const end = finished(child);
    const [line] = await once(child.stdout, "data");
    expect(new URL(String(line)).port).not.toBe(String(DEFAULT_PORT));
    child.kill("SIGINT");
    expect(await end).toMatchObject({ status: 0 });
    expect(await failure(1, ["lab", "--port", String(DEFAULT_PORT)])).toBe(
      `pagewalk: port ${DEFAULT_PORT} of 127.0.0.1 cannot be had: it is taken\n`,
    );
    holder?.close();
  });

  it.each(["-1", "65536", "http", "", "1e3"])("refuses --port %s", async (number) => {
    expect(await failure(2, ["lab", `--port=${number}`])).toContain("Expected 0 to 65535.");
  });
});

interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** What the server answers to a request for `path`, which is sent as it is written. */
function ask(path: string, { method = "GET", host = `127.0.0.1:${port}` } = {}): Promise<Answer> {
  return exchange(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
}

async function exchange(request: string): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  const [head = "", ...rest] = (await text(socket)).split("\r\n\r\n");
  const [status = "", ...fields] = head.split("\r\n");
  const headers = new Headers(fields.map((field) => field.split(/: (.*)/s, 2) as [string, string]));
  return { status: Number(status.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}

async function connecting(address: string): Promise<void> {
  const socket = connect({ port, host: address, timeout: 2_000 });
  socket.on("timeout", () => socket.destroy(new Error("EHOSTUNREACH")));
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

/** A server that holds `number`, or null if something else does. */
async function holding(number: number): Promise<Server | null> {
  const server = createServer();
  server.listen(number, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return null;
  }
  expect((server.address() as AddressInfo).port).toBe(number);
  return server;
}
