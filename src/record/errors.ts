/** What can be wrong with a recording, and the exit status that says so: those of env(1), nohup(1) and timeout(1). */

export const STATUS_RECORDER_FAILED = 125;
export const STATUS_NOT_EXECUTABLE = 126;
export const STATUS_NOT_FOUND = 127;

/** A program could not be recorded, or not to its end. The message says what, and what to do. */
export class RecordError extends Error {
  override readonly name = "RecordError";
  readonly exitStatus: number;
  constructor(message: string, exitStatus: number = STATUS_RECORDER_FAILED, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.exitStatus = exitStatus;
  }
}
