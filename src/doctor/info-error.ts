/** An error of a trace as results have it. */
import type { TraceError } from "../errors.ts";
import { type Cause, causeWords } from "../report/cause-words.ts";
import type { InfoError } from "../report/results.ts";
import { impostorIn } from "./impostors.ts";

/** `head`: the first bytes of the trace, `null` if they are not known. */
export function infoError(error: TraceError, head: Uint8Array | null): InfoError {
  const { code, message, reason, record, line, byteOffset, storedOffset, wholeBytes, neighbourhood } = error;
  const name = error.likelyCause ?? fallbackCause(error, head);
  const words = causeWords(name);
  return {
    code,
    message,
    reason,
    record,
    line,
    byteOffset,
    storedOffset,
    wholeBytes,
    likelyCause: name === null || words === null ? null : { name, explanation: words.likely, advice: words.advice },
    neighbourhood,
  };
}

/** What an error that names no cause has as the likely one. */
function fallbackCause({ code }: TraceError, head: Uint8Array | null): Cause | null {
  if (code === "truncated") return "incomplete-download";
  if (code === "corrupt") return "damaged-file";
  if (code !== "no-records") return null;
  return (head === null ? null : impostorIn(head)) ?? "no-accesses";
}
