import { openTrace } from "../../src/trace/trace.ts";

/** All bytes of a trace, decompressed. */
export async function plainBytes(path: string): Promise<Uint8Array> {
  const reader = await (await openTrace(path)).open();
  const pieces: Uint8Array[] = [];
  const target = new Uint8Array(1 << 20);
  for (;;) {
    const got = await reader.read(target);
    if (got === 0) break;
    pieces.push(target.slice(0, got));
  }
  await reader.close();
  return Buffer.concat(pieces);
}
