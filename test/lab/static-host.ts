/** A static host as there are many: no header but the type, for files of unknown types not even that. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".gz": "application/gzip",
};

export interface StaticHost {
  /** Where the folder's index.html is: below a path, not at the top. */
  url: string;
  /** What was asked for, in that order, relative to `url`. */
  requested: string[];
  close(): void;
}

export async function startStaticHost(folder: URL): Promise<StaticHost> {
  const base = "/people/someone/lab/";
  const requested: string[] = [];
  const server = createServer(async ({ url = "" }, response) => {
    const name = url.startsWith(base) ? url.slice(base.length) : null;
    if (name !== null) requested.push(name);
    const content = name === null ? null : await readFile(new URL(name || "index.html", folder)).catch(() => null);
    const type = TYPES[extname(name || "index.html")];
    if (type !== undefined) response.setHeader("Content-Type", type);
    if (content === null) response.statusCode = 404;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    requested,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
