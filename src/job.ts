/** What every job over a trace takes. */
import type { Progress } from "./report/progress.ts";

export interface JobOptions {
  /** Ends the job: its promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called about ten times a second while the trace is read, and once at its end. */
  onProgress?: ((progress: Progress) => void) | undefined;
}
