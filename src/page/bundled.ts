/** The traces that come with the page. Each is fetched when it is chosen, not before. */
import luaUrl from "../../test/traces/lua_bt7.lk.zst?url";
import matmulUrl from "../../test/traces/matmul24.lk.gz?url";
import ptrchaseUrl from "../../test/traces/ptrchase.lk.gz?url";
import pythonUrl from "../../test/traces/python.200k.lk.gz?url";

/** A trace that comes with the page. */
export interface BundledTrace {
  /** File name, by which results and links call it. */
  name: string;
  /** What the program did. */
  title: string;
  /** Where it lies; a data: URL where the page is one file. */
  url: string;
}

/** The traces that come with the page; the first is the one to try. */
export const BUNDLED_TRACES: readonly BundledTrace[] = [
  { name: "lua_bt7.lk.zst", title: "binary trees in Lua 5.4", url: luaUrl },
  { name: "matmul24.lk.gz", title: "multiply two 24x24 matrices", url: matmulUrl },
  { name: "ptrchase.lk.gz", title: "chase 60,000 pointers through 4,096 nodes", url: ptrchaseUrl },
  { name: "python.200k.lk.gz", title: "the first 200,000 records of CPython", url: pythonUrl },
];

/** The file of a bundled trace, as if the user had chosen it. Rejects with an Error if it cannot be fetched. */
export async function fetchBundled({ name, url }: BundledTrace, signal?: AbortSignal): Promise<File> {
  const response = await fetch(url, { signal: signal ?? null });
  if (!response.ok) throw new Error(`${name} cannot be fetched: HTTP status ${response.status}`);
  return new File([await response.blob()], name);
}
