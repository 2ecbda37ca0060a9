/**
 * What a recorder writes, as it comes: lines, nearly all of them records (src/trace/formats/lackey.ts). Counts the records,
 * cuts the window out, and picks the other lines out for those who want to know. A record is looked at in two or three
 * places only, since all of the recording goes through here.
 */
import type { ResolvedSelection } from "../config/selection.ts";

export type RecordWindow = Pick<ResolvedSelection, "skip" | "limit" | "unit">;

const NEWLINE = 10;
const BLANK = 32;
const LETTER_I = 73;
const LETTER_L = 76;
const LETTER_M = 77;
const LETTER_S = 83;
/** No record is shorter: kind, eight digits of the address, comma, size. Its newline is no earlier than here. */
const LEAST_RECORD_BYTES = 13;

export class LogScanner {
  /** Records so far, those outside of the window too; none after its end. */
  records = 0;
  /** Records before the window. Known once `begun`. */
  skipped = 0;
  begun: boolean;
  /** Whether the window has ended. */
  done = false;
  #instructions = 0;
  readonly #window: RecordWindow;
  readonly #onLine: (line: string) => void;

  /** `onLine` is told of each line that is no record; `records` is then the index of the record that comes next. */
  constructor(window: RecordWindow, onLine: (line: string) => void) {
    this.#window = window;
    this.#onLine = onLine;
    this.begun = window.skip === 0;
  }

  /** Records in the window, so far. */
  get recordsInWindow(): number {
    return this.begun ? this.records - this.skipped : 0;
  }

  /** Takes whole lines, and returns those in the window. */
  scan(lines: Uint8Array): Uint8Array {
    const { skip, limit, unit } = this.#window;
    const byInstructions = unit === "instructions";
    const end = skip + limit;
    let records = this.records;
    let instructions = this.#instructions;
    let windowAt = this.begun ? 0 : lines.length;
    let at = 0;
    while (at < lines.length) {
      const first = lines[at];
      const kind = first === BLANK ? lines[at + 1] : LETTER_S;
      const isFetch = first === LETTER_I && lines[at + 1] === BLANK;
      if (isFetch || (first === BLANK && (kind === LETTER_L || kind === LETTER_S || kind === LETTER_M))) {
        const units = byInstructions ? instructions : records;
        // A window of instructions begins, and ends, before one.
        if ((isFetch || !byInstructions) && units >= skip) {
          if (units >= end) {
            this.done = true;
            break;
          }
          if (!this.begun) {
            this.begun = true;
            this.skipped = records;
            windowAt = at;
          }
        }
        records++;
        if (isFetch) instructions++;
        at += LEAST_RECORD_BYTES;
        while (lines[at] !== NEWLINE && at < lines.length) at++;
        at++;
      } else {
        const newline = lines.indexOf(NEWLINE, at);
        const lineEnd = newline < 0 ? lines.length : newline;
        this.records = records;
        this.#onLine(Buffer.from(lines.buffer, lines.byteOffset + at, lineEnd - at).toString("utf8"));
        at = lineEnd + 1;
      }
    }
    this.records = records;
    this.#instructions = instructions;
    return lines.subarray(windowAt, Math.min(at, lines.length));
  }
}
