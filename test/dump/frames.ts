/** What the tests of dumps share. */
import { type MemoryDump, openDump } from "../../src/dump/dump.ts";
import { DumpError } from "../../src/errors.ts";
import type { TraceInput } from "../../src/trace/bytes.ts";

export const FRAME_BYTES = 4096;

/** A frame of noise that begins with `seed`; no line end in its first bytes. */
export function noiseFrame(seed: number): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES);
  let state = seed;
  for (let index = 0; index < FRAME_BYTES; index++) {
    frame[index] = state >>> 24;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  }
  return frame;
}

export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 5000));
      at += 5000;
    },
  });
}

/** The DumpError that `promise` rejects with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<DumpError> {
  const error = await promise.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof DumpError)) throw error;
  return error;
}

/** Opens, reads and closes. */
export async function framesOf(
  input: TraceInput,
  wanted: Iterable<bigint>,
  options?: Parameters<typeof openDump>[1],
): Promise<{ dump: MemoryDump; frames: Map<bigint, Uint8Array> }> {
  const dump = await openDump(input, options);
  try {
    return { dump, frames: await dump.readFrames(wanted) };
  } finally {
    await dump.close();
  }
}
