/**
 * Serves the page to browsers of this machine and to nobody else. A request names one of the files that lie in the
 * page's folder, letter by letter, or gets nothing: no path is ever put together from what a request says.
 */
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, relative, sep } from "node:path";
import { messageOf } from "../errors.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";

/** The page cannot be served: it was not built, or the port cannot be had. The message says which. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** A running server. */
export interface Lab {
  /** Where the page is. */
  url: string;
  /** Stops serving and resolves when the port is free. */
  close(): Promise<void>;
}

/** The port where none is asked for; another if it is taken. */
export const DEFAULT_PORT = 4096;

const ADDRESS = "127.0.0.1";

/** Under these names the server answers. Other names can be made to lead here by any site (DNS rebinding). */
const OWN_HOST = /^(127\.0\.0\.1|localhost)(:\d+)?$/i;

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": contentSecurityPolicy({ "frame-ancestors": "'none'" }),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * Starts serving the page in `folder` on loopback. Without `port` that is DEFAULT_PORT, or any free one where that is
 * taken; port 0 is any free one, too. Rejects with LabError if the page or the port cannot be had.
 */
export async function serveLab(folder: string, port?: number): Promise<Lab> {
  if (!(await pageFiles(folder)).has("/index.html")) {
    throw new LabError(`${folder}: the page is not there; in a checkout, npm run build makes it`);
  }
  const server = createServer((request, response) => {
    answer(request, response, folder).catch((error: unknown) => refuse(response, 500, messageOf(error)));
  });
  try {
    await listen(server, port ?? DEFAULT_PORT);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (port !== undefined || !isTaken) {
      const reason = isTaken ? "it is taken" : messageOf(error);
      throw new LabError(`port ${port ?? DEFAULT_PORT} of ${ADDRESS} cannot be had: ${reason}`, { cause: error });
    }
    await listen(server, 0);
  }
  return {
    url: `http://${ADDRESS}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, ADDRESS, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, folder: string): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const { method, url = "", headers } = request;
  if (!OWN_HOST.test(headers.host ?? "")) return refuse(response, 403, "this server answers as localhost only");
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    return refuse(response, 405, "this server is for reading");
  }
  const path = url.replace(/\?.*$/s, "");
  // Looked up each time, since the page may be built anew meanwhile.
  const file = (await pageFiles(folder)).get(path === "/" ? "/index.html" : path);
  if (file === undefined) return refuse(response, 404, "there is no such file");
  const content = await readFile(file);
  response.setHeader("Content-Type", CONTENT_TYPES[extname(file)] ?? "application/octet-stream");
  response.setHeader("Content-Length", content.length);
  response.end(method === "HEAD" ? undefined : content);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(`${reason}\n`);
}

/** The regular files in `folder` by their path in URLs. Links are none, and are not followed. */
async function pageFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [`/${relative(folder, file).split(sep).join("/")}`, file]));
}
