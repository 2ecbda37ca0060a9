/** A recording as a trace that can be opened while the program runs. */
import { TraceError } from "../errors.ts";
import type { Recording } from "./recording.ts";

/** A stream with a name, which results and errors show as its path. */
class NamedStream extends ReadableStream<Uint8Array> {
  readonly name: string;
  constructor(name: string, source: UnderlyingDefaultSource<Uint8Array>) {
    super(source, { highWaterMark: 0 });
    this.name = name;
  }
}

/**
 * The lines of `recording`, to be given to `openTrace()`; it is named as the program's command line. A recording that
 * breaks off is an error, unless `allowIncomplete`: then `end()` has to be asked.
 */
export function recordingStream(recording: Recording, allowIncomplete = false): ReadableStream<Uint8Array> {
  const lines = recording.lines();
  return new NamedStream(recording.name, {
    async pull(controller) {
      const { done, value } = await lines.next();
      if (!done) return controller.enqueue(value);
      const { incomplete, records } = await recording.end();
      if (incomplete !== null && !allowIncomplete) {
        const where = { path: recording.name, record: records + 1 };
        return controller.error(new TraceError(`${incomplete}; there is no result`, where, undefined, "truncated"));
      }
      controller.close();
    },
    async cancel() {
      await lines.return();
    },
  });
}
